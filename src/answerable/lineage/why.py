"""Which decision set something, in a subject, at a time: what is in force, and what was."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from answerable.lineage.asked import (
    Authority,
    Certainty,
    Rest,
    authorities,
    by_certainty,
    known,
    rests,
)
from answerable.lineage.trace import AccountabilityTrace, Gap
from answerable.model import Decision


@attrs.frozen(kw_only=True)
class Why:
    """The decisions of one kind behind a subject, oldest first.

    `superseded` are those that others replaced or withdrew, `over` those whose own end has passed
    with nothing in their place, `to_come` those that are to hold later. `gaps` is what is missing
    at those in force, and at those that are over. Of the same decisions, `authorities` says by what
    right each was taken, `evidence` on what and whether that still holds, and `certainty` how it
    is known: each of its words with the ids of the decisions it is said of. `holders` gives, by the
    ids of the decisions of which the trust policy knows it, who filled the roles in them at the time.
    `kinds` are those of the decisions in force behind the subject, sorted, for who asked for another.
    """

    kind: str
    subject: str
    in_force: tuple[Decision, ...]
    superseded: tuple[Decision, ...]
    over: tuple[Decision, ...]
    to_come: tuple[Decision, ...]
    gaps: tuple[Gap, ...]
    authorities: tuple[Authority, ...] = ()
    evidence: tuple[Rest, ...] = ()
    certainty: Mapping[Certainty, tuple[str, ...]] = attrs.field(factory=dict)
    holders: Mapping[str, Mapping[str, tuple[str, ...]]] = attrs.field(factory=dict)
    kinds: tuple[str, ...] = ()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All of them, however they stand."""
        return (*self.in_force, *self.over, *self.to_come, *self.superseded)


def why(trace: AccountabilityTrace, kind: str, text: str | None = None) -> Why:
    """The decisions of that kind in the trace; with `text`, those whose question has it, in any
    case. One that was abandoned decided nothing."""
    found = [
        (placed, placed.record)
        for placed in trace.records
        if isinstance(placed.record, Decision)
        and placed.record.kind == kind
        and placed.record.abandoned is None
        and (text or "").casefold() in placed.record.question.casefold()
    ]
    standing = {
        name: tuple(record for placed, record in found if placed.standing == name)
        for name in ("in-force", "over", "to-come")
    }
    asked = [record for name in ("in-force", "over") for record in standing[name]]
    names = {record.id for record in asked}
    around = known(trace)
    return Why(
        kind=kind,
        subject=trace.subject,
        in_force=standing["in-force"],
        superseded=tuple(record for placed, record in found if placed.superseded_by),
        over=standing["over"],
        to_come=standing["to-come"],
        gaps=tuple(gap for gap in trace.missing if gap.record in names),
        authorities=tuple(authorities(asked, around)),
        evidence=tuple(rests(asked, around)),
        certainty=by_certainty(asked),
        kinds=tuple(sorted(_kinds(trace))),
    )


def _kinds(trace: AccountabilityTrace) -> set[str]:
    return {
        placed.record.kind
        for placed in trace.records
        if isinstance(placed.record, Decision) and placed.standing == "in-force"
    }
