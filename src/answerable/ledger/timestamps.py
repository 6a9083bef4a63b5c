"""Time tokens over checkpoints: an authority's word that a checkpoint was there at a time. RFC 3161,
read and verified by `rfc3161-client`.

What is stamped is the signed note as the log made it, so that others need two files and no more:
`openssl ts -verify -data NOTE -in TOKEN -CAfile CERTIFICATES`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from answerable import durable, fetching, late, urls
from answerable.errors import LedgerError, MalformedError, MissingExtraError
from answerable.ledger.checkpoint import Checkpoint, LogVerifier
from answerable.location import name_for

if TYPE_CHECKING:
    from answerable.ledger.store import Ledger

_HINT = "write https://tsa.example.org/tsr"
_TYPE = "application/timestamp-query"
# Sends a request of RFC 3161 section 3.4; the answer's bytes.
Ask = Callable[[bytes], bytes]
MAX_TOKEN = 1024 * 1024


@attrs.frozen
class Stamp:
    """A checkpoint, and when an authority saw it. `note` is what was stamped, `token` the answer."""

    checkpoint: Checkpoint
    time: datetime
    note: bytes = attrs.field(repr=False)
    token: bytes = attrs.field(repr=False)


def address(url: str) -> str:
    """The address of an authority; raises `UsageError` for what is no URL of HTTP."""
    return urls.base(url, _HINT)


def post(url: str, sent: bytes) -> bytes:
    """Send a request as RFC 3161 section 3.4 has it; the answer. Raises `LedgerError`."""
    status, answer = fetching.post(url, sent, most=MAX_TOKEN + 1, type=_TYPE)
    if status != 200:
        raise LedgerError(f"{urls.shown(url)} answered {status}")
    return answer


def stamp(ledger: Ledger, ask: Ask, certificates: Sequence[str]) -> Stamp:
    """Have the ledger's newest checkpoint stamped. The answer is held against the certificates
    (PEM); where none are given, only its form is looked at.

    Raises `LedgerError` where the authority refuses, `MalformedError` for an answer that is no
    token over this checkpoint, `MissingExtraError` without `rfc3161-client`.
    """
    client = _client()
    with ledger.snapshot() as still:
        still.present()
        note = still.checkpoint()
    request = (
        client.TimestampRequestBuilder()
        .data(note)
        .hash_algorithm(client.HashAlgorithm.SHA256)
        .build()
    )
    token = ask(request.as_bytes())
    _granted(token)
    if _read(token).nonce != request.nonce:
        raise MalformedError("the answer is to another question")
    return verified(note, token, certificates, ledger.verifier, anybody=not certificates)


def verified(
    note: bytes,
    token: bytes,
    certificates: Sequence[str],
    verifier: LogVerifier,
    *,
    anybody: bool = False,
) -> Stamp:
    """The stamp, if it is over that note, by one of the authorities; raises `MalformedError`.
    With `anybody`, whoever signed it."""
    client = _client()
    checkpoint = verifier.open(note)
    found = _read(token)
    if found.imprint != hashlib.sha256(note).digest():
        raise MalformedError("the token is over something else")
    if not anybody:
        with late.importing:
            from cryptography import x509
        builder = client.VerifierBuilder()
        for each in certificates:
            builder = builder.add_root_certificate(x509.load_pem_x509_certificate(each.encode()))
        try:
            builder.build().verify_message(found.response, note)
        except (client.VerificationError, ValueError) as error:
            raise MalformedError(f"the token does not verify: {error}") from None
    return Stamp(checkpoint, found.time, note, token)


def keep_stamp(home: Path, origin: str, made: Stamp) -> tuple[Path, Path]:
    """Keep note and token beside each other; where they are. Raises `LedgerError`."""
    mark = hashlib.sha256(made.token).hexdigest()[:16]
    place = _folder(home, origin) / f"{made.checkpoint.size}-{mark}"
    paths = place.with_suffix(".note"), place.with_suffix(".tsr")
    try:
        for path, data in zip(paths, (made.note, made.token), strict=True):
            durable.replace(path, data)
    except OSError as error:
        raise LedgerError(f"cannot keep {place}: {error.strerror}") from error
    return paths


def stamped_size(home: Path, origin: str) -> int:
    """How many entries the newest stamp that was kept covers, by its name; 0 where none was."""
    sizes = [path.name.partition("-")[0] for path in _folder(home, origin).glob("*.tsr")]
    return max((int(size) for size in sizes if size.isdecimal()), default=0)


def kept_stamps(home: Path, origin: str) -> Iterator[tuple[bytes, bytes]]:
    """Every note that was kept with its token; whether it holds is for its reader. Raises
    `LedgerError` where one cannot be read."""
    try:
        for path in sorted(_folder(home, origin).glob("*.tsr")):
            note = path.with_suffix(".note")
            if note.exists():
                yield note.read_bytes(), path.read_bytes()
    except OSError as error:
        raise LedgerError(f"cannot read what is stamped: {error}") from error


def _folder(home: Path, origin: str) -> Path:
    return home / "timestamps" / name_for(origin)


@attrs.frozen
class _Token:
    """What a token says; nothing of it is verified."""

    response: Any
    imprint: bytes
    nonce: int | None
    time: datetime


def _read(token: bytes) -> _Token:
    found = _decoded(token)
    try:
        # Each is parsed only when it is asked for.
        told = found.tst_info
        time = told.gen_time.astimezone(UTC)
        return _Token(found, told.message_imprint.message, told.nonce, time)
    except (ValueError, OverflowError) as error:
        raise MalformedError(f"not a time token: {error}") from None


def _granted(token: bytes) -> None:
    """Raise `LedgerError` where the answer is a refusal: that has no token."""
    found = _decoded(token)
    status, words = int(found.status), "; ".join(found.status_string)
    if status != 0:
        raise LedgerError(f"the authority refused: {words or f'status {status}':.200}")


def _decoded(token: bytes) -> Any:
    if len(token) > MAX_TOKEN:
        raise MalformedError("not a time token: too long")
    try:
        return _client().decode_timestamp_response(token)
    except ValueError as error:
        raise MalformedError(f"not a time token: {error}") from None


def _client() -> Any:
    try:
        with late.importing:
            import rfc3161_client
    except ImportError:
        raise MissingExtraError("timestamps", "a time token") from None
    return rfc3161_client
