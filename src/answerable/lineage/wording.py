"""What records and gaps are called in a sentence."""

from __future__ import annotations

from answerable import jsontext
from answerable.model import Approval, Decision, Dissent, Record, Step
from answerable.model.types import EVENTS
from answerable.statement import record_type

_LONGEST = 120


def named(record: Record) -> str:
    """The record as part of a sentence: `the threshold decision "At which score …?"`."""
    if isinstance(record, Decision):
        return f'the {record.kind} decision "{short(record.question)}"'
    if isinstance(record, Step):
        return f'the step "{short(record.name)}"'
    by = f" by {record.decided_by.id}" if record.decided_by else ""
    if isinstance(record, Approval):
        return f"the {record.meaning}{by}"
    if isinstance(record, EVENTS):
        return f"the {record_type(record).replace('_', ' ')}{by}"
    return f"the dissent{by}" if isinstance(record, Dissent) else f"the record {record.id}"


def sentence(text: str) -> str:
    """`text` with a capital first letter and a full stop."""
    return text[:1].upper() + text[1:] + "."


def value(chosen: object) -> str:
    """A chosen value as JSON, cut where it is long."""
    return short(jsontext.dumps(chosen).decode())


def short(text: str) -> str:
    """`text` on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
