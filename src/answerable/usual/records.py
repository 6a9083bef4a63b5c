"""Records from statements in the usual spelling."""

from __future__ import annotations

from typing import cast

from answerable.model import Record
from answerable.usual.statements import told


def record(payload: bytes) -> Record | None:
    """The record, if its statement is one in the usual spelling."""
    found = told(payload)
    if found is None:
        return None
    predicate, plan = found
    return cast(Record, plan.made(predicate))
