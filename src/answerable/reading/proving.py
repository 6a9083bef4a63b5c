"""What holds of the ledger, and what others can check without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import attrs

from answerable import statement
from answerable.errors import LedgerError
from answerable.history import (
    Beside,
    Catalogue,
    Commitments,
    Earlier,
    Seals,
    Stamped,
    Stamps,
    UnusableIndexError,
    Verdict,
    WitnessTimes,
    bundles,
    seen_in,
    verify,
    verify_since,
)
from answerable.ledger import InclusionProof, cosigned_notes
from answerable.ledger.timestamps import kept_stamps
from answerable.model import Delegation, PolicyVersion, Record
from answerable.privacy import Wanted
from answerable.privacy.store import Disclosures
from answerable.reading.governed import policy_at
from answerable.reading.stitching import trace
from answerable.signing import Policy

_GONE = ("outcome-missing", "disclosure-missing")
_AGAIN = 3


def verified(
    catalogue: Catalogue,
    policy: Policy | None = None,
    since: bytes | None = None,
    *,
    everything: bool = False,
    distrust_index: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Verdict:
    """What stands against the ledger and against what lies beside it."""

    def look() -> Verdict:
        return _verdict(catalogue, policy, since, everything, distrust_index, progress)

    verdict = look()
    # What is erased meanwhile is gone, and the record that says so came after what was looked at.
    for _ in range(_AGAIN):
        gone = any(fault.code in _GONE for fault in verdict.faults)
        if not gone or catalogue.ledger.end() <= verdict.size:
            break
        verdict = look()
    return verdict


def _verdict(
    catalogue: Catalogue,
    policy: Policy | None,
    since: bytes | None,
    everything: bool,
    distrust_index: bool,
    progress: Callable[[int, int], None],
) -> Verdict:
    ledger, home = catalogue.ledger, catalogue.home
    with catalogue.alone():
        seen = None if since is None else seen_in(since, ledger.verifier)
        cosigned = cosigned_notes(home, ledger.origin)
        anew = distrust_index and seen is not None
        stamps, witnessed = _clocks(catalogue, policy, cosigned, anew=anew)
        beside = (
            Seals(Beside(ledger.uri, home)),
            Commitments(Disclosures(ledger.uri, home)),
            stamps,
            witnessed,
        )
        if seen is not None and seen.size and not everything:

            def look(earlier: Earlier | None) -> Verdict:
                return verify_since(
                    ledger, seen, earlier, policy, cosigned, beside, progress=progress
                )

            verdict = (
                look(None)
                if distrust_index
                else catalogue.answer(lambda records: look(records.before()))
            )
            return attrs.evolve(verdict, stamped=_stamped(stamps))
        try:
            with catalogue.departures() as index:
                verdict = verify(
                    ledger, policy, seen, cosigned, beside=beside, index=index, progress=progress
                )
                verdict = attrs.evolve(verdict, stamped=_stamped(stamps))
                if verdict.holds and (faults := index.faults()):
                    verdict = attrs.evolve(verdict, verdict="invalid", faults=tuple(faults))
        except UnusableIndexError as error:
            # Then it says nothing: answers are found by the next.
            catalogue.index_is_of_no_use(error)
        return verdict


def _clocks(
    catalogue: Catalogue, policy: Policy | None, cosigned: Sequence[bytes], *, anew: bool
) -> tuple[Stamps, WitnessTimes]:
    ledger = catalogue.ledger
    kept = [*kept_stamps(catalogue.home, ledger.origin)]
    if (kept or cosigned) and policy is None:
        if anew:  # whose clocks count is asked of the index too
            catalogue.reindex()
        with suppress(LedgerError):  # of a ledger that does not hold, which is told anyway
            policy = policy_at(catalogue)
    return Stamps(ledger, policy, kept), WitnessTimes(ledger.verifier, policy, cosigned)


def prove(catalogue: Catalogue, id: str) -> InclusionProof:
    """The proof that the record of that id is in the log, under its newest checkpoint."""
    record, ledger = catalogue.get(id), catalogue.ledger
    assert record.custody is not None and record.custody.index is not None
    index = record.custody.index
    with catalogue.alone(), ledger.still():
        tip, note = ledger.present(), ledger.checkpoint()
        return InclusionProof(index, ledger.inclusion(index, tip.size), note)


def bundle(catalogue: Catalogue, subject: str, at: str | datetime | None, wanted: Wanted) -> bytes:
    """Everything behind `subject` as one file for another organisation."""
    stitched, ledger = trace(catalogue, subject, at, wanted), catalogue.ledger
    with catalogue.alone():
        records = [placed.record for placed in stitched.placed()]
        told = [each for r in records if r.custody for each in r.custody.disclosures]
        keys = {r.emission.key_id for r in records if r.emission}
        records += [r for r in catalogue.records() if _vouches(r, keys)]
        places = {r.custody.index for r in records if r.custody}
        with ledger.still():
            return bundles.make(
                subject,
                ledger,
                sorted(place for place in places if place is not None),
                list(dict.fromkeys(told)),
            )


def _stamped(stamps: Stamps) -> Stamped | None:
    newest = stamps.newest
    if newest is None:
        return None
    return Stamped(newest.checkpoint.size, statement.timestamp(newest.time))


def _vouches(record: Record, keys: set[str]) -> bool:
    """True of what others count under: the delegations of those session keys, and policies."""
    if isinstance(record, PolicyVersion):
        return True
    lends = isinstance(record, Delegation) and record.emission is not None
    return lends and record.emission is not None and record.emission.key_id in keys
