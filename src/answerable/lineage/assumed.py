"""What became of an assumption, from what was said of it: in order, the later word counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from answerable.lineage.expiry import expired_at, passed
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Assumption, AssumptionEvent, Decision
from answerable.model.artifacts import RECORD

# `assumed`: nothing is known against it. `overdue`: its date has passed, and nobody has looked since.
State: TypeAlias = Literal["assumed", "overdue", "lapsed", "violated"]


def broken(events: Iterable[AssumptionEvent]) -> AssumptionEvent | None:
    """The event that still stands against it; None if nothing does. `events` are those of one
    assumption, oldest first.

    That it was found to hold (`confirmed`) answers either; a look at it (`reviewed`) answers that
    it had lapsed, and not that it was violated.
    """
    against: AssumptionEvent | None = None
    for event in events:
        if event.state in ("violated", "lapsed"):
            against = event
        elif event.state == "confirmed" or (against is not None and against.state == "lapsed"):
            against = None
    return against


def is_due(assumption: Assumption, events: Iterable[AssumptionEvent], at: datetime) -> bool:
    """True if its date has passed, and nobody has looked at it since, or the next look is due
    too. A look ahead of its date counts if it set another."""
    due = expired_at(assumption.review_by)
    if due is None or due > at:
        return False
    last = None
    for event in events:
        looked = event.state in ("reviewed", "confirmed")
        if looked and (event.decided_at >= due or event.review_by is not None):
            last = event
    return last is None or passed(last.review_by, at)


class Said:
    """What a trace says became of assumptions: looked for once, and not once for each decision."""

    def __init__(self, trace: AccountabilityTrace) -> None:
        self._of: defaultdict[str, dict[str, list[AssumptionEvent]]] = defaultdict(dict)
        for placed in trace.placed():
            event = placed.record
            if isinstance(event, AssumptionEvent) and not placed.is_history:
                for ref in {*event.about}:
                    self._of[ref].setdefault(event.assumption, []).append(event)

    def of(self, decision: Decision) -> Mapping[str, list[AssumptionEvent]]:
        """Of the decision's assumptions, by statement, oldest first."""
        return self._of.get(RECORD + decision.id, {})


def state(assumption: Assumption, events: Iterable[AssumptionEvent], at: datetime) -> State:
    """What is known of it at a time, `events` being those of this assumption, oldest first."""
    told = [*events]
    if (against := broken(told)) is not None:
        return "violated" if against.state == "violated" else "lapsed"
    return "overdue" if is_due(assumption, told, at) else "assumed"
