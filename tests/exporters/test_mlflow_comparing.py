"""What MLflow gives back of a record is held against its envelope, place by place: each difference is told."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from answerable.errors import MalformedError
from answerable.exporters.mlflow import tags
from answerable.exporters.mlflow.comparing import Found, columns_hold, differences, find, read
from answerable.exporters.mlflow.shaping import DISCLOSURES, ENVELOPE, INDEX, TRACE_TAG, Shown, show
from answerable.privacy import withhold
from tests.exporters.mlflow_records import Emitter, envelope


@pytest.fixture
def shown() -> Shown:
    return show(envelope(Emitter().decision()), 7)


def found(shown: Shown, **changes: Any) -> Found:
    """As MLflow gives it back: what is JSON is parsed by then."""
    attributes: dict[str, Any] = dict(shown.all_attributes())
    for name, text in attributes.items():
        if name.startswith("mlflow.span"):
            try:
                attributes[name] = json.loads(text)
            except ValueError:
                continue
    moment = shown.moment // 10**6
    whole = Found(
        trace_id=shown.request_id,
        spans=1,
        names=(shown.name, shown.name),
        moments=(moment, moment),
        columns=(shown.inputs, shown.outputs),
        tags=dict(shown.tags),
        attributes=attributes,
    )
    return attrs.evolve(whole, **changes)


def told(shown: Shown, **changes: Any) -> list[str]:
    return differences(found(shown, **changes), shown)


def test_what_was_written_differs_in_nothing(shown: Shown) -> None:
    assert told(shown) == []
    assert columns_hold(found(shown), shown)


class TestEachPlace:
    def test_the_trace(self, shown: Shown) -> None:
        assert told(shown, trace_id="tr-1") == [
            f"it stands under another trace than its own, {shown.request_id}"
        ]
        for spans in (0, 2):
            assert told(shown, spans=spans) == [
                f"the trace has {spans} spans where one was written"
            ]

    @pytest.mark.parametrize("place", [0, 1])
    def test_the_name(self, shown: Shown, place: int) -> None:
        for seen, why in ((None, "is gone; signed: "), ("x", "says 'x'; signed: ")):
            names: list[str | None] = [shown.name, shown.name]
            names[place] = seen
            (one,) = told(shown, names=tuple(names))
            assert one.startswith(f"the name {why}'threshold")
        assert len(told(shown, names=("x", "x"))) == 1

    @pytest.mark.parametrize("place", [0, 1])
    def test_the_time(self, shown: Shown, place: int) -> None:
        moment = shown.moment // 10**6
        moments = [moment, moment]
        moments[place] += 1

        assert told(shown, moments=tuple(moments)) == [
            f"the time says '{moment + 1}'; signed: '{moment}'"
        ]

    @pytest.mark.parametrize(("place", "name"), [(0, "request"), (1, "response")])
    def test_the_columns(self, shown: Shown, place: int, name: str) -> None:
        whole = (shown.inputs, shown.outputs)
        for seen, holds in (
            (None, True),
            (whole[place][:30], True),
            (whole[place][:30] + "...", True),
            (whole[place][:30] + "x", False),
            (whole[place][1:30], False),
        ):
            columns: list[str | None] = [*whole]
            columns[place] = seen
            changes = {"columns": tuple(columns)}
            assert columns_hold(found(shown, **changes), shown) is holds
            assert [one.split(" says ")[0] for one in told(shown, **changes)] == (
                [] if holds else [f"the column {name}"]
            )

    def test_each_tag(self, shown: Shown) -> None:
        for name, signed in shown.tags.items():
            others = {k: v for k, v in shown.tags.items() if k != name}
            (gone,) = told(shown, tags=others)
            (edited,) = told(shown, tags=others | {name: "x"})
            assert gone.startswith(f"the tag {name} is gone; signed: '{signed[:20]}")
            assert edited.startswith(f"the tag {name} says 'x'; signed: '{signed[:20]}")

    def test_a_tag_that_was_added(self, shown: Shown) -> None:
        added = tags.NAMESPACE + "added"
        other = {"somebody's own": "x", "mlflow.user": "ana"}

        assert told(shown, tags=shown.tags | {added: "x"} | other) == [
            f"the tag {added} was added: 'x'"
        ]

    def test_each_attribute(self, shown: Shown) -> None:
        for name in shown.all_attributes():
            whole = found(shown).attributes
            others = {k: v for k, v in whole.items() if k != name}
            (gone,) = told(shown, attributes=others)
            (edited,) = told(shown, attributes=others | {name: "x"})
            assert gone.startswith(f"the attribute {name} is gone; signed: ")
            assert edited.startswith(f"the attribute {name} says 'x'; signed: ")

    def test_an_attribute_that_was_added(self, shown: Shown) -> None:
        whole = found(shown).attributes
        for name in (tags.NAMESPACE + "added", TRACE_TAG + tags.NAMESPACE + "added"):
            assert told(shown, attributes=whole | {name: "x", "somebody's": 1}) == [
                f"the attribute {name} was added: 'x'"
            ]
        assert told(shown, attributes=whole | {"mlflow.chat": 1, TRACE_TAG + "mlflow.x": "y"}) == []

    def test_what_is_one_value_in_two_spellings_is_one(self, shown: Shown) -> None:
        whole = found(shown).attributes
        for name in ("mlflow.spanInputs", "mlflow.spanOutputs"):
            value = dict(reversed(json.loads(shown.all_attributes()[name]).items()))
            assert told(shown, attributes=whole | {name: value}) == []
            assert told(shown, attributes=whole | {name: json.dumps(value, indent=1)}) == []
            assert len(told(shown, attributes=whole | {name: value | {"more": 1}})) == 1
        assert len(told(shown, attributes=whole | {"mlflow.spanInputs": "[" * 99_999})) == 1

    def test_all_of_them_at_once_are_all_told(self, shown: Shown) -> None:
        moment = shown.moment // 10**6
        whole = found(shown).attributes
        everything = told(
            shown,
            trace_id="tr-1",
            spans=2,
            names=("x", shown.name),
            moments=(moment, 1),
            columns=("x", "y"),
            tags=shown.tags | {tags.NAMESPACE + "added": "x"},
            attributes=whole | {tags.NAMESPACE + "one": "x", tags.NAMESPACE + "two": "y"},
        )

        assert [" ".join(one.split()[:2]) for one in everything] == [
            *("it stands", "the trace", "the name", "the time", "the column", "the column"),
            *("the tag", "the attribute", "the attribute"),
        ]

    def test_what_says_nothing_is_missed_too(self, shown: Shown) -> None:
        nothing = attrs.evolve(shown, attributes=shown.attributes | {tags.NAMESPACE + "n": "null"})

        assert differences(found(shown), nothing) == [
            f"the attribute {tags.NAMESPACE}n is gone; signed: 'null'"
        ]

    def test_what_is_long_is_cut_where_it_is_told(self, shown: Shown) -> None:
        ellipsis = "\N{HORIZONTAL ELLIPSIS}"
        for length, seen in ((80, "x" * 80), (81, "x" * 79 + ellipsis)):
            (one,) = told(shown, names=("x" * length, shown.name))
            assert one.startswith(f"the name says '{seen}'; signed: ")
        (one,) = told(shown, names=(None, shown.name))
        assert one == f"the name is gone; signed: {shown.name!r}"


class TestWhatIsRead:
    def test_is_what_the_envelope_says(self, shown: Shown) -> None:
        assert read(found(shown)) == shown

    @pytest.mark.parametrize(
        ("place", "index"),
        [
            ("7", 7),
            ("9" * 18, int("9" * 18)),
            ("9" * 19, None),
            ("x", None),
            ("-1", None),
            ("", None),
        ],
    )
    def test_is_at_its_place_where_that_is_one(
        self, shown: Shown, place: str, index: int | None
    ) -> None:
        seen = read(found(shown, attributes=found(shown).attributes | {INDEX: place}))

        assert seen.attributes.get(INDEX) == (None if index is None else str(index))

    def test_is_at_no_place_where_none_is_said(self, shown: Shown) -> None:
        whole = {k: v for k, v in found(shown).attributes.items() if k != INDEX}

        assert INDEX not in read(found(shown, attributes=whole)).attributes

    def test_is_nothing_without_a_span_or_an_envelope(self, shown: Shown) -> None:
        whole = {k: v for k, v in found(shown).attributes.items() if k != ENVELOPE}
        for changes, why in (
            ({"spans": 0}, "MLflow gives no span of it back"),
            ({"attributes": whole}, "it has no envelope"),
            ({"attributes": whole | {ENVELOPE: shown.envelope.decode()}}, "it has no envelope"),
            ({"attributes": whole | {ENVELOPE: tags.MARK + "rubbish"}}, "."),
        ):
            with pytest.raises(MalformedError, match=f"^{why}"):
                read(found(shown, **changes))

    def test_is_with_what_is_disclosed_beside_it(self) -> None:
        emitter = Emitter()
        bare, (told,) = withhold(emitter.decision(rationale="SECRET"), ["rationale"])
        signed = envelope(emitter.sign(bare))
        shown = show(signed, 7, [told])

        assert shown.disclosures == (told,)
        assert read(found(shown)) == shown
        whole = found(shown).attributes
        assert read(found(shown, attributes=whole | {DISCLOSURES: "x"})).disclosures == ()


class TestWhatIsFound:
    """In MLflow's own objects, which need no server."""

    def trace(self, *spans: tuple[int, int | None, str, int]) -> Any:
        """Of spans with these ids, parents, names and starts."""
        from mlflow.entities import Span, Trace, TraceData, TraceInfo, TraceLocation, TraceState
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import SpanContext

        made = [
            Span(
                ReadableSpan(
                    name=name,
                    context=SpanContext(1, id, is_remote=False),
                    parent=None if parent is None else SpanContext(1, parent, is_remote=False),
                    start_time=start,
                    attributes={"k": json.dumps(name), "mlflow.traceRequestId": '"tr-1"'},
                )
            )
            for id, parent, name, start in spans
        ]
        info = TraceInfo(
            trace_id="tr-2",
            trace_location=TraceLocation.from_experiment_id("1"),
            request_time=5,
            state=TraceState.OK,
            request_preview="asked",
            response_preview="said",
            tags={"mlflow.traceName": "tagged", "a": "b"},
        )
        return Trace(info=info, data=TraceData(spans=made))

    def test_is_the_root_wherever_it_stands(self) -> None:
        found = find(self.trace((2, 1, "child", 9_000_000), (1, None, "root", 7_999_999)))

        assert found == Found(
            trace_id="tr-2",
            spans=2,
            names=("tagged", "root"),
            moments=(5, 7),
            columns=("asked", "said"),
            tags={"mlflow.traceName": "tagged", "a": "b"},
            attributes={"k": "root", "mlflow.traceRequestId": "tr-1"},
        )

    def test_is_what_the_trace_itself_says_without_one(self) -> None:
        found = find(self.trace())

        assert (found.spans, found.names, found.moments) == (0, ("tagged", None), (5, -1))
        assert found.attributes == {}


@pytest.mark.parametrize(
    ("changes", "claims"),
    [
        ({}, True),
        ({"tags": {}}, True),
        ({"attributes": {}}, True),
        ({"tags": {}, "attributes": {}}, False),
        ({"tags": {"mlflow.user": "ana"}, "attributes": {"x": 1}}, False),
    ],
)
def test_it_claims_to_show_a_record_by_any_name_of_ours(
    shown: Shown, changes: dict[str, Any], claims: bool
) -> None:
    assert found(shown, **changes).claims is claims
