"""The whole before the signature: everything that stands behind a subject, under one digest."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

from answerable.lineage.joins import used
from answerable.lineage.trace import AccountabilityTrace, Gap
from answerable.model import Approval, Assumption, Decision, Dissent


@attrs.frozen(kw_only=True)
class Held:
    """An assumption that is still relied on, and the id of the decision that relies on it."""

    record: str
    assumption: Assumption


@attrs.frozen(kw_only=True)
class Voiced:
    """An approval. `is_present`: what it binds is what there is to see now."""

    approval: Approval
    is_present: bool


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


def review(trace: AccountabilityTrace, required: Required | None = None) -> Review:
    """Everything in force behind the trace's subject, gathered for one signature."""
    in_force = [p.record for p in trace.records if not p.is_history]
    decisions = [r for r in in_force if isinstance(r, Decision)]
    approvals = [r for r in in_force if isinstance(r, Approval)]
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
            Held(record=d.id, assumption=a) for d in decisions for a in d.assumptions
        ),
        walls=tuple(sorted(walls)),
        gaps=trace.gaps,
        approvals=tuple(Voiced(approval=a, is_present=a.digest == trace.digest) for a in approvals),
        dissents=tuple(r for r in in_force if isinstance(r, Dissent)),
        required=required,
    )
