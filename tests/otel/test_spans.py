"""The live span of a decision is there, and the record does not depend on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider, sampling
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

import answerable as ans
from answerable.model import Decision, Step
from answerable.otel import attributes as names
from answerable.otel.attributes import of_record

UNSAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


class Spans:
    """A provider of the user's own, and what it exported."""

    def __init__(self, sampler: sampling.Sampler = sampling.DEFAULT_ON) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def ended(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a provider the global one, for this test alone."""

    def put(provider: trace.TracerProvider) -> None:
        monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)

    return put


@pytest.fixture
def ledger(tmp_path: Path, home: Path) -> Iterator[str]:
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=uri, team="scoring", actor="analyst@bank.example")
    yield uri
    ans.shutdown()


def decided(ledger: str) -> list[Decision]:
    with ans.open(ledger) as history:
        assert history.verify().holds
        return history.decisions()[::-1]


def test_a_span_carries_all_that_its_record_says(ledger: str, use: Any) -> None:
    spans = Spans()
    use(spans.provider)

    ans.choose("threshold", 0.62, over={0.5: "default"}, because="measured")

    (record,) = decided(ledger)
    (span,) = spans.ended()
    assert span.name == "threshold = 0.62"
    assert span.attributes == of_record(record)
    assert record.custody is not None
    assert record.emission is not None
    assert span.attributes[names.ID] == record.id
    assert span.attributes[names.DIGEST] == record.custody.digest
    assert span.attributes[names.INDEX] == record.custody.index
    assert span.attributes[names.KEY_ID] == record.emission.key_id
    assert span.context is not None
    assert record.trace_id == trace.format_trace_id(span.context.trace_id)
    assert record.span_id == trace.format_span_id(span.context.span_id)


def test_the_ledger_has_the_record_before_the_span_ends(ledger: str, use: Any) -> None:
    seen: list[int] = []

    class Looks(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            with ans.open(ledger) as history:
                seen.append(len(history.decisions()))

    spans = Spans()
    spans.provider.add_span_processor(Looks())
    use(spans.provider)

    ans.choose("threshold", 1)
    ans.choose("threshold", 2)

    assert seen == [1, 2]


def test_steps_and_decisions_nest_as_spans_under_the_pipelines_own(ledger: str, use: Any) -> None:
    spans = Spans()
    use(spans.provider)

    with spans.provider.get_tracer("pipeline").start_as_current_span("pipeline"):
        with ans.step("train"):
            with ans.decide("model") as d:
                ans.choose("metric", "auc")
                d.choose("a")

    metric, model, train, pipeline = spans.ended()
    for inner, outer in ((metric, model), (model, train), (train, pipeline)):
        assert inner.parent is not None
        assert outer.context is not None
        assert inner.parent.span_id == outer.context.span_id
    assert [s.name for s in (metric, model, train)] == ["metric = auc", "model = a", "train"]


def test_without_an_sdk_the_record_is_kept_and_has_no_span(ledger: str, use: Any) -> None:
    use(trace.NoOpTracerProvider())

    ans.choose("threshold", 1)

    (record,) = decided(ledger)
    assert (record.trace_id, record.span_id) == (None, None)


@pytest.mark.parametrize(
    "sampler",
    [sampling.DEFAULT_ON, sampling.ALWAYS_OFF, sampling.TraceIdRatioBased(0)],
    ids=["parent-based", "always off", "none of them"],
)
def test_under_a_parent_that_is_not_sampled_the_span_is_there_and_links_to_it(
    ledger: str, use: Any, sampler: sampling.Sampler
) -> None:
    spans = Spans(sampler)
    use(spans.provider)
    parent = SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(0))

    with trace.use_span(NonRecordingSpan(parent)):
        ans.choose("threshold", 1)

    (span,) = spans.ended()
    assert span.parent is None
    assert [link.context.span_id for link in span.links] == [0xDEF]
    (record,) = decided(ledger)
    assert span.context is not None
    assert record.trace_id == trace.format_trace_id(span.context.trace_id)


def test_what_is_inside_an_unsampled_step_stays_in_the_steps_trace(ledger: str, use: Any) -> None:
    spans = Spans(sampling.ALWAYS_OFF)
    use(spans.provider)

    with ans.step("train"):
        ans.choose("metric", "auc")

    metric, train = spans.ended()
    assert metric.context is not None
    assert train.context is not None
    assert metric.context.trace_id == train.context.trace_id
    assert metric.parent is not None
    assert metric.parent.span_id == train.context.span_id


def test_the_users_own_spans_stay_as_unsampled_as_they_were(ledger: str, use: Any) -> None:
    spans = Spans(sampling.ALWAYS_OFF)
    use(spans.provider)

    with spans.provider.get_tracer("pipeline").start_as_current_span("own"):
        ans.choose("threshold", 1)

    assert [span.name for span in spans.ended()] == ["threshold = 1"]
    assert trace.get_tracer_provider() is spans.provider
    assert spans.provider.sampler is sampling.ALWAYS_OFF


def test_with_the_sdk_disabled_records_are_kept_and_no_span_is_made(
    ledger: str, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    spans = Spans()
    use(spans.provider)

    ans.choose("threshold", 1)

    assert spans.ended() == []
    assert decided(ledger)[0].trace_id is None


def test_an_abandoned_decision_is_an_error_in_the_trace(ledger: str, use: Any) -> None:
    spans = Spans()
    use(spans.provider)

    with pytest.raises(RuntimeError), ans.decide("threshold"):
        raise RuntimeError

    (span,) = spans.ended()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.attributes is not None
    assert span.attributes["error.type"] == "RuntimeError"


def test_a_bad_call_leaves_no_span_open(ledger: str, use: Any) -> None:
    spans = Spans()
    use(spans.provider)

    with pytest.raises(ans.InvalidValueError):
        ans.choose("threshold", float("nan"))

    assert [s.status.status_code for s in spans.ended()] == [trace.StatusCode.ERROR]
    assert not trace.get_current_span().get_span_context().is_valid


CHILD = """\
import answerable as ans
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
ans.choose("threshold", 1)
"""


def run_child(tmp_path: Path, environment: dict[str, str]) -> Decision:
    ran = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return decided(environment["ANSWERABLE_LEDGER"])[-1]


def test_a_child_process_goes_on_in_its_parents_trace(
    ledger: str, use: Any, tmp_path: Path, home: Path
) -> None:

    from answerable.otel import carrier

    spans = Spans()
    use(spans.provider)
    with ans.step("pipeline") as step:
        environment = carrier.inject(dict(os.environ) | {"ANSWERABLE_LEDGER": ledger})
        assert environment is not os.environ
        record = run_child(tmp_path, environment)

    assert isinstance(step.record, Step)
    assert record.trace_id == step.record.trace_id


@pytest.mark.parametrize(
    "carried", ["rubbish", UNSAMPLED, "00-" + "0" * 32 + "-" + "0" * 16 + "-01"]
)
def test_whatever_the_environment_carries_the_record_is_kept_with_a_span(
    tmp_path: Path, ledger: str, carried: str
) -> None:

    environment = dict(os.environ) | {"ANSWERABLE_LEDGER": ledger, "TRACEPARENT": carried}

    record = run_child(tmp_path, environment)

    assert record.trace_id is not None
    assert record.trace_id != "0" * 32
