"""What holds of the ledger, and what others can check without it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import cast

import attrs

from answerable import statement
from answerable.errors import LedgerError
from answerable.history import (
    Beside,
    Commitments,
    Governor,
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
from answerable.lineage import AccountabilityTrace, Why
from answerable.lineage.holding import holdings, unheld
from answerable.model import Decision, Delegation, PolicyVersion, Record
from answerable.privacy import checked_fields, digest
from answerable.privacy.store import Disclosures
from answerable.reading.stitching import Stitching, as_of_time
from answerable.signing import Policy

_GONE = ("outcome-missing", "disclosure-missing")
_AGAIN = 3


class Proving(Stitching):
    """Verdicts, proofs, bundles, and the policy in force."""

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

    def trace(self, subject: str, at: str | datetime | None = None) -> AccountabilityTrace:
        """Everything that bears on `subject`, as of a time (default now).

        A bare date means the end of that day. `unheld` are the roles that nobody fills then, by the
        policy in force then. Raises `NotFoundError` if nothing names the subject,
        `InvalidReferenceError` if it is no reference.
        """
        found = super().trace(subject, at)
        policy = self.policy(found.as_of)
        return attrs.evolve(found, unheld=tuple(unheld(found.placed(), policy, found.as_of)))

    def why(
        self, kind: str, subject: str, at: str | datetime | None = None, *, text: str | None = None
    ) -> Why:
        """Which decisions of that kind stand behind `subject`: in force, and superseded; by what
        right, on which evidence, and who filled the roles in them. With `text`, those whose question
        has it, in any case: one parameter of several. Raises as `trace` does. What nobody decided
        has no answer, which is one."""
        found = super().why(kind, subject, at, text=text)
        policy = self.policy()
        held = {decision.id: holdings(policy, decision) for decision in found.decisions}
        return attrs.evolve(found, holders={id: roles for id, roles in held.items() if roles})

    def holdings(self, record: Record | str) -> dict[str, tuple[str, ...]]:
        """The roles that decided or answer for a record (itself or its id), each with who filled
        it when it was decided, by the policy in force now; empty for nobody. A role of which the
        policy says nothing is left out. Raises `NotFoundError`."""
        found = self.get(record) if isinstance(record, str) else record
        return holdings(self.policy(), found)

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

    def policies(self) -> list[PolicyVersion]:
        """The records that put a version of the trust policy in force, in the ledger's order:
        those that verify; whether each was entitled to is for `verify`."""
        places, records = self._answer(
            lambda records: (self._index.places("type = 'policy'", (), "ORDER BY idx"), records)
        )
        found = [cast(PolicyVersion, records.at(place)) for place in places]
        return [record for record in found if record.custody and record.custody.verified]

    def policy(self, at: str | datetime | None = None) -> Policy | None:
        """The version of the trust policy that the ledger itself has put in force by then, by
        default by now."""
        as_of = as_of_time(at)
        governor = Governor()
        for record in (each for each in self.policies() if each.recorded_at <= as_of):
            assert record.custody is not None and record.custody.index is not None
            for _ in governor.faults(record, record.custody.index):
                pass  # `verify` tells them
        return governor.adopted


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
