"""What the derived index holds of an entry."""

from __future__ import annotations

from typing import Any

from answerable import statement, usual
from answerable.errors import MalformedError
from answerable.history.authentication import read
from answerable.model import Delegation
from answerable.model.naming import names

Row = tuple[Any, ...]
Names = set[tuple[str, str]]

_COLUMNS = 13  # of a record's own, beside its place and its leaf
_TEXTS = (
    *("question", "chosen", "previous", "rationale", "pre_determined_change"),
    *("statement", "control", "assumption", "limit", "severity"),
)


def row_of(place: int, leaf: bytes, envelope: bytes) -> tuple[Row, Names]:
    """Its row, and its (role, name) pairs."""
    opened = usual.opened(envelope)
    told = None if opened is None else usual.told(opened.payload)
    if told is not None:
        predicate, plan = told
        return row_from(place, leaf, predicate, predicate.type, plan.cls)
    try:
        record, _ = read(envelope)
    except MalformedError:
        # Its place is kept, so that verification, not silence, is what speaks of it.
        return (place, leaf, *(None,) * _COLUMNS), set()
    return row_from(place, leaf, record, statement.record_type(record), type(record))


def row_from(place: int, leaf: bytes, record: Any, name: str, cls: type[Any]) -> tuple[Row, Names]:
    """The same of a record, or of a predicate as compiled code read it: their fields are the same. `name` is
    that of its type."""
    emission, by = record.emission, record.decided_by
    row = (
        place,
        leaf,
        record.id,
        name,
        getattr(record, "kind", None),
        by.id if by else None,
        getattr(record, "accountable", None),
        record.team,
        record.step,
        record.run,
        getattr(record, "capture", None),
        statement.timestamp(record.decided_at),
        statement.timestamp(record.recorded_at),
        emission.key_id if emission is not None and cls is Delegation else None,
        _words(record),
    )
    return row, set(names(record))


def _words(record: Any) -> str:
    """The text that a search looks through: what was said, and what was chosen, in lower case."""
    said: list[Any] = [getattr(record, name, None) for name in _TEXTS]
    said += [(c.value, c.because) for c in getattr(record, "considered", ())]
    for name in ("assumptions", "residual_risk"):
        said += [each.statement for each in getattr(record, name, ())]
    return "\n".join([str(item) for item in said if item is not None]).casefold()
