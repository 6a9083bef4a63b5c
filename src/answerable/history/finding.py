"""Questions to the index, as conditions; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from answerable.errors import InvalidValueError
from answerable.model import parse_actor, parse_ref
from answerable.model.types import TYPES
from answerable.statement import parse_time, timestamp

Condition = tuple[str, list[Any]]


def condition(asked: Mapping[str, Any]) -> Condition:
    """One SQL condition with its parameters for what was asked; None means not asked. `type` is one
    type of record or several; without it, decisions.

    Raises `InvalidReferenceError` or `InvalidValueError`.
    """
    types = _types(asked.get("type") or "decision")
    parts: list[str] = [f"type IN ({', '.join('?' * len(types))})"]
    parameters: list[Any] = [*types]

    def add(sql: str, *values: Any) -> None:
        parts.append(sql)
        parameters.extend(values)

    for column in ("kind", "capture", "team", "step", "run"):
        if asked.get(column) is not None:
            add(f"{column} = ?", asked[column])
    for column in ("actor", "accountable"):
        if asked.get(column) is not None:
            add(f"{column} = ?", parse_actor(asked[column]))
    if (artifact := asked.get("artifact")) is not None:
        ref = str(parse_ref(artifact))
        # Without a version every version is meant.
        upper = ref + "@\U0010ffff"
        add(
            "idx IN (SELECT idx FROM names WHERE role IN ('used', 'produced', 'about')"
            " AND (name = ? OR name >= ? AND name < ?))",
            *(ref, ref + "@", upper),
        )
    if (since := asked.get("since")) is not None:
        add("decided_at >= ?", timestamp(moment(since)))
    if (until := asked.get("until")) is not None:
        add("decided_at <= ?", timestamp(moment(until, end_of_day=True)))
    if (at := asked.get("at")) is not None:
        # When it was signed; what waited was recorded later, which whoever reads it finds.
        add("recorded_at <= ?", timestamp(moment(at, end_of_day=True)))
    if (text := asked.get("text")) is not None:
        add("instr(words, ?) > 0", text.casefold())
    return " AND ".join(parts), parameters


def _types(asked: str | Iterable[str]) -> tuple[str, ...]:
    found = (asked,) if isinstance(asked, str) else tuple(asked)
    if unknown := [each for each in found if not isinstance(each, str) or each not in TYPES]:
        raise InvalidValueError(f"no type of record: {unknown[0]!r:.40}", hint=", ".join(TYPES))
    return found


def moment(given: str | datetime, *, end_of_day: bool = False) -> datetime:
    """A point in time as asked for: RFC 3339, or a date (its first moment, or its last);
    raises `InvalidValueError`."""
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise InvalidValueError(f"a time without a zone: {given}")
        return given
    try:
        parsed = parse_time(given)
    except (ValueError, TypeError):
        raise InvalidValueError(
            f"not a time: {given!r:.40}", hint="write 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from None
    # A bare date as an end includes that day.
    if end_of_day and len(given) == 10:
        return parsed.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return parsed
