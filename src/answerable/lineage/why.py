"""Which decision set something, in a subject, at a time: what is in force, and what was."""

from __future__ import annotations

import attrs

from answerable.lineage.trace import AccountabilityTrace, Gap
from answerable.model import Decision


@attrs.frozen(kw_only=True)
class Why:
    """The decisions of one kind behind a subject, oldest first.

    `superseded` are those that others replaced; `gaps` what is missing at those in force.
    """

    kind: str
    subject: str
    in_force: tuple[Decision, ...]
    superseded: tuple[Decision, ...]
    gaps: tuple[Gap, ...]


def why(trace: AccountabilityTrace, kind: str) -> Why:
    """The decisions of that kind in the trace. One that was abandoned decided nothing."""
    found = [
        (placed, placed.record)
        for placed in trace.records
        if isinstance(placed.record, Decision)
        and placed.record.kind == kind
        and placed.record.abandoned is None
    ]
    in_force = tuple(record for placed, record in found if placed.superseded_by is None)
    names = {record.id for record in in_force}
    return Why(
        kind=kind,
        subject=trace.subject,
        in_force=in_force,
        superseded=tuple(record for placed, record in found if placed.superseded_by),
        gaps=tuple(gap for gap in trace.gaps if gap.record in names),
    )
