"""What a reviewer signs, what stands between a subject and its release, and the way back from an
incident."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from answerable.errors import NotFoundError
from answerable.history import Catalogue
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
from answerable.reading.governed import as_of_time, policy_at
from answerable.reading.proving import verified
from answerable.reading.stitching import trace
from answerable.signing import Policy
from answerable.statement import timestamp


def review_of(catalogue: Catalogue, subject: str, at: str | datetime | None = None) -> Review:
    """Everything that stands behind `subject` under one digest, with what is to be signed by whom."""
    stitched = trace(catalogue, subject, at)
    found = _required(catalogue, _review(stitched))
    if not found.approvals:
        return found
    seen = catalogue.answer(lambda records: _seen(found.approvals, stitched, Shown(records)))
    return attrs.evolve(found, approvals=seen)


def _review(stitched: AccountabilityTrace) -> Review:
    return attrs.evolve(review(stitched), gaps=stitched.missing)


def _required(catalogue: Catalogue, found: Review) -> Review:
    rules = rules_for(found.subject, policy_at(catalogue, found.as_of), found)
    if not rules:
        return found
    named = sorted({name for rule in rules for name in rule.principals})
    required = Required(threshold=max(rule.threshold for rule in rules), principals=tuple(named))
    return attrs.evolve(found, required=required)


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


def presented_to(catalogue: Catalogue, id: str) -> Presented:
    """What exactly was presented to whoever gave the approval of that id."""
    approval = catalogue.get(id)
    if not isinstance(approval, Approval):
        raise NotFoundError(f"{id} is no approval", hint="`answerable log --type approval`")
    return catalogue.answer(lambda records: Shown(records).to(approval))


def gate_of(
    catalogue: Catalogue, subject: str, policy: Policy | None, allow: Collection[str]
) -> Gate:
    """Whether `subject` may go forward as it is now."""
    verdict = verified(catalogue, policy)
    found = _review(trace(catalogue, subject))
    return gate(found, policy or policy_at(catalogue), faults=len(verdict.faults), allow=allow)


def investigation_of(
    catalogue: Catalogue, id: str, at: str | datetime | None = None
) -> Investigation:
    """Back from the incident of that id."""
    incident = catalogue.get(id)
    subject = next((ref for ref in incident.about if not ref.startswith("record:")), None)
    if not isinstance(incident, Incident) or subject is None:
        raise NotFoundError(f"{id} is no incident of a subject", hint="ans.incident(…)")
    as_of = as_of_time(at)
    if incident.recorded_at > as_of:
        raise NotFoundError(f"{id} was recorded only at {timestamp(incident.recorded_at)}")
    then = trace(catalogue, subject, incident.occurred_at)
    now = trace(catalogue, subject, as_of)
    in_force = Known(MemoryLookup(p.record for p in now.placed()), now.as_of)
    actions = [
        record
        for record in in_force.about(f"record:{id}")
        if isinstance(record, Action) and in_force.in_force(record)
    ]
    return investigate(incident, then, now, actions)
