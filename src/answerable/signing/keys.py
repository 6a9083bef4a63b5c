"""Ed25519 keys in this user's home directory: made on first use, readable by the owner only.

Private keys are stored in OpenSSH's format, so `ssh-keygen` reads them; a key's id is its SSH
fingerprint (RFC 4716 section 4 as OpenSSH prints it: `SHA256:` and unpadded base64).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import attrs
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from answerable import durable, late
from answerable.errors import ConfigurationError, MalformedError, NotFoundError

# The points of small order on edwards25519, with either sign of x, and their second spellings (y + p where
# it fits in 255 bits): under these keys a signature proves nothing. Derived anew by the tests.
_LOW_ORDER = frozenset(
    bytes.fromhex(y[:62]) + bytes([int(y[62:], 16) | sign])
    for sign in (0, 0x80)  # the last bit
    for y in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


# Names a key that is kept elsewhere: its public half in hex, and its address; or a Sigstore identity.
_ELSEWHERE = ".elsewhere"


def raw(key: Ed25519PublicKey) -> bytes:
    """The key's 32 octets (RFC 8032)."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def low_order(public: bytes) -> bool:
    """True for the keys under which any message can be made to verify."""
    return public in _LOW_ORDER


@lru_cache(maxsize=1024)
def key_id(public: bytes) -> str:
    """The SSH fingerprint of a public key's octets: the 32 of Ed25519, or those of a FIDO token's key."""
    blob = public
    if len(public) == 32:
        blob = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", public))
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


class IdentityKey(Protocol):
    """What signs in somebody's name: a key at hand, or one that is kept elsewhere."""

    def public_key(self) -> Ed25519PublicKey:
        """Its public half."""
        ...

    def sign(self, data: bytes, /) -> bytes:
        """A signature over `data`."""
        ...


def octets_of(key: IdentityKey) -> bytes:
    """Those of its public half, by which it goes: 32, or those of a FIDO token's key."""
    held = getattr(key, "public", None)
    return held if isinstance(held, bytes) else raw(key.public_key())


@attrs.frozen
class StoredKey:
    """A key on disk: what it is for, whose it is, and where."""

    role: str
    principal: str
    path: Path

    def present(self) -> bool:
        """True if its file is there; raises `ConfigurationError` where that cannot be told."""
        try:
            return self.path.exists()
        except OSError as error:
            raise _no_place(self.path, error) from None

    def octets(self) -> bytes:
        """Those of its public half; raises `ConfigurationError`."""
        return octets_of(self.signing())

    def spelled(self) -> str:
        """As a delegation names it; raises `ConfigurationError`."""
        with late.importing:
            from answerable.signing import identities

        return identities.spelled(self.signing())

    def signing(self) -> IdentityKey:
        """What signs with it; raises `ConfigurationError`."""
        return _outside(self.path) if self.path.suffix == _ELSEWHERE else self.load()

    def load(self) -> Ed25519PrivateKey:
        """Read it; raises `ConfigurationError` if the file is not a plain Ed25519 key."""
        try:
            key = serialization.load_ssh_private_key(self.path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigurationError(f"cannot read the key {self.path}: {error}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigurationError(f"{self.path} is not an Ed25519 key")
        return key


@attrs.frozen
class Keyring:
    """The keys under one home directory (`ANSWERABLE_HOME`)."""

    home: Path

    def identity(self, principal: str) -> IdentityKey:
        """The principal's identity key: the one that was named with `use`, else one of this
        keyring's own, made on first use. Raises `ConfigurationError`."""
        elsewhere = self._stored("identity", principal).path.with_suffix(_ELSEWHERE)
        try:
            if elsewhere.exists():
                return _outside(elsewhere)
        except OSError as error:
            raise _no_place(elsewhere, error) from None
        return self._made("identity", principal)

    def named(self, id: str) -> IdentityKey:
        """The identity key of that id, whosever it is; raises `NotFoundError`,
        `ConfigurationError`."""
        with late.importing:
            from answerable.signing.identities import id_of

        for stored in self:
            if stored.role == "identity" and id_of(stored.spelled()) == id:
                return stored.signing()
        raise NotFoundError(f"no key {id} here", hint="`answerable keys list` lists them")

    def use(self, principal: str, address: str, public: bytes | None) -> None:
        """From now on the principal's identity key is the one at that address (see `outside`); without
        a key, the address is a Sigstore identity's name."""
        path = self._stored("identity", principal).path
        try:
            durable.replace(path.with_suffix(".name"), f"{principal}\n".encode())
            held = address if public is None else f"{public.hex()} {address}"
            durable.replace(path.with_suffix(_ELSEWHERE), f"{held}\n".encode())
        except OSError as error:
            raise _no_place(path, error) from None

    def create_log_key(self, origin: str) -> Ed25519PrivateKey:
        """A new key for the log `origin`."""
        key = Ed25519PrivateKey.generate()
        _create(self._stored("log", origin).path, key, origin)
        return key

    def log_key(self, origin: str) -> Ed25519PrivateKey:
        """The log's key; raises `NotFoundError` if this home does not hold it."""
        stored = self._stored("log", origin)
        if not stored.present():
            raise NotFoundError(f"no key for the log {origin} under {self.home}")
        return stored.load()

    def witness_key(self, name: str) -> Ed25519PrivateKey:
        """The key of the witness of that name, made on first use."""
        return self._made("witness", name)

    def __iter__(self) -> Iterator[StoredKey]:
        for role in ("identity", "log", "witness"):
            folder = self.home / "keys" / role
            for path in sorted((*folder.glob("*.key"), *folder.glob(f"*{_ELSEWHERE}"))):
                name = path.with_suffix(".name")
                yield StoredKey(
                    role, name.read_text().strip() if name.exists() else path.stem, path
                )

    def _made(self, role: str, principal: str) -> Ed25519PrivateKey:
        stored = self._stored(role, principal)
        if not stored.present():
            _create(stored.path, Ed25519PrivateKey.generate(), principal)
        return stored.load()

    def _stored(self, role: str, principal: str) -> StoredKey:
        slug = re.sub(r"[^A-Za-z0-9]+", "-", principal).strip("-")[:40]
        unique = hashlib.sha256(principal.encode()).hexdigest()[:12]
        return StoredKey(role, principal, self.home / "keys" / role / f"{slug}-{unique}.key")


def _outside(path: Path) -> IdentityKey:
    with late.importing:
        from answerable.signing.identities import can_be_trusted  # here: few have one
        from answerable.signing.outside import OutsideKey
        from answerable.signing.sigstore import SigstoreIdentity, is_name

    try:
        held = path.read_text(encoding="utf-8").rstrip("\n")
        if is_name(held):
            return SigstoreIdentity(held, path.parents[2])  # under keys/identity of the home
        public, address = held.split(" ", 1)
        octets = bytes.fromhex(public)
        if not can_be_trusted(octets):
            raise ValueError("no key that can be trusted")
        return OutsideKey(address, octets)
    except (OSError, ValueError, MalformedError) as error:
        raise ConfigurationError(f"{path} names no key: {error}") from None


def _create(path: Path, key: Ed25519PrivateKey, principal: str) -> None:
    """Write a key whole or not at all; when two processes race, the first one's key stays."""
    data = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    try:
        # The name first: a name without a key says nothing, a key without a name says too little.
        durable.replace(path.with_suffix(".name"), f"{principal}\n".encode())
        durable.create(path, data)
    except OSError as error:
        raise _no_place(path, error) from None


def _no_place(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"cannot keep a key in {path.parent}: {error.strerror}",
        hint="set ANSWERABLE_HOME to a directory that can be written",
    )
