"""Every answer there is to a history, at once: what changes none of them changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from answerable.errors import NotFoundError
from answerable.lineage import (
    AccountabilityTrace,
    Lookup,
    diff,
    impact,
    informed,
    review,
    stitch,
    why,
)

_T = TypeVar("_T")


def answers(
    lookup: Lookup, at: datetime, subjects: Iterable[str], kinds: Iterable[str]
) -> dict[tuple[str, ...], object]:
    """Every question about these subjects with its answer as of `at`, None where there is none."""
    found: dict[tuple[str, ...], object] = {}
    traces: dict[str, AccountabilityTrace | None] = {}
    for subject in subjects:
        traces[subject] = trace = _or_none(stitch, subject, lookup, at)
        found["trace", subject] = trace
        found["impact", subject] = _or_none(impact, subject, lookup, at)
        found["informed", subject] = _or_none(informed, subject, lookup, at)
        if trace is not None:
            found["review", subject] = review(trace)
            found |= {("why", subject, kind): why(trace, kind) for kind in kinds}
    for one, other in pairwise(traces):
        before, after = traces[one], traces[other]
        if before is not None and after is not None:
            found["diff", one, other] = diff(before, after)
    return found


def _or_none(
    question: Callable[[str, Lookup, datetime], _T], subject: str, lookup: Lookup, at: datetime
) -> _T | None:
    try:
        return question(subject, lookup, at)
    except NotFoundError:
        return None
