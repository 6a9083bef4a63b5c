"""The few words by which an event is known, in every view."""

from __future__ import annotations

from answerable.model.events import Action, AssumptionEvent, Incident, Mandate, Notice, Override
from answerable.model.records import Record


def headline(record: Record) -> str | None:
    """What it says, as its writer put it; None where that alone names nothing, as in a revocation,
    and for what is no event."""
    match record:
        case Override():
            return record.control
        case Mandate():
            return record.holder
        case AssumptionEvent():
            return f"{record.assumption} ({record.state})"
        case Action() if record.state != "open":
            return f"{record.statement} ({record.state})"
        case Action() | Incident() | Notice():
            return record.statement
    return None
