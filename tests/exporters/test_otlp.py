"""A trace sent to a real Jaeger, and read back span by span."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import pytest
import requests

from answerable.errors import ExportError, MissingExtraError
from answerable.exporters.otlp import Exported, encoding, export
from answerable.lineage.trace import AccountabilityTrace
from answerable.otel import attributes as names
from answerable.signing import Envelope
from answerable.statement import from_bytes
from answerable.stitched import Span, TimeAxis, draw
from tests.exporters.otlp_reading import fetch
from tests.parts.jaeger import Jaeger
from tests.stitched.traces import loan_approval


@pytest.fixture
def trace() -> AccountabilityTrace:
    # Signed by keys of its own, and so of an id of its own: the Jaeger is shared.
    return loan_approval()


@pytest.mark.parametrize("axis", ["compressed", "true"])
def test_jaeger_has_each_span_as_it_was_drawn(
    jaeger: Jaeger, trace: AccountabilityTrace, axis: TimeAxis
) -> None:
    drawn = draw(trace, time_axis=axis)

    exported = export(trace, jaeger.otlp_url, time_axis=axis)

    assert exported == Exported(trace_id=drawn[0].trace_id, spans=len(drawn))
    assert ordered(fetch(jaeger, exported.trace_id)) == ordered(drawn)


def test_the_trace_is_found_under_the_id_that_it_has(
    jaeger: Jaeger, trace: AccountabilityTrace
) -> None:
    assert export(trace, jaeger.otlp_url).trace_id == trace.trace_id


def test_sending_it_twice_adds_nothing(jaeger: Jaeger, trace: AccountabilityTrace) -> None:
    first = export(trace, jaeger.otlp_url)
    before = ordered(fetch(jaeger, trace.trace_id))

    second = export(trace, jaeger.otlp_url)

    assert second == first
    assert ordered(fetch(jaeger, trace.trace_id)) == before


def test_every_envelope_that_jaeger_gives_back_is_the_one_that_was_signed(
    jaeger: Jaeger, trace: AccountabilityTrace
) -> None:
    export(trace, jaeger.otlp_url)

    given = {}
    for span in fetch(jaeger, trace.trace_id):
        said = dict(span.attributes)
        if names.ENVELOPE in said:
            given[said[names.ID]] = str(said[names.ENVELOPE]).encode()

    kept = {p.record.id: p.record.custody for p in trace.placed()}
    assert given == {id: custody.envelope for id, custody in kept.items() if custody}
    for id, envelope in given.items():
        assert from_bytes(Envelope.from_bytes(envelope).payload).id == id


def test_a_url_that_names_the_path_already_is_taken_as_it_is(
    jaeger: Jaeger, trace: AccountabilityTrace
) -> None:
    export(trace, f"{jaeger.otlp_url}/v1/traces")

    assert len(fetch(jaeger, trace.trace_id)) == len(draw(trace))


def test_a_large_trace_goes_in_several_requests(
    jaeger: Jaeger, trace: AccountabilityTrace, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = draw(trace)
    monkeypatch.setattr(encoding, "MAX_BYTES", 12_000)
    bodies = list(encoding.requests(drawn))

    exported = export(trace, jaeger.otlp_url)

    assert len(bodies) > 3
    assert max(map(len, bodies)) <= 12_000
    assert exported.spans == len(drawn)
    assert ordered(fetch(jaeger, trace.trace_id)) == ordered(drawn)


def test_a_span_larger_than_a_request_may_be_goes_alone(
    trace: AccountabilityTrace, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = draw(trace)
    monkeypatch.setattr(encoding, "MAX_BYTES", 1)

    assert len(list(encoding.requests(drawn))) == len(drawn)


def test_a_proxy_in_the_environment_is_no_way_to_this_machine(
    jaeger: Jaeger, trace: AccountabilityTrace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert export(trace, jaeger.otlp_url).rejected == 0


def test_the_callers_session_is_used_and_left_open(
    jaeger: Jaeger, trace: AccountabilityTrace
) -> None:
    sent = []

    class Counted(requests.Session):
        def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            sent.append(request.headers.get("Authorization"))
            return super().send(request, **kwargs)

    with Counted() as session:
        session.headers["Authorization"] = "Bearer of-the-test"
        export(trace, jaeger.otlp_url, session=session)
        export(trace, jaeger.otlp_url, session=session)

    assert sent == ["Bearer of-the-test"] * 2


def test_the_port_of_jaegers_page_is_refused_with_the_right_one(
    jaeger: Jaeger, trace: AccountabilityTrace
) -> None:
    with pytest.raises(ExportError) as refused:
        export(trace, jaeger.query_url)

    assert jaeger.query_url in refused.value.message
    assert "4318" in str(refused.value.hint)


@pytest.mark.parametrize("module", ["requests", "opentelemetry.proto.trace.v1"])
def test_without_the_extra_the_import_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, module: str, without_the_exporter: None
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(MissingExtraError) as missing:
        import answerable.exporters.otlp  # noqa: F401

    assert missing.value.hint == "pip install 'answerable[otlp]'"


@pytest.fixture
def without_the_exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it had not been imported yet, and afterwards as if it had."""
    import answerable.exporters

    for name in [name for name in sys.modules if name.startswith("answerable.exporters.otlp.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "answerable.exporters.otlp")
    monkeypatch.delattr(answerable.exporters, "otlp")


def ordered(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: span.span_id)
