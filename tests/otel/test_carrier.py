"""The carrier between processes: what is handed on, and what is made of what is handed in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import baggage, trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.trace import TracerProvider

from answerable.otel import carrier

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def parent_of(context: Context) -> trace.SpanContext:
    return trace.get_current_span(context).get_span_context()


def test_the_parent_is_read_from_the_environment() -> None:
    found = parent_of(
        carrier.context({"TRACEPARENT": PARENT, "TRACESTATE": "vendor=1", "BAGGAGE": "run=7"})
    )
    assert trace.format_span_id(found.span_id) == "b7ad6b7169203331"
    assert found.is_remote
    assert found.trace_flags.sampled
    assert found.trace_state["vendor"] == "1"


def test_a_span_that_is_open_here_comes_before_the_environments() -> None:
    with TracerProvider().get_tracer("own").start_as_current_span("own") as span:
        assert parent_of(carrier.context({"TRACEPARENT": PARENT})) == span.get_span_context()


def test_without_any_there_is_none() -> None:
    assert not parent_of(carrier.context({})).is_valid


@pytest.mark.parametrize("flags", ["00", "01", "03"])
def test_what_was_handed_in_is_handed_on(flags: str) -> None:
    environ = {"TRACEPARENT": PARENT[:-2] + flags, "TRACESTATE": "vendor=1", "BAGGAGE": "run=7"}
    assert carrier.inject(environ | {"PATH": "/bin"}) == environ | {"PATH": "/bin"}


def test_what_is_handed_on_is_a_copy_with_the_present_span() -> None:
    environ = {"PATH": "/bin", "TRACEPARENT": PARENT, "TRACESTATE": "vendor=1"}
    before = dict(environ)
    with TracerProvider().get_tracer("own").start_as_current_span("own") as span:
        token = attach(baggage.set_baggage("run", "8"))
        handed = carrier.inject(environ)
        detach(token)

    assert environ == before
    assert handed["PATH"] == "/bin"
    assert handed["BAGGAGE"] == "run=8"
    assert "TRACESTATE" not in handed  # of the other span
    again = parent_of(carrier.context(handed))
    assert (again.trace_id, again.span_id) == (
        span.get_span_context().trace_id,
        span.get_span_context().span_id,
    )


def test_baggage_travels_without_a_span_too() -> None:
    assert carrier.inject({"BAGGAGE": "run=7"}) == {"BAGGAGE": "run=7"}
    assert carrier.inject({}) == {}


@given(st.dictionaries(st.sampled_from(["TRACEPARENT", "TRACESTATE", "BAGGAGE"]), st.text()))
def test_whatever_the_environment_holds_is_harmless(environ: dict[str, str]) -> None:
    found = parent_of(carrier.context(environ))
    assert not found.is_valid or "TRACEPARENT" in environ
    assert carrier.inject(environ).keys() <= {"TRACEPARENT", "TRACESTATE", "BAGGAGE"}
