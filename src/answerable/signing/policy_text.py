"""A policy's TOML, read strictly: every key is asked for, and what nobody asked for is an error."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from answerable import late
from answerable.errors import AnswerableError, ConfigurationError, MalformedError
from answerable.model import parse_actor
from answerable.signing import fido
from answerable.signing.identities import can_be_trusted
from answerable.signing.keys import key_id, low_order
from answerable.signing.sigstore.names import checked, is_name

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


class Table:
    """One table of the file, and where it stands in it."""

    def __init__(self, held: Any, place: str) -> None:
        self.place = place
        if not isinstance(held, dict):
            self.wrong("a table was expected")
        self._held: dict[str, Any] = held
        self._asked: set[str] = set()

    def wrong(self, told: str) -> NoReturn:
        """Raises `ConfigurationError`."""
        raise ConfigurationError(f"{self.place}: {told}", hint="see docs/policy.md")

    def finish(self) -> None:
        """Raises `ConfigurationError` if there is anything that nobody asked for."""
        if unknown := sorted(self._held.keys() - self._asked):
            self.wrong(f"there is no such setting: {', '.join(unknown)}")

    def names(self) -> Iterator[str]:
        """The names of what stands in it."""
        yield from self._held

    def table(self, name: str, *, optional: bool = False) -> Table:
        """The table of that name."""
        held = self._get(name)
        if held is None and not optional:
            self.wrong(f"[{name}] is missing")
        return Table({} if held is None else held, f"{self.place}, [{name}]")

    def tables(self, name: str) -> Iterator[Table]:
        """Every `[[name]]`."""
        held = self._get(name)
        if held is not None and not isinstance(held, list):
            self.wrong(f"[[{name}]] was expected")
        for number, each in enumerate(held or (), 1):
            yield Table(each, f"{self.place}, [[{name}]] number {number}")

    def text(self, name: str, *, optional: bool = False) -> Any:
        """A text that is not blank; None where it is left out and may be."""
        held = self._get(name)
        if held is None and optional:
            return None
        if not isinstance(held, str) or not held.strip():
            self.wrong(f"{name} is no text")
        return held

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, each once, at least one."""
        held = self._get(name)
        if not isinstance(held, list) or not held or not all(isinstance(x, str) for x in held):
            self.wrong(f"{name} is no list of texts")
        if len(set(held)) != len(held):
            self.wrong(f"{name} names one twice")
        return tuple(held)

    def keys(self, name: str) -> tuple[str, ...]:
        """A list of keys, as fingerprints; no key stands in it twice, in whichever spelling."""
        found = tuple(key_name(each, self) for each in self.texts(name))
        if len(set(found)) != len(found):
            self.wrong(f"{name} holds one key twice")
        return found

    def written_out(self, name: str) -> dict[str, str]:
        """Those of a list of keys that are more than fingerprints: octets in hex, by fingerprint."""
        octets = (key_octets(each) for each in self.texts(name))
        return {key_id(each): each.hex() for each in octets if each is not None}

    def witness_keys(self, name: str) -> tuple[str, ...]:
        """A list of witnesses' keys (C2SP vkeys); no key stands in it twice, under any name."""
        held = self.texts(name)
        if len({witness_octets(vkey, self) for vkey in held}) != len(held):
            self.wrong(f"{name} holds one key twice")
        return held

    def certificates(self, name: str) -> tuple[str, ...]:
        """A list of certificates in PEM, each once."""
        found = self.texts(name)
        with late.importing:
            from cryptography import x509
        for each in found:
            try:
                x509.load_pem_x509_certificate(each.encode())
            except ValueError:
                self.wrong(f"{name} holds what is no certificate in PEM: {each!r:.60}")
        return found

    def actor(self, name: str) -> str | None:
        """An actor, if there is one."""
        held = self.text(name, optional=True)
        try:
            return None if held is None else parse_actor(held)
        except AnswerableError as error:
            self.wrong(error.message)

    def whole(self, name: str, *, least: int, otherwise: int | None = None) -> int:
        """A whole number."""
        held = self._get(name)
        if held is None and otherwise is not None:
            return otherwise
        if not isinstance(held, int) or isinstance(held, bool) or not least <= held < 2**53:
            self.wrong(f"{name} is no whole number from {least} on")
        return held

    def moment(self, name: str) -> datetime | None:
        """A time with its zone; a date, as TOML's own or as text, is its first moment (UTC)."""
        held = self._get(name)
        if isinstance(held, str):
            try:
                held = datetime.fromisoformat(held) if "T" in held else date.fromisoformat(held)
            except ValueError:
                self.wrong(f"{name} is no date or time: {held}")
        if isinstance(held, datetime):
            if held.tzinfo is None:
                self.wrong(f"{name} is a time without a zone")
            return held.astimezone(UTC)
        if isinstance(held, date):
            return datetime(held.year, held.month, held.day, tzinfo=UTC)
        if held is not None:
            self.wrong(f"{name} is no date or time")
        return None

    def _get(self, name: str) -> Any:
        self._asked.add(name)
        return self._held.get(name)


def key_name(told: str, table: Table) -> str:
    """A key's fingerprint, from a fingerprint or from a line as in `id_ed25519.pub`; or the name of a
    Sigstore identity."""
    if _FINGERPRINT.fullmatch(told):
        return told
    if is_name(told):
        try:
            return checked(told)
        except MalformedError as error:
            table.wrong(f"{error.message}; {error.hint}")
    octets = key_octets(told)
    if octets is None:
        table.wrong(f"neither a fingerprint (SHA256:…) nor an ssh-ed25519 key: {told!r:.60}")
    if not can_be_trusted(octets):
        table.wrong(f"under this key anybody can sign: {told!r:.60}")
    return key_id(octets)


def witness_octets(vkey: str, table: Table) -> bytes:
    """The key in a witness's vkey: its type is that of cosignature/v1, its hash its own."""
    try:
        name, _, blob = vkey.split("+", 2)
        data = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        name, data = "", b""
    own = hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8]
    spelled = f"{name}+{own}+{base64.b64encode(data).decode()}" == vkey
    if not name or any(map(str.isspace, name)) or len(data) != 33 or data[0] != 4 or not spelled:
        table.wrong(f"not a witness's key (name+hash+base64): {vkey!r:.60}")
    if low_order(data[1:]):
        table.wrong(f"under this key anybody can sign: {vkey!r:.60}")
    return data[1:]


def key_octets(told: str) -> bytes | None:
    """The key itself, where it is written out (RFC 8709 section 4, or a FIDO token's); None of a
    fingerprint."""
    kind, _, rest = told.strip().partition(" ")
    try:
        blob = base64.b64decode(rest.split(" ")[0], validate=True)
    except (binascii.Error, ValueError):
        return None
    if kind == fido.KIND.decode():
        return blob if fido.parts(blob) else None
    head = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
    return blob[19:] if kind == "ssh-ed25519" and len(blob) == 51 and blob[:19] == head else None
