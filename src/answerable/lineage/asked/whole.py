"""A trace as something to ask: its records in force, and those of them that say something of one."""

from __future__ import annotations

from typing import TypeVar

from answerable.lineage.known import Known
from answerable.lineage.lookup import MemoryLookup
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Record

_R = TypeVar("_R", bound=Record)


def in_force(trace: AccountabilityTrace, type: type[_R]) -> tuple[_R, ...]:
    """The records of that type that count at the trace's time, oldest first."""
    return tuple(
        placed.record
        for placed in trace.records
        if isinstance(placed.record, type) and not placed.is_history
    )


def verifies(record: Record) -> bool:
    """False for what nobody can tell who said it: it answers, watches and confirms nothing."""
    return record.custody is None or record.custody.verified


def known(trace: AccountabilityTrace) -> Known:
    """What the trace's own records say, as of its time."""
    return Known(MemoryLookup(placed.record for placed in trace.placed()), trace.as_of)
