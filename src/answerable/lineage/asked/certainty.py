"""How what is said came to be known: seen by the code that recorded it, or somebody's word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from answerable.model import Record, Step

Certainty = Literal["observed", "asserted", "backfilled", "imported", "inferred", "unknown"]
CERTAINTIES: tuple[Certainty, ...] = get_args(Certainty)

_OF_CAPTURE: Mapping[str, Certainty] = {
    "passed": "observed",
    "default": "observed",
    "explicit": "asserted",
    "backfilled": "backfilled",
    "imported": "imported",
    "inferred": "inferred",
}


def certainty(record: Record) -> Certainty:
    """`observed`: the code that ran recorded what it was given, or what it did. `asserted`:
    somebody says so, in their own name, at the time. `unknown`: the record does not verify, so
    that nobody can tell who said it. The rest is as the record itself says."""
    if record.custody is not None and not record.custody.verified:
        return "unknown"
    capture = getattr(record, "capture", "explicit")
    if isinstance(record, Step) and capture == "explicit":
        return "observed"
    return _OF_CAPTURE.get(capture, "unknown")


def by_certainty(records: Iterable[Record]) -> dict[Certainty, tuple[str, ...]]:
    """The ids of the records under each word, oldest first; every word is there."""
    found: dict[Certainty, list[str]] = {word: [] for word in CERTAINTIES}
    for record in records:
        found[certainty(record)].append(record.id)
    return {word: tuple(ids) for word, ids in found.items()}
