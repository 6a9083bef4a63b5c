"""What became of an assumption, from what was said of it: in order, the later word counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from answerable.lineage.expiry import expired_at, passed
from answerable.model import Assumption, AssumptionEvent


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
