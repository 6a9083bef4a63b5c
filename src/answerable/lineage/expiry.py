"""Whether a date that somebody set has passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

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


def expired_at(until: str | None) -> datetime | None:
    """The first moment at which `passed` is true; None if it never is."""
    if until is None:
        return None
    try:
        day = date.fromisoformat(until)
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        pass
    try:
        return statement.parse_time(until) + timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


def begins_at(since: str | None) -> datetime | None:
    """The first moment of a date, or the time; None for what is neither."""
    try:
        return None if since is None else statement.parse_time(since)
    except (ValueError, OverflowError):
        return None


def to_come(since: str | None, at: datetime) -> bool:
    """True if `since` lies after `at`. A date begins with its first moment (UTC); what is neither
    a date nor a time has always begun."""
    begins = begins_at(since)
    return begins is not None and begins > at
