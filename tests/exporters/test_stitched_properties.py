"""From random histories, in random arrival order, to spans: the whole way that a trace goes."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from answerable.errors import NotFoundError
from answerable.exporters import otlp_copy, otlp_json
from answerable.lineage import Known, MemoryLookup, closure, stitch
from answerable.lineage.revising import with_predecessor
from answerable.lineage.trace import PHASES
from answerable.model import Record
from answerable.otel import attributes as names
from answerable.stitched import Span, TimeAxis
from tests.strategies import END, histories, subjects

AXES: tuple[TimeAxis, ...] = ("compressed", "true")


def told(subject: str, records: list[Record], axis: TimeAxis) -> str:
    """The trace as the document that Jaeger's page takes."""
    lookup = MemoryLookup(records)
    try:
        trace = with_predecessor(stitch(subject, lookup, END), lookup)
    except NotFoundError:
        assume(False)
        raise
    return otlp_json.to_json(trace, time_axis=axis)


def spans(document: str) -> list[Span]:
    return otlp_copy.from_document(document.encode())


@given(subjects(), histories(), st.sampled_from(AXES), st.data())
def test_the_same_records_are_the_same_document_in_whatever_order_and_however_often_they_come(
    subject: str, records: list[Record], axis: TimeAxis, data: st.DataObject
) -> None:
    again = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records)))))

    assert told(subject, again, axis) == told(subject, records, axis)


@given(subjects(), histories(), st.sampled_from(AXES))
def test_it_is_one_tree_whose_children_lie_inside_their_parents(
    subject: str, records: list[Record], axis: TimeAxis
) -> None:
    drawn = {span.span_id: span for span in spans(told(subject, records, axis))}
    (root,) = [span for span in drawn.values() if span.parent_id is None]

    assert len({span.trace_id for span in drawn.values()}) == 1
    for span in drawn.values():
        assert span.start_ns < span.end_ns
        seen, here = {span.span_id}, span
        while here.parent_id is not None:
            above = drawn[here.parent_id]
            assert above.start_ns < here.start_ns and here.end_ns < above.end_ns
            assert above.span_id not in seen
            seen.add(above.span_id)
            here = above
        assert here is root


@given(subjects(), histories())
def test_each_record_of_the_ancestry_is_drawn_exactly_once_and_in_the_order_of_the_decisions(
    subject: str, records: list[Record]
) -> None:
    document = told(subject, records, "compressed")
    shown = [span for span in spans(document) if names.ID in dict(span.attributes)]
    ancestry = closure(subject, Known(MemoryLookup(records), END)).records

    assert Counter(dict(s.attributes)[names.ID] for s in shown) == Counter(ancestry.keys())
    # What stands in another begins after it, and so says nothing of the order of decisions.
    inside = {s.parent_id for s in shown}
    leaves = sorted((s for s in shown if s.span_id not in inside), key=lambda s: s.start_ns)
    decided = [ancestry[str(dict(s.attributes)[names.ID])].decided_at for s in leaves]
    assert all(before <= after for before, after in pairwise(decided))
    assert len({s.start_ns for s in leaves}) == len(leaves)


@given(subjects(), histories())
def test_phases_come_in_their_own_order(subject: str, records: list[Record]) -> None:
    drawn = spans(told(subject, records, "compressed"))
    phases = [s for s in drawn if names.PHASE in dict(s.attributes) and s.name in PHASES]
    phases = [s for s in phases if names.ID not in dict(s.attributes)]

    in_order = [s.name for s in sorted(phases, key=lambda s: s.start_ns)]
    assert in_order == [phase for phase in PHASES if phase in in_order]
