"""From the pipeline's own traces to the stitched one.

A live span has ended long before it is stitched into anything, and no viewer lets a span be changed. So
one more goes under it, in its own trace, that links to where it is shown: one for each live trace, at the
oldest record in it. It follows from the stitched trace, and is the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Record
from answerable.otel import attributes as names
from answerable.otel.attributes import short
from answerable.stitched import axis, ids, labels
from answerable.stitched.span import Span, SpanLink

_LASTS: Final = 1_000_000  # nanoseconds


def back(trace: AccountabilityTrace, drawn: Sequence[Span]) -> tuple[Span, ...]:
    """A span for each live trace that records of `trace` were made in; `drawn` are its own spans."""
    oldest: dict[str, Record] = {}
    for placed in trace.placed():
        record = placed.record
        if record.trace_id is not None and ids.is_live(record.trace_id, record.span_id):
            oldest.setdefault(record.trace_id, record)
    shown = {str(dict(span.attributes).get(names.ID)): span for span in drawn}
    return tuple(_span(trace, record, shown.get(record.id, drawn[0])) for record in oldest.values())


def _span(trace: AccountabilityTrace, record: Record, shown: Span) -> Span:
    live = record.trace_id or ""
    start = axis.ns(record.decided_at)
    said = {
        names.STITCHED_SUBJECT: trace.subject,
        names.STITCHED_REVISION: trace.revision,
        names.STITCHED_TRACE_ID: shown.trace_id,
        names.STITCHED_SPAN_ID: shown.span_id,
    }
    link = ((names.LINK_ROLE, "stitched"),)
    return Span(
        name=short(f"stitched into {trace.subject}"),
        service=labels.team(record),
        trace_id=live,
        span_id=ids.back_id(live, shown.trace_id),
        parent_id=record.span_id,
        start_ns=start,
        end_ns=start + _LASTS,
        attributes=tuple(sorted(said.items())),
        links=(SpanLink(trace_id=shown.trace_id, span_id=shown.span_id, attributes=link),),
    )
