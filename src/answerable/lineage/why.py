"""Which decision set something, in a subject, at a time: what is in force, and what was."""

from __future__ import annotations

import attrs

from answerable.lineage.trace import AccountabilityTrace, Gap
from answerable.model import Decision


@attrs.frozen(kw_only=True)
class Why:
    """The decisions of one kind behind a subject, oldest first.

    `superseded` are those that others replaced or withdrew, `over` those whose own end has passed
    with nothing in their place, `to_come` those that are to hold later. `gaps` is what is missing
    at those in force, and at those that are over.
    """

    kind: str
    subject: str
    in_force: tuple[Decision, ...]
    superseded: tuple[Decision, ...]
    over: tuple[Decision, ...]
    to_come: tuple[Decision, ...]
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
    standing = {
        name: tuple(record for placed, record in found if placed.standing == name)
        for name in ("in-force", "over", "to-come")
    }
    names = {record.id for name in ("in-force", "over") for record in standing[name]}
    return Why(
        kind=kind,
        subject=trace.subject,
        in_force=standing["in-force"],
        superseded=tuple(record for placed, record in found if placed.superseded_by),
        over=standing["over"],
        to_come=standing["to-come"],
        gaps=tuple(gap for gap in trace.gaps if gap.record in names),
    )
