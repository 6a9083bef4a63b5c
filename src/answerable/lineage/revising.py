"""What a subject's trace was before it became what it is."""

from __future__ import annotations

from datetime import timedelta

import attrs

from answerable.errors import NotFoundError
from answerable.lineage.lookup import Lookup
from answerable.lineage.stitch import stitch
from answerable.lineage.trace import AccountabilityTrace
from answerable.lineage.turning import shown_since

_TICK = timedelta(microseconds=1)  # of the times in records


def before(trace: AccountabilityTrace, lookup: Lookup) -> AccountabilityTrace | None:
    """The trace as of the moment before the newest that it shows: before that was recorded, or
    before that date passed. None where nothing stood behind the subject then."""
    since = shown_since(trace.placed(), trace.gaps, trace.as_of)
    try:
        return None if since is None else stitch(trace.subject, lookup, since - _TICK)
    except (NotFoundError, OverflowError):
        return None


def with_predecessor(trace: AccountabilityTrace, lookup: Lookup) -> AccountabilityTrace:
    """The trace, with the revision that it was before. `lookup` is what it was stitched from."""
    earlier = before(trace, lookup)
    return trace if earlier is None else attrs.evolve(trace, predecessor=earlier.revision)
