"""`History`: everything that can be asked of a ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from answerable.errors import NotFoundError
from answerable.lineage import (
    AccountabilityTrace,
    Gate,
    Investigation,
    Known,
    MemoryLookup,
    Presented,
    Required,
    Review,
    Shown,
    Voiced,
    gate,
    investigate,
    review,
    rules_for,
    unseen,
)
from answerable.model import Action, Approval, Incident
from answerable.reading.explaining import Explaining
from answerable.reading.governed import as_of_time
from answerable.signing import Policy
from answerable.statement import timestamp


class History(Explaining):
    """What one ledger holds, read and checked from its bytes. Safe to share between threads.

    Use it as a context manager, or `close` it.
    """

    def investigate(self, id: str, at: str | datetime | None = None) -> Investigation:
        """Back from the incident of that id: what was in force at its time and known then, who
        answers for it and who responds, what had lapsed or did not hold, what is open. What was
        learned later is what was known by `at`, by default now.

        Raises `NotFoundError` if there was no such incident by then, or nothing was in force when
        it happened.
        """
        incident = self.get(id)
        subject = next((ref for ref in incident.about if not ref.startswith("record:")), None)
        if not isinstance(incident, Incident) or subject is None:
            raise NotFoundError(f"{id} is no incident of a subject", hint="ans.incident(…)")
        as_of = as_of_time(at)
        if incident.recorded_at > as_of:
            raise NotFoundError(f"{id} was recorded only at {timestamp(incident.recorded_at)}")
        then, now = self.trace(subject, incident.occurred_at), self.trace(subject, as_of)
        in_force = Known(MemoryLookup(p.record for p in now.placed()), now.as_of)
        actions = [
            record
            for record in in_force.about(f"record:{id}")
            if isinstance(record, Action) and in_force.in_force(record)
        ]
        return investigate(incident, then, now, actions)

    def review(self, subject: str, at: str | datetime | None = None) -> Review:
        """Everything that stands behind `subject` under one digest, to be approved with
        `answerable.approve(subject, digest=…)`; raises as `trace` does."""
        trace = self.trace(subject, at)
        found = self._required(attrs.evolve(review(trace), gaps=trace.missing))
        if not found.approvals:
            return found
        seen = self._answer(lambda records: _seen(found.approvals, trace, Shown(records)))
        return attrs.evolve(found, approvals=seen)

    def presented(self, id: str) -> Presented:
        """What exactly was presented to whoever gave the approval of that id. That it was read,
        nobody can tell. Raises `NotFoundError` if it is no approval."""
        approval = self.get(id)
        if not isinstance(approval, Approval):
            raise NotFoundError(f"{id} is no approval", hint="`answerable log --type approval`")
        return self._answer(lambda records: Shown(records).to(approval))

    def _required(self, found: Review) -> Review:
        rules = rules_for(found.subject, self.policy(found.as_of), found)
        if not rules:
            return found
        named = sorted({name for rule in rules for name in rule.principals})
        required = Required(
            threshold=max(rule.threshold for rule in rules), principals=tuple(named)
        )
        return attrs.evolve(found, required=required)

    def gate(
        self, subject: str, *, policy: Policy | None = None, allow: Collection[str] = ()
    ) -> Gate:
        """Whether `subject` may go forward as it is now: everything verifies, no gap stands open
        but of the codes in `allow`, and enough distinct approvers have signed the present digest.
        `policy` is the one that the ledger has in force, unless another is given. Raises as
        `trace` does."""
        verdict = self.verify(policy)
        trace = self.trace(subject)
        found = attrs.evolve(review(trace), gaps=trace.missing)
        return gate(found, policy or self.policy(), faults=len(verdict.faults), allow=allow)


def _seen(
    approvals: Sequence[Voiced], trace: AccountabilityTrace, shown: Shown
) -> tuple[Voiced, ...]:
    """The approvals, each with what is in force now and was not in its view. The newest are looked
    at first, for it is not looked for without an end."""
    found = []
    for voiced in reversed(approvals):
        missed: tuple[str, ...] | None = () if voiced.is_present else None
        if missed is None and trace.subject in voiced.approval.about:
            then = shown.to(voiced.approval, trace.subject).trace
            missed = None if then is None else unseen(then, trace)
        found.append(attrs.evolve(voiced, unseen=missed))
    return tuple(reversed(found))
