"""What holds however a trace looks: over random records, parents, gaps and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import attrs
from hypothesis import given
from hypothesis import strategies as st

from answerable.lineage.trace import PHASES, AccountabilityTrace, Gap, GapCode, Link, Placed
from answerable.model import Decision, Dissent, Record, Step
from answerable.otel import attributes as names
from answerable.stitched import Span, TimeAxis, draw
from tests.stitched.traces import trace_of

IDS = tuple("abcdefghij")
AXES: tuple[TimeAxis, ...] = ("compressed", "true")

# Few moments, so that some are equal, and some that no axis was made for.
MOMENTS = st.sampled_from(
    [
        datetime(1815, 12, 10, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 5, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def placed(draw: st.DrawFn, id: str) -> Placed:
    common: dict[str, Any] = {
        "id": id,
        "decided_at": draw(MOMENTS),
        "recorded_at": draw(MOMENTS),
        "team": draw(st.sampled_from([None, "data", "risk"])),
    }
    record: Record = draw(
        st.one_of(
            st.builds(
                lambda value: Decision(**common, kind="threshold", question="Which?", chosen=value),
                VALUES,
            ),
            st.builds(lambda started: Step(**common, name="train", started_at=started), MOMENTS),
            st.just(Dissent(**common, rationale="no")),
        )
    )
    some_id = st.sampled_from((*IDS, "elsewhere"))
    links = st.lists(
        st.builds(
            lambda to, by: Link(to=to, role="dataset:d", by=by),
            some_id,
            st.sampled_from(["digest", "inside"]),
        ),
        max_size=3,
    )
    return Placed(
        record=record,
        phase=draw(st.sampled_from(PHASES)),
        parent=draw(st.none() | some_id),
        links=tuple(draw(links)),
        superseded_by=draw(st.none() | some_id),
    )


GAPS = st.builds(
    lambda code, record, ref: Gap(code=code, record=record, ref=ref, message=f"no {code}"),
    st.sampled_from(get_args(GapCode)),
    st.none() | st.sampled_from((*IDS, "elsewhere")),
    st.none() | st.sampled_from(["dataset:d", "model:m"]),
)


@st.composite
def traces(draw: st.DrawFn) -> AccountabilityTrace:
    ids = draw(st.lists(st.sampled_from(IDS), unique=True))
    records = [draw(placed(id)) for id in ids]
    return trace_of("model:m", records, draw(st.lists(GAPS, max_size=8)))


@given(traces(), st.sampled_from(AXES))
def test_it_is_one_tree_of_unique_spans_with_the_parent_before_what_it_encloses(
    trace: AccountabilityTrace, axis: TimeAxis
) -> None:
    spans = draw(trace, time_axis=axis)

    by_id = {span.span_id: span for span in spans}
    assert len(by_id) == len(spans)
    assert [span.span_id for span in spans if span.parent_id is None] == [spans[0].span_id]
    assert {span.trace_id for span in spans} == {spans[0].trace_id}
    seen = set()
    for span in spans:
        assert 0 < span.start_ns < span.end_ns < 2**63
        if span.parent_id is not None:
            parent = by_id[span.parent_id]
            assert parent.span_id in seen
            assert parent.start_ns < span.start_ns
            assert span.end_ns < parent.end_ns
        seen.add(span.span_id)


@given(traces(), st.sampled_from(AXES))
def test_every_record_and_every_gap_is_drawn_once(
    trace: AccountabilityTrace, axis: TimeAxis
) -> None:
    spans = draw(trace, time_axis=axis)

    drawn = [value for span in spans if (value := dict(span.attributes).get(names.ID))]
    gaps = [value for span in spans if (value := dict(span.attributes).get(names.GAP_MESSAGE))]
    assert sorted(map(str, drawn)) == sorted(p.record.id for p in trace.placed())
    assert sorted(map(str, gaps)) == sorted(g.message for g in trace.gaps)
    assert sorted(s.error for s in spans if s.error) == sorted(g.message for g in trace.gaps)


@given(traces())
def test_records_start_in_the_order_in_which_they_were_decided(trace: AccountabilityTrace) -> None:
    spans = draw(trace)

    starts = {dict(s.attributes).get(names.ID): s.start_ns for s in spans}
    holding = {s.parent_id for s in spans if names.ID in dict(s.attributes)}
    # What encloses others must start before them, whenever it was decided itself.
    leaves = {
        dict(s.attributes)[names.ID]
        for s in spans
        if names.ID in dict(s.attributes) and s.span_id not in holding
    }
    ordered = [starts[p.record.id] for p in trace.placed() if p.record.id in leaves]
    assert all(a < b for a, b in pairwise(ordered))


@given(traces())
def test_phases_start_in_their_own_order(trace: AccountabilityTrace) -> None:
    spans = draw(trace)

    drawn = sorted(
        (s for s in spans if s.parent_id == spans[0].span_id and names.PHASE in dict(s.attributes)),
        key=lambda span: span.start_ns,
    )
    assert [s.name for s in drawn] == [p for p in PHASES if p in {s.name for s in drawn}]
    assert len({s.start_ns for s in drawn}) == len(drawn)


@given(traces(), st.sampled_from(AXES), st.randoms())
def test_it_is_drawn_alike_each_time_and_in_whatever_order_its_records_come(
    trace: AccountabilityTrace, axis: TimeAxis, random: Any
) -> None:
    records, steps = list(trace.records), list(trace.steps)
    random.shuffle(records)
    random.shuffle(steps)
    shuffled = attrs.evolve(trace, records=tuple(records), steps=tuple(steps))

    assert draw(trace, time_axis=axis) == draw(shuffled, time_axis=axis)


@given(traces())
def test_no_time_that_passes_between_two_drawings_shows(trace: AccountabilityTrace) -> None:
    later = attrs.evolve(trace, as_of=trace.as_of + timedelta(days=1))

    # A trace without records has nothing but its own time to be drawn at.
    if trace.records or trace.steps:
        assert draw(trace) == draw(later)


@given(traces())
def test_links_lead_to_spans_of_the_trace_and_never_from_its_root(
    trace: AccountabilityTrace,
) -> None:
    spans: tuple[Span, ...] = draw(trace)

    ids = {span.span_id for span in spans}
    assert spans[0].links == ()
    assert {link.span_id for span in spans for link in span.links} <= ids


@given(traces())
def test_every_attribute_is_one_that_otlp_and_json_can_carry(trace: AccountabilityTrace) -> None:
    for span in draw(trace):
        for name, value in span.attributes:
            assert name.isascii()
            for each in value if isinstance(value, tuple) else (value,):
                assert isinstance(each, str | bool | int)
                if isinstance(each, str):
                    each.encode()
                else:
                    assert abs(each) <= 2**53
