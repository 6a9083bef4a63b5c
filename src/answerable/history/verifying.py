"""Does the whole ledger hold: bytes, signatures, delegations, and each emitter's own chain?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import attrs

from answerable import statement
from answerable.errors import LedgerError, LedgerRolledBackError, MalformedError, NotFoundError
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.continuing import Continuation, Earlier
from answerable.history.governing import Governor
from answerable.history.index_check import Departures
from answerable.history.judging import Judge, RootAt
from answerable.history.looking import Comparison, Looking, asks, see
from answerable.history.spreading import Progress, Spread, unwatched
from answerable.history.witnessing import Cosigned
from answerable.ledger import (
    Checkpoint,
    Fault,
    Ledger,
    TileLog,
    TreeCheck,
    database_faults,
    schema_faults,
)
from answerable.signing import Policy

State = Literal["valid", "valid-unwitnessed", "invalid"]


@attrs.frozen
class Stamped:
    """How many entries an authority's time token covers, and its time (RFC 3339)."""

    size: int
    time: str


@attrs.frozen(kw_only=True)
class Verdict:
    """What full verification found; of a copy outside the ledger, `root` and `origin` are None, and
    `root` of what cannot be read.

    `unwitnessed_since` (RFC 3339) begins the window in which a holder of the log's key could
    have rewritten it: the time of the first record that no quorum of the policy's witnesses has
    seen, which without witnesses is the first of all. `exchanged_from` names other logs that this
    user saw at the ledger's address: this one may be whole and still not the one that was there.
    `policy` is the version of the trust policy, None where any key is accepted. The first `since`
    entries are covered by a checkpoint that was given, and were not looked at, or only `read`: their bytes
    are those, and no signature was verified. `stamped` is the newest token of an authority that the policy names.
    """

    verdict: State
    size: int
    root: str | None
    origin: str | None
    policy: int | None = None
    unwitnessed_since: str | None = None
    exchanged_from: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    since: int = 0
    read: bool = False
    stamped: Stamped | None = None

    @property
    def holds(self) -> bool:
        """True for both valid verdicts."""
        return self.verdict != "invalid"


def verify(
    ledger: Ledger,
    policy: Policy | None = None,
    since: Checkpoint | None = None,
    cosigned: Iterable[bytes] = (),
    *,
    beside: Sequence[Comparison] = (),
    index: Departures | None = None,
    workers: int | None = None,
    progress: Progress = unwatched,
) -> Verdict:
    """Read every byte again and trust no stored verdict; all faults, not the first.

    `policy` judges every record; without it, the versions that the ledger put in force judge what
    came after them. `since` is a checkpoint from elsewhere that the ledger must continue. `cosigned`
    are notes that count as far as the policy's witnesses have signed them. `beside` holds
    against it what lies beside it: outcomes, disclosures, time tokens. `index` is shown every entry, and asked
    by the caller what it found. It looks at one moment of the ledger: what is appended meanwhile is
    for the next time.

    Entries are checked by this process and `workers` others: by default so many that each core has one,
    where there are many entries, else none. What is found, and in which order, does not depend on that.
    `progress` is told of entries checked, of how many.
    """
    with ledger.snapshot() as still:
        notes = Cosigned(still.verifier, cosigned)
        spread = Spread(still, workers, progress, indexing=index is not None and index.asks)
        return _verdict(still, Governor(policy), since, notes, beside, index, spread)


def _verdict(
    still: Ledger,
    governor: Governor,
    since: Checkpoint | None,
    cosigned: Cosigned,
    beside: Sequence[Comparison],
    index: Departures | None,
    spread: Spread,
) -> Verdict:
    faults: list[Fault] = []
    of_records: list[Fault] = []
    size, tree = 0, TreeCheck()
    root: str | None = None
    judge = Judge(governor, cosigned, tree.root_at, home=still.home)
    try:
        faults.extend(database_faults(still))
        for found in spread.all():
            faults.extend(_grown(tree, found))
            if isinstance(found, Brief) and not asks(beside, found) and judge.takes(found):
                for noted in found.noted:
                    see(beside, noted)
                if index is not None:
                    index.took(found)
                continue
            for checked in spread.each(found) if isinstance(found, Brief) else (found,):
                of_records.extend(judge.faults(checked))
                see(beside, checked)
                if index is not None:
                    index.saw(still.entry(checked.index))
        faults.extend(tree.finish(still))
        of_records.extend(governor.looking_back(spread.between, [*of_records]))
        of_records.extend(governor.at_the_end(still.verifier.vkey()))
        for kept in beside:
            of_records.extend(kept.faults())
        size = still.size()
        root = _root(still, size)
        if since is not None:
            of_records.extend(_continues(still.root_at, size, since))
        for note in cosigned.checkpoints(governor.policy):
            of_records.extend(_continues(still.root_at, size, note))
    except LedgerError as error:
        of_records.append(Fault("unreadable", error.message))
    faults += of_records
    return Verdict(
        verdict="invalid" if faults else _witnessed(cosigned, governor, size),
        size=size,
        root=root,
        origin=still.origin,
        policy=governor.policy.version if governor.policy else None,
        unwitnessed_since=_open_since(cosigned, governor),
        exchanged_from=still.others_here(),
        faults=tuple(faults),
    )


def _grown(tree: TreeCheck, found: Brief | Checked) -> Iterator[Fault]:
    if isinstance(found, Checked):
        yield from tree.take(found.index, found.stored, found.leaf)
    elif not tree.take_all(found.start, found.leaves):
        for index, leaf in enumerate(found.leaves, found.start):
            yield from tree.take(index, leaf, leaf)


def _witnessed(cosigned: Cosigned, governor: Governor, size: int) -> State:
    covered = cosigned.covered(governor.policy)
    return "valid" if covered is not None and covered >= size else "valid-unwitnessed"


def _open_since(cosigned: Cosigned, governor: Governor) -> str | None:
    since = cosigned.open_since(governor.policy)
    return None if since is None else statement.timestamp(since)


def _continues(root_at: RootAt, size: int, seen: Checkpoint) -> Iterator[Fault]:
    if seen.size > size:
        yield Fault("truncated", f"{seen.size} entries were seen before, {size} are left")
    elif root_at(seen.size) != seen.root:
        told = f"the first {seen.size} entries are not those that were seen before"
        yield Fault("rewritten", told)


def _root(ledger: Ledger, size: int) -> str | None:
    try:
        return ledger.root_at(size).hex()
    except (LedgerError, NotFoundError):
        return None


def verify_since(
    ledger: Ledger,
    since: Checkpoint,
    earlier: Earlier | None,
    policy: Policy | None = None,
    cosigned: Iterable[bytes] = (),
    beside: Sequence[Comparison] = (),
    *,
    progress: Progress = unwatched,
) -> Verdict:
    """What came after `since`, a checkpoint that is trusted; `earlier` tells where that refers to
    what was before. Without one, what was before is read for that, of which `progress` hears. The
    rest is as in `verify`. The verdict says from where on."""
    with ledger.snapshot() as still:
        governor, notes = Governor(policy), Cosigned(still.verifier, cosigned)
        going_on = Continuation(still, since, earlier, governor, notes, beside, progress)
        tree = going_on.tree
        faults: list[Fault] = []
        try:
            faults += schema_faults(still)
            faults += going_on.faults()
            for kept in beside:
                faults += kept.faults()
            for each in notes.checkpoints(governor.policy):
                faults += _continues(tree.root_at, tree.size, each)
            root = tree.root_at(tree.size).hex()
        except LedgerRolledBackError as error:
            cut = still.end() < since.size
            faults.append(Fault("truncated" if cut else "rewritten", error.message))
            root = None
        except LedgerError as error:
            faults.append(Fault("unreadable", error.message))
            root = None
        return Verdict(
            verdict="invalid" if faults else _witnessed(notes, governor, tree.size),
            size=tree.size,
            root=root,
            origin=still.origin,
            policy=governor.policy.version if governor.policy else None,
            unwitnessed_since=_open_since(notes, governor),
            exchanged_from=still.others_here(),
            faults=tuple(faults),
            since=since.size,
            read=earlier is None,
        )


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
        judge = Judge(governor, notes, log.root_at)
        looking = Looking(judge)
        faults.extend(looking.faults(log.entries()))
        again = governor.looking_back(lambda a, b: looking.again(log.between(a, b)), [*faults])
        faults.extend(again)
        faults.extend(governor.at_the_end(log.verifier.vkey()))
        faults.extend(log.faults())
        for each in (*seen, *notes.checkpoints(governor.policy)):
            faults.extend(_continues(log.root_at, log.size(), each))
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
