"""The whole before the signature: everything that stands behind a subject, under one digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import attrs

from answerable.lineage.asked import (
    Bypass,
    Certainty,
    Opposed,
    Risk,
    Within,
    by_certainty,
    bypasses,
    monitors,
    opposition,
    risks,
    scopes,
)
from answerable.lineage.assumed import Said, State, state
from answerable.lineage.joins import used
from answerable.lineage.trace import AccountabilityTrace, Gap
from answerable.model import (
    Approval,
    Assumption,
    Decision,
    Dissent,
    Record,
    Revocation,
    Supersession,
)
from answerable.model.naming import replaces

_WITHDRAWALS = (Revocation, Supersession)


@attrs.frozen(kw_only=True)
class Held:
    """An assumption that is still relied on, the id of the decision that relies on it, and what is
    known of it: nothing against it (`assumed`), or that it is `overdue`, has `lapsed`, was `violated`."""

    record: str
    assumption: Assumption
    state: State = "assumed"


@attrs.frozen(kw_only=True)
class Voiced:
    """An approval. `is_present`: what it binds is what there is to see now. `unseen` are the ids
    of the decisions and whatever else is in force now and was not in view then; None where it was
    not asked for, where it approves something else, or where nobody can tell what was in view.
    `withdrawn_by` are the records that took it back, and were withdrawn themselves."""

    approval: Approval
    is_present: bool
    unseen: tuple[str, ...] | None = None
    withdrawn_by: tuple[Record, ...] = ()


@attrs.frozen(kw_only=True)
class Required:
    """What the trust policy asks for: so many distinct principals of these."""

    threshold: int
    principals: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Review:
    """What an approver is shown of `subject`, and who has said what to it. All oldest first.

    `digest` (`sha256:<hex>`) binds `decisions`, `defaults`, `assumptions`, `walls` and `gaps`,
    whether each record verifies, how they hang together, and the steps they stand in; not the
    approvals and dissents. `walls` are the vendors whose inside nobody here can see.

    What follows from these is told beside them: `risks` that stay, with owner and monitors;
    `monitors`; `opposition`, dissents and votes, and whether anybody answered; `overrides`, the
    reverted ones too; `scopes`; and `certainty`, how each record and step is known.
    """

    subject: str
    as_of: datetime
    digest: str
    verdict: Literal["valid", "valid-unwitnessed", "invalid"]
    decisions: tuple[Decision, ...]
    defaults: tuple[Decision, ...]
    assumptions: tuple[Held, ...]
    walls: tuple[str, ...]
    gaps: tuple[Gap, ...]
    approvals: tuple[Voiced, ...]
    dissents: tuple[Dissent, ...]
    required: Required | None = None
    risks: tuple[Risk, ...] = ()
    monitors: tuple[Decision, ...] = ()
    opposition: tuple[Opposed, ...] = ()
    overrides: tuple[Bypass, ...] = ()
    scopes: tuple[Within, ...] = ()
    certainty: Mapping[Certainty, tuple[str, ...]] = attrs.field(factory=dict)


def review(trace: AccountabilityTrace, required: Required | None = None) -> Review:
    """Everything in force behind the trace's subject, gathered for one signature."""
    in_force = [p.record for p in trace.records if not p.is_history]
    decisions = [r for r in in_force if isinstance(r, Decision)]
    approvals = [r for r in in_force if isinstance(r, Approval)]
    said = Said(trace)
    withdrawals: defaultdict[str, list[Record]] = defaultdict(list)
    for placed in trace.placed():
        if isinstance(placed.record, _WITHDRAWALS):
            for id in {*replaces(placed.record)}:
                withdrawals[id].append(placed.record)
    walls = {
        artifact.ref
        for placed in trace.placed()
        if not placed.is_history
        for artifact in used(placed.record)
        if artifact.kind == "vendor"
    }
    return Review(
        subject=trace.subject,
        as_of=trace.as_of,
        digest=trace.digest,
        verdict=trace.verdict,
        decisions=tuple(decisions),
        defaults=tuple(d for d in decisions if d.capture == "default"),
        assumptions=tuple(
            Held(
                record=d.id,
                assumption=a,
                state=state(a, said.of(d).get(a.statement, ()), trace.as_of),
            )
            for d in decisions
            for a in d.assumptions
        ),
        walls=tuple(sorted(walls)),
        gaps=trace.gaps,
        approvals=tuple(
            Voiced(
                approval=a,
                is_present=a.digest == trace.digest,
                withdrawn_by=tuple(withdrawals.get(a.id, ())),
            )
            for a in approvals
        ),
        dissents=tuple(r for r in in_force if isinstance(r, Dissent)),
        required=required,
        risks=tuple(risks(trace)),
        monitors=monitors(trace),
        opposition=tuple(opposition(trace)),
        overrides=tuple(bypasses(trace)),
        scopes=tuple(scopes(trace)),
        certainty=by_certainty(p.record for p in trace.placed() if not p.is_history),
    )
