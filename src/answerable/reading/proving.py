"""What holds of the ledger, and what others can check without it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime

import attrs

from answerable import statement
from answerable.errors import LedgerError
from answerable.history import (
    Beside,
    Commitments,
    Seals,
    Stamped,
    Stamps,
    Verdict,
    bundles,
    seen_in,
    verify,
    verify_since,
)
from answerable.history.earlier import ByIndex
from answerable.ledger import InclusionProof, cosigned_notes
from answerable.ledger.timestamps import kept_stamps
from answerable.model import Decision, Delegation, PolicyVersion, Record
from answerable.privacy import checked_fields, digest
from answerable.privacy.store import Disclosures
from answerable.reading.stitching import Stitching
from answerable.signing import Policy

_GONE = ("outcome-missing", "disclosure-missing")
_AGAIN = 3


class Proving(Stitching):
    """Verdicts, proofs and bundles."""

    def verify(
        self,
        policy: Policy | None = None,
        since: bytes | None = None,
        *,
        everything: bool = False,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> Verdict:
        """Read and check every byte of the ledger again, and the outcomes and disclosures beside it.

        `policy` judges who may sign what, instead of what the ledger itself put in force. `since`
        is a receipt's checkpoint, or a `.tlog-proof`, that is trusted: what it covers is proven to
        be there as it was, by the tree, and not looked at again, so that the cost is that of what
        came after. With `everything` that is looked at too. Raises `MalformedError` if it is none
        of this log.

        Of a ledger that holds, the index is compared with it too, if all is looked at: it is what
        answers are found by. Where there are many entries, processes of their own check them, one
        a core. `progress` is told of entries checked, of how many.
        """
        verdict = self._verified(policy, since, everything, progress)
        # What is erased meanwhile is gone, and the record that says so came after what was looked at.
        for _ in range(_AGAIN):
            gone = any(fault.code in _GONE for fault in verdict.faults)
            if not gone or self.ledger.end() <= verdict.size:
                break
            verdict = self._verified(policy, since, everything, progress)
        return verdict

    def _verified(
        self,
        policy: Policy | None,
        since: bytes | None,
        everything: bool,
        progress: Callable[[int, int], None],
    ) -> Verdict:
        with self._lock:
            seen = None if since is None else seen_in(since, self.ledger.verifier)
            cosigned = cosigned_notes(self._home, self.ledger.origin)
            seals = Seals(Beside(self.ledger.uri, self._home))
            commitments = Commitments(Disclosures(self.ledger.uri, self._home))
            stamps = self._stamps(policy)
            if seen is not None and seen.size and not everything:
                verdict = self._answer(
                    lambda _: verify_since(
                        self.ledger,
                        seen,
                        ByIndex(self._index),
                        policy,
                        cosigned,
                        (seals, commitments, stamps),
                    )
                )
                return attrs.evolve(verdict, stamped=_stamped(stamps))
            verdict = verify(
                self.ledger,
                policy,
                seen,
                cosigned,
                beside=(seals, commitments, stamps),
                progress=progress,
            )
            verdict = attrs.evolve(verdict, stamped=_stamped(stamps))
            if not verdict.holds or not (faults := self._index_faults()):
                return verdict
            return attrs.evolve(verdict, verdict="invalid", faults=tuple(faults))

    def _stamps(self, policy: Policy | None) -> Stamps:
        kept = [*kept_stamps(self._home, self.ledger.origin)]
        if kept and policy is None:
            with suppress(LedgerError):  # of a ledger that does not hold, which is told anyway
                policy = self.policy()
        return Stamps(self.ledger, policy, kept)

    def prove(self, id: str) -> InclusionProof:
        """The proof that the record of that id is in the log, under its newest checkpoint; raises
        `NotFoundError`, and `LedgerError` where the ledger does not hold."""
        record = self.get(id)
        assert record.custody is not None and record.custody.index is not None
        index = record.custody.index
        with self._lock, self.ledger.still():
            tip, note = self.ledger.present(), self.ledger.checkpoint()
            return InclusionProof(index, self.ledger.inclusion(index, tip.size), note)

    def bundle(
        self, subject: str, at: str | datetime | None = None, disclose: Collection[str] = ()
    ) -> bytes:
        """Everything behind `subject` as one file for another organisation: envelopes, the
        delegations and policies under which they count, and proofs that they are in this log.
        Of private fields it discloses those named in `disclose`, where they are at hand; none by
        default. Raises as `trace` and `prove` do, and `InvalidValueError` for no private field."""
        disclose = checked_fields(disclose, "disclose")
        trace = self.trace(subject, at)
        with self._lock:
            records = [placed.record for placed in trace.placed()]
            keys = {r.emission.key_id for r in records if r.emission}
            records += [r for r in self.records() if _vouches(r, keys)]
            places = {r.custody.index for r in records if r.custody}
            with self.ledger.still():
                return bundles.make(
                    subject,
                    self.ledger,
                    sorted(place for place in places if place is not None),
                    self._told(records, disclose),
                )

    def _told(self, records: Iterable[Record], fields: Collection[str]) -> list[bytes]:
        kept = Disclosures(self.ledger.uri, self._home)
        names = [
            part.digest
            for record in records
            if isinstance(record, Decision)
            for part in record.withheld
            if part.field in fields
        ]
        told = (kept.get(name) for name in dict.fromkeys(names))
        # What is stored is not believed: whoever gets the bundle would find a fault in it.
        return [each for each in told if each is not None and digest(each) in names]


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
