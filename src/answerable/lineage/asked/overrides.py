"""Which controls were bypassed, until when, and whether they are in place again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import attrs

from answerable.lineage.expiry import passed
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Override


@attrs.frozen(kw_only=True)
class Bypass:
    """The control that the override `record` (an id) bypassed, and who bypassed it and answers.

    `bypassed` until a date that is still to come; `open` without one; `overdue` past it, and
    nobody has said that the control is in place; `reverted` by the record `reverted_by`, at that
    time: a revocation, or whatever else took its place.
    """

    record: str
    control: str
    because: str
    actor: str | None
    accountable: str | None
    about: tuple[str, ...]
    until: str | None
    state: Literal["bypassed", "open", "overdue", "reverted"]
    reverted_by: str | None = None
    reverted_at: datetime | None = None


def bypasses(trace: AccountabilityTrace) -> Iterator[Bypass]:
    """Every override of the trace, reverted ones too, oldest first."""
    records = {placed.record.id: placed.record for placed in trace.placed()}
    for placed in trace.records:
        record = placed.record
        if not isinstance(record, Override) or placed.standing == "abandoned":
            continue
        end = records.get(placed.superseded_by or "")
        yield Bypass(
            record=record.id,
            control=record.control,
            because=record.rationale,
            actor=record.decided_by.id if record.decided_by else None,
            accountable=record.accountable,
            about=record.about,
            until=record.until,
            state=_state(record, trace) if placed.superseded_by is None else "reverted",
            reverted_by=placed.superseded_by,
            reverted_at=end.decided_at if end else None,
        )


def _state(record: Override, trace: AccountabilityTrace) -> Literal["bypassed", "open", "overdue"]:
    if record.until is None:
        return "open"
    return "overdue" if passed(record.until, trace.as_of) else "bypassed"
