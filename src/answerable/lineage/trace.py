"""What stitching yields: the accountability trace of one subject, as of one time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import attrs

from answerable.model import Record, Step
from answerable.model.phases import PHASES, Phase

__all__ = [
    "PHASES",
    "AccountabilityTrace",
    "By",
    "Gap",
    "GapCode",
    "Link",
    "Phase",
    "Placed",
    "Standing",
]

By = Literal["digest", "name", "inside", "supersedes", "about", "authority"]
GapCode = Literal[
    "default",
    "unassigned",
    "no-rationale",
    "no-alternatives",
    "no-evidence",
    "vendor-assertion-only",
    "expired-assumption",
    "expired-evidence",
    "conflict",
    "asserted-link",
    "unrecorded",
    "unapproved",
    "approval-before-evidence",
    "stale-approval",
    "duplicate-rationale",
    "orphaned",
    "backfilled",
    "asserted-identity",
    "opaque",
    "unverified",
    "lapsed",
    "violated-assumption",
    "open-override",
    "unacknowledged",
    "open-action",
    "unexplained",
]

Standing = Literal["in-force", "over", "to-come", "superseded", "revoked", "abandoned"]


@attrs.frozen(kw_only=True)
class Link:
    """A cause: the record `to` bears on this one, in `role`, joined `by`.

    `role` is what joins them: the artifact's ref for what was used, else the word
    (`supersedes`, `about`, `authority`).
    """

    to: str
    role: str
    by: By


@attrs.frozen(kw_only=True)
class Gap:
    """Something that is missing, expired or contradictory, at a record or at a reference."""

    code: GapCode
    message: str
    record: str | None = None
    ref: str | None = None
    owner: str | None = None


@attrs.frozen(kw_only=True)
class Placed:
    """A record in the trace: its phase, what it is shown under, its causes.

    `parent` is the id of the step or decision it stands in, None directly under its phase.
    `superseded_by` marks history: the id of the record that replaced it, or withdrew it. `standing`
    says how it stands at the trace's time: `over` is what its own end has passed, `to-come` what
    is to hold only later.
    """

    record: Record
    phase: Phase
    parent: str | None = None
    links: tuple[Link, ...] = ()
    superseded_by: str | None = None
    standing: Standing = "in-force"

    @property
    def is_history(self) -> bool:
        """True for what decides nothing at this time: replaced, withdrawn, abandoned, to come."""
        return self.superseded_by is not None or self.standing not in ("in-force", "over")


@attrs.frozen(kw_only=True)
class AccountabilityTrace:
    """Everything that bears on `subject` as of `as_of`, oldest first, and what is missing.

    `records` holds decisions, approvals, dissents and the like; `steps` the activities that
    they stand in. Both are ordered by (decided_at, id). `revision` (hex) names what is shown:
    the same content has the same revision. `trace_id` (32 hex digits) follows from subject
    and revision. `predecessor` is the revision that it was before the newest of it came to be, where
    that was looked for and there was one. `digest` (`sha256:<hex>`) binds what an approver is shown: all of it but the
    approvals and dissents themselves. `unheld` are the gaps of roles that nobody fills, by the
    policy in force then: they are in none of these, and in no copy.
    """

    subject: str
    as_of: datetime
    records: tuple[Placed, ...]
    steps: tuple[Placed, ...]
    gaps: tuple[Gap, ...]
    revision: str
    trace_id: str
    digest: str
    verdict: Literal["valid", "valid-unwitnessed", "invalid"] = "valid-unwitnessed"
    predecessor: str | None = None
    unheld: tuple[Gap, ...] = ()

    @property
    def missing(self) -> tuple[Gap, ...]:
        """All gaps: `gaps`, and those of roles that the policy leaves unfilled."""
        return (*self.gaps, *self.unheld)

    @property
    def phases(self) -> tuple[tuple[Phase, tuple[Placed, ...]], ...]:
        """The phases that have records, in their order, each with its records."""
        grouped = ((p, tuple(r for r in self.records if r.phase == p)) for p in PHASES)
        return tuple((phase, records) for phase, records in grouped if records)

    def placed(self) -> Iterator[Placed]:
        """Every record of the trace, steps included, oldest first."""
        yield from sorted(
            (*self.records, *self.steps), key=lambda p: (p.record.decided_at, p.record.id)
        )

    def step(self, id: str | None) -> Step | None:
        """The step of that id, if it is part of the trace."""
        for placed in self.steps:
            if placed.record.id == id and isinstance(placed.record, Step):
                return placed.record
        return None
