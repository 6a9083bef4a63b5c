"""Records that waited for a ledger which is no more: signed anew, for the one that is there now.

They name a session that only the lost ledger introduces, a place in a chain whose beginning lies
there, and what was seen of that log: as they are, no other ledger could ever hold with them. So
their content goes on under a new session of the same identity, recorded now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from answerable import statement
from answerable.errors import InvalidValueError, MalformedError
from answerable.model import Delegation, Record
from answerable.recording import clock
from answerable.recording.spool import Parcel, Spool
from answerable.signing import Envelope, Keyring, Session, key_id, sigstore
from answerable.signing.identities import spelled


def reissue(
    spool: Spool,
    log: str,
    home: Path,
    damaged: Callable[[Path], object],
    renewed: Callable[[int], object],
) -> None:
    """Replace what waits for another log than `log`; `renewed` is told of how many records.

    What is not signed by a session of an identity whose key lies in `home` is set aside, which
    `damaged` is told. Raises `ConfigurationError`, `CustodyError`.
    """
    spool.settle(damaged)
    foreign: dict[bytes | None, list[tuple[Path, Parcel]]] = {}
    for place, parcel in spool.parcels(damaged):
        if parcel.log not in (None, log):
            foreign.setdefault(parcel.delegation, []).append((place, parcel))
    for delegation, found in foreign.items():
        places = [place for place, _ in found]
        try:
            made = _anew(delegation, [e for _, parcel in found for e in parcel.envelopes], home)
        except (MalformedError, InvalidValueError):
            for place in places:
                damaged(spool.set_aside(place))
            continue
        spool.replace(places, Parcel(tuple(made), made[0], log), damaged)
        renewed(len(made) - 1)


def ids(envelopes: Sequence[bytes]) -> list[str]:
    """The ids of the records in the envelopes, but for delegations; raises `MalformedError`."""
    records = [_read(envelope, None) for envelope in envelopes]
    return [record.id for record in records if not isinstance(record, Delegation)]


def _anew(delegation: bytes | None, envelopes: Sequence[bytes], home: Path) -> list[bytes]:
    """A new session's delegation, and the records that the old one signed, under it."""
    lent = _read(delegation or b"", None)
    if not isinstance(lent, Delegation) or lent.decided_by is None:
        raise MalformedError("not introduced by a delegation")
    identity = Keyring(home).identity(lent.principal)
    if spelled(identity) != lent.identity_key:
        raise MalformedError("introduced by another key")
    if sigstore.is_name(lent.identity_key):
        sigstore.check(lent, Envelope.from_bytes(delegation or b""), home)
    else:
        _read(delegation or b"", lent.identity_key, by_person=True)
    session, now = Session(identity, lent.decided_by, lent.team), clock.now()
    _, introduction = session.introduce(clock.unique_id(), now, None)
    made = [introduction]
    for envelope in envelopes:
        record = _read(envelope, lent.session_key)
        if not isinstance(record, Delegation):
            made.append(session.sign(record, None, now)[1])
    return made


def _read(data: bytes, signer: str | None, *, by_person: bool = False) -> Record:
    """The record in the envelope, whose signature under the key `signer` holds."""
    envelope = Envelope.from_bytes(data)
    if signer is not None:
        public = bytes.fromhex(signer)
        if not envelope.signed_by(key_id(public), public, by_person=by_person):
            raise MalformedError("a signature that does not hold")
    return statement.from_bytes(envelope.payload)
