"""By when something is looked at again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def in_months(months: int) -> date:
    """A day about that many months from today."""
    return datetime.now(UTC).date() + timedelta(days=round(30.44 * months))
