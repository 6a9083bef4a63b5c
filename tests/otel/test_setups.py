"""Whatever the pipeline has set up for its own spans: it is left alone, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider, sampling
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

import answerable as ans
from answerable.recording import process
from tests.recording.kept import Kept


@pytest.fixture
def kept(tmp_path: Path, home: Path) -> Iterator[Kept]:
    found = Kept(tmp_path / "decisions.db", home)
    ans.configure(ledger=found.uri, actor="analyst@bank.example")
    yield found
    process.replace(None)


def set_up(
    monkeypatch: pytest.MonkeyPatch, **how: Any
) -> tuple[TracerProvider, InMemorySpanExporter]:
    """A provider as a pipeline would make it; what it exports."""
    provider, exporter = TracerProvider(shutdown_on_exit=False, **how), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    return provider, exporter


def names(exporter: InMemorySpanExporter) -> list[str]:
    return [span.name for span in exporter.get_finished_spans()]


class Broken(SpanProcessor):
    def __init__(self, at: str) -> None:
        self.at = at

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        if self.at == "start":
            raise OSError("no exporter")

    def on_end(self, span: ReadableSpan) -> None:
        if self.at == "end":
            raise OSError("no exporter")


@pytest.mark.parametrize("at", ["start", "end"])
def test_a_broken_span_processor_stops_no_pipeline(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    provider, _ = set_up(monkeypatch)
    provider.add_span_processor(Broken(at))
    with ans.step("train"):
        assert ans.choose("threshold", 1) == 1

    assert kept.decision().step == kept.step().id
    assert "no exporter" in caplog.text
    assert not trace.get_current_span().get_span_context().is_valid


class Records(sampling.Sampler):
    """Records, and exports nothing."""

    def should_sample(self, *_: Any, **__: Any) -> sampling.SamplingResult:
        return sampling.SamplingResult(sampling.Decision.RECORD_ONLY)

    def get_description(self) -> str:
        return "records only"


@pytest.mark.parametrize(
    "sampler", [sampling.ALWAYS_OFF, sampling.TraceIdRatioBased(0), Records()], ids=str
)
def test_where_nothing_is_sampled_steps_have_a_trace_apart(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, sampler: sampling.Sampler
) -> None:
    provider, exporter = set_up(monkeypatch, sampler=sampler)
    own = provider.get_tracer("own")
    with own.start_as_current_span("request") as request, ans.step("train"):
        assert trace.get_current_span() is request
        with own.start_as_current_span("query"):
            ans.choose("threshold", 1)

    decision, train = [s for s in exporter.get_finished_spans() if s.context.trace_flags.sampled]
    assert (decision.name, train.name) == ("threshold = 1", "train")
    assert decision.parent is not None
    assert decision.parent.span_id == train.context.span_id
    assert [link.context for link in train.links] == [request.get_span_context()]
    assert kept.decision().trace_id == kept.step().trace_id


def test_a_sampled_span_inside_a_step_apart_is_the_parent_again(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Named(sampling.Sampler):
        def should_sample(
            self, parent_context: Any, trace_id: int, name: str, *_: Any, **__: Any
        ) -> sampling.SamplingResult:
            parent = trace.get_current_span(parent_context).get_span_context()
            sampled = name == "wanted" or parent.trace_flags.sampled
            decision = sampling.Decision
            return sampling.SamplingResult(decision.RECORD_AND_SAMPLE if sampled else decision.DROP)

        def get_description(self) -> str:
            return "by name"

    provider, exporter = set_up(monkeypatch, sampler=Named())
    with ans.step("train"), provider.get_tracer("own").start_as_current_span("wanted") as wanted:
        ans.choose("threshold", 1)

    decision = exporter.get_finished_spans()[0]
    assert decision.parent == wanted.get_span_context()


class Fixed(RandomIdGenerator):
    def generate_trace_id(self) -> int:
        return 0xABC


def test_ids_come_from_the_pipelines_own_generator(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(monkeypatch, sampler=sampling.ALWAYS_OFF, id_generator=Fixed())
    ans.choose("threshold", 1)
    assert kept.decision().trace_id == f"{0xABC:032x}"


def test_processors_that_come_later_are_given_the_spans_too(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, _ = set_up(monkeypatch, sampler=sampling.ALWAYS_OFF)
    ans.choose("threshold", 1)
    late = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(late))
    ans.choose("threshold", 2)
    assert names(late) == ["threshold = 2"]


def test_a_provider_that_is_shut_down_is_no_reason_to_stop(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, _ = set_up(monkeypatch)
    provider.shutdown()
    ans.choose("threshold", 1)
    assert kept.decision().chosen == 1


def test_between_two_yields_the_span_is_not_the_callers(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, exporter = set_up(monkeypatch)

    @ans.step("batches")
    def batches() -> Iterator[trace.Span]:
        for _ in range(2):
            yield trace.get_current_span()
            with provider.get_tracer("own").start_as_current_span("inside"):
                pass

    with provider.get_tracer("own").start_as_current_span("caller") as caller:
        for span in batches():
            assert span is not caller
            assert trace.get_current_span() is caller
        assert trace.get_current_span() is caller

    inside, _, step, _ = exporter.get_finished_spans()
    assert inside.parent == step.context
    assert step.parent == caller.get_span_context()


def run(code: Sequence[str], kept: Kept, **environ: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-W", SPOKEN_OF, "-c", "\n".join(code)],
        env={**os.environ, "ANSWERABLE_LEDGER": kept.uri, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


SPOKEN_OF = "ignore:a decision says too little:UserWarning"
_IMPORT = "import answerable as ans; from opentelemetry import trace"
_SET_UP = (
    "from opentelemetry.sdk.trace import TracerProvider\n"
    "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
    "from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter\n"
    "out, mine = InMemorySpanExporter(), TracerProvider()\n"
    "mine.add_span_processor(SimpleSpanProcessor(out)); trace.set_tracer_provider(mine)"
)
_CONFIGURE = "ans.configure(actor='analyst@bank.example')"
_CHOOSE = "ans.choose('threshold', 1)"
_TELL = (
    "assert trace.get_tracer_provider() is mine; print(*[s.name for s in out.get_finished_spans()])"
)


@pytest.mark.parametrize(
    "order",
    [
        (_IMPORT, _SET_UP, _CONFIGURE, _CHOOSE, _TELL),
        (_IMPORT, _CONFIGURE, _SET_UP, _CHOOSE, _TELL),
        (_IMPORT, _CONFIGURE, "ans.step('s')(lambda: 1)()", _SET_UP, _CHOOSE, _TELL),
    ],
    ids=["before configuring", "after configuring", "after recording"],
)
def test_a_provider_may_be_set_at_any_time(kept: Kept, order: Sequence[str]) -> None:
    assert run(order, kept) == "threshold = 1\n"
    assert kept.decision().trace_id is not None


def test_a_wrong_setting_of_opentelemetrys_is_not_our_failure(kept: Kept) -> None:
    run(("import answerable as ans", _CHOOSE), kept, OTEL_PROPAGATORS="no-such-propagator")
    assert kept.decision().chosen == 1


def test_without_the_sdk_installed_everything_is_kept(kept: Kept) -> None:
    hide = "import sys; sys.modules['opentelemetry.sdk'] = None"
    run((hide, _IMPORT, "with ans.step('train'):\n  " + _CHOOSE), kept)
    assert kept.decision().trace_id is None
    assert kept.decision().step == kept.step().id
