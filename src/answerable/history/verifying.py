"""Does the whole ledger hold: bytes, signatures, delegations, and each emitter's own chain?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

import attrs

from answerable import statement
from answerable.errors import LedgerError, MalformedError, NotFoundError
from answerable.history.authentication import Authenticator
from answerable.history.governing import Governor
from answerable.history.witnessing import Cosigned
from answerable.ledger import Checkpoint, Entry, Fault, Ledger, TileLog, examine
from answerable.model import Delegation, Emission, Record
from answerable.signing import Policy, envelope_digest

State = Literal["valid", "valid-unwitnessed", "invalid"]


@attrs.frozen(kw_only=True)
class Verdict:
    """What full verification found; of a copy outside the ledger, `root` and `origin` are None.

    `unwitnessed_since` (RFC 3339) begins the window in which a holder of the log's key could
    have rewritten it: the time of the first record that no quorum of the policy's witnesses has
    seen, which without witnesses is the first of all. `exchanged_from` names other logs that this user saw at the ledger's address: this one
    may be whole and still not the one that was there. `policy` is the version of the trust policy, None where any key is accepted.
    """

    verdict: State
    size: int
    root: str | None
    origin: str | None
    policy: int | None = None
    unwitnessed_since: str | None = None
    exchanged_from: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def holds(self) -> bool:
        """True for both valid verdicts."""
        return self.verdict != "invalid"


def verify(
    ledger: Ledger,
    policy: Policy | None = None,
    since: Checkpoint | None = None,
    cosigned: Iterable[bytes] = (),
) -> Verdict:
    """Read every byte again and trust no stored verdict; all faults, not the first.

    `policy` judges every record; without it, the versions that the ledger put in force judge what
    came after them. `since` is a checkpoint from elsewhere that the ledger must continue. `cosigned`
    are notes that count as far as the policy's witnesses have signed them. It looks at one moment of the ledger: what is appended meanwhile is for the next time.
    """
    with ledger.snapshot() as still:
        return _verdict(still, Governor(policy), since, Cosigned(still.verifier, cosigned))


def _verdict(
    still: Ledger, governor: Governor, since: Checkpoint | None, cosigned: Cosigned
) -> Verdict:
    faults: list[Fault] = []
    size = 0
    try:
        faults.extend(examine(still))
        faults.extend(_records(still, cosigned, governor))
        faults.extend(governor.at_the_end(still.verifier.vkey()))
        size = still.size()
        if since is not None:
            faults.extend(_continues(still, size, since))
        for each in cosigned.checkpoints(governor.policy):
            faults.extend(_continues(still, size, each))
    except LedgerError as error:
        faults.append(Fault("unreadable", error.message))
    return Verdict(
        verdict="invalid" if faults else _witnessed(cosigned, governor, size),
        size=size,
        root=_root(still, size),
        origin=still.origin,
        policy=governor.policy.version if governor.policy else None,
        unwitnessed_since=_open_since(cosigned, governor),
        exchanged_from=still.others_here(),
        faults=tuple(faults),
    )


def _witnessed(cosigned: Cosigned, governor: Governor, size: int) -> State:
    covered = cosigned.covered(governor.policy)
    return "valid" if covered is not None and covered >= size else "valid-unwitnessed"


def _open_since(cosigned: Cosigned, governor: Governor) -> str | None:
    since = cosigned.open_since(governor.policy)
    return None if since is None else statement.timestamp(since)


def _continues(log: Log, size: int, seen: Checkpoint) -> Iterator[Fault]:
    if seen.size > size:
        yield Fault("truncated", f"{seen.size} entries were seen before, {size} are left")
    elif log.root_at(seen.size) != seen.root:
        told = f"the first {seen.size} entries are not those that were seen before"
        yield Fault("rewritten", told)


def _root(ledger: Ledger, size: int) -> str | None:
    try:
        return ledger.root_at(size).hex()
    except (LedgerError, NotFoundError):
        return None


class Log(Protocol):
    """A log whose records are read: a ledger, or a published copy."""

    def entries(self) -> Iterator[Entry]:
        """Every entry, in order."""
        ...

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries; raises `LedgerError` or `NotFoundError`."""
        ...


def verify_tiles(
    log: TileLog,
    policy: Policy | None = None,
    seen: Iterable[Checkpoint] = (),
    cosigned: Iterable[bytes] = (),
) -> Verdict:
    """The same for a published copy, from its bytes alone; `seen` are checkpoints that it must
    continue, `cosigned` as in `verify`."""
    governor, notes = Governor(policy), Cosigned(log.verifier, cosigned)
    faults: list[Fault] = []
    try:
        faults.extend(_records(log, notes, governor))
        faults.extend(governor.at_the_end(log.verifier.vkey()))
        faults.extend(log.faults())
        for each in (*seen, *notes.checkpoints(governor.policy)):
            faults.extend(_continues(log, log.size(), each))
        root = log.root_at(log.size()).hex()
    except (LedgerError, MalformedError, NotFoundError) as error:
        faults.append(Fault("unreadable", error.message))
        root = None
    return Verdict(
        verdict="invalid" if faults else _witnessed(notes, governor, log.size()),
        size=log.size(),
        root=root,
        origin=log.origin,
        policy=governor.policy.version if governor.policy else None,
        unwitnessed_since=_open_since(notes, governor),
        faults=tuple(faults),
    )


def _records(ledger: Log, cosigned: Cosigned, governor: Governor) -> Iterator[Fault]:
    introduced: dict[str, list[tuple[int | None, bytes]]] = {}
    authenticator = Authenticator(lambda key: introduced.get(key, []))
    chains: dict[str, tuple[int, str]] = {}
    ids: dict[str, int] = {}
    for entry in ledger.entries():
        index = entry.index
        try:
            record = _introducing(authenticator, introduced, entry.envelope, index)
        except MalformedError as error:
            yield Fault("malformed", error.message, index)
            continue
        cosigned.passed(index, record.recorded_at)
        if record.custody is not None and record.custody.fault is not None:
            yield Fault("signature", record.custody.fault, index, record.id)
        yield from governor.faults(record, index)
        if record.id in ids:
            yield Fault("repeated-id", f"the id of entry {ids[record.id]}", index, record.id)
        ids.setdefault(record.id, index)
        if record.emission is not None:
            yield from _chain(chains, record, record.emission, entry.envelope, index)
            yield from _observed(ledger, record, record.emission, index)


def _introducing(
    authenticator: Authenticator,
    introduced: dict[str, list[tuple[int | None, bytes]]],
    envelope: bytes,
    index: int,
) -> Record:
    record = authenticator.authenticate(envelope, index=index)
    if isinstance(record, Delegation) and record.emission is not None:
        introduced.setdefault(record.emission.key_id, []).append((index, envelope))
    return record


def _chain(
    chains: dict[str, tuple[int, str]],
    record: Record,
    emission: Emission,
    envelope: bytes,
    index: int,
) -> Iterator[Fault]:
    """Each emitter numbers its records and names the one before: what is left out shows."""
    last, digest = chains.get(emission.key_id, (-1, None))
    chains[emission.key_id] = (emission.seq, envelope_digest(envelope))
    if emission.seq != last + 1:
        told = f"number {emission.seq} of its emitter follows number {last}"
        yield Fault("sequence", told if last >= 0 else f"{told} (none)", index, record.id)
    elif emission.prev != digest:
        yield Fault(
            "chain", "does not name the record that its emitter made before", index, record.id
        )


def _observed(ledger: Log, record: Record, emission: Emission, index: int) -> Iterator[Fault]:
    """What an emitter knew of the log when it signed must be the log's own past."""
    seen = emission.observed
    if seen is None:
        return
    if seen.size > index:
        told = f"signed with {seen.size} entries in sight, and stands at place {index}"
        yield Fault("observed", told, index, record.id)
        return
    try:
        root = ledger.root_at(seen.size)
    except (LedgerError, NotFoundError):
        return  # a missing tree node, which is reported as such
    if root.hex() != seen.root:
        told = f"its emitter saw another history of the first {seen.size} entries"
        yield Fault("observed", told, index, record.id)
