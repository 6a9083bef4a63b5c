"""`History`: everything that can be asked of a ledger."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import attrs

from answerable.errors import NotFoundError
from answerable.lineage import (
    Gate,
    Investigation,
    Known,
    MemoryLookup,
    Required,
    Review,
    gate,
    investigate,
    review,
    rules_for,
)
from answerable.model import Action, Incident
from answerable.reading.explaining import Explaining
from answerable.signing import Policy


class History(Explaining):
    """What one ledger holds, read and checked from its bytes. Safe to share between threads.

    Use it as a context manager, or `close` it.
    """

    def investigate(self, id: str) -> Investigation:
        """Back from the incident of that id: what was in force at its time and known then, who
        answers for it and who responds, what had lapsed or did not hold, what is open.

        Raises `NotFoundError` if there is no such incident, or nothing was in force then.
        """
        incident = self.get(id)
        subject = next((ref for ref in incident.about if not ref.startswith("record:")), None)
        if not isinstance(incident, Incident) or subject is None:
            raise NotFoundError(f"{id} is no incident of a subject", hint="ans.incident(…)")
        then, now = self.trace(subject, incident.occurred_at), self.trace(subject)
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
        found = review(self.trace(subject, at))
        rules = rules_for(subject, self.policy(), found)
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
        found = self.review(subject)
        return gate(found, policy or self.policy(), faults=len(verdict.faults), allow=allow)
