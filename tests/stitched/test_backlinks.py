"""The pipelines' own traces lead to the stitched one."""

from __future__ import annotations

from answerable.lineage.trace import AccountabilityTrace
from answerable.otel import attributes as names
from answerable.stitched import back, draw
from tests.stitched.traces import loan_approval


def _live(trace: AccountabilityTrace) -> set[str]:
    return {p.record.trace_id for p in trace.placed() if p.record.trace_id}


def test_each_live_trace_has_one_span_that_leads_to_where_its_record_is_shown() -> None:
    trace = loan_approval()
    drawn = draw(trace)
    shown = {span.span_id: span for span in drawn}

    found = back(trace, drawn)

    assert {span.trace_id for span in found} == _live(trace)
    assert len(found) == len(_live(trace)) > 0
    for span in found:
        (link,) = span.links
        target = dict(shown[link.span_id].attributes)
        assert link.trace_id == trace.trace_id
        # There and back: the one leads to the span under which the other stands.
        assert (target[names.LIVE_TRACE_ID], target[names.LIVE_SPAN_ID]) == (
            *(span.trace_id, span.parent_id),
        )
        said = dict(span.attributes)
        assert said[names.STITCHED_TRACE_ID] == trace.trace_id
        assert said[names.STITCHED_SPAN_ID] == link.span_id


def test_they_are_the_same_each_time_and_others_for_another_revision() -> None:
    trace, other = loan_approval(), loan_approval()
    assert other.trace_id != trace.trace_id

    again = back(trace, draw(trace))
    assert again == back(trace, draw(trace))
    assert {s.span_id for s in again}.isdisjoint(s.span_id for s in back(other, draw(other)))
