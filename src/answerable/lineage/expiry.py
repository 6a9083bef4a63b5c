"""Whether a date that somebody set has passed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from answerable import statement


def passed(until: str | None, at: datetime) -> bool:
    """True if `until` lies before `at`. A date lasts to its end (UTC); what is neither a date
    nor a time never passes."""
    if until is None:
        return False
    try:
        return date.fromisoformat(until) < at.astimezone(UTC).date()
    except ValueError:
        pass
    try:
        return statement.parse_time(until) < at
    except (ValueError, OverflowError):
        return False
