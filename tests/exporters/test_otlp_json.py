"""The trace as a file: read back, taken by a real Jaeger, written whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import requests

from answerable.errors import ExportError
from answerable.exporters import otlp_json
from answerable.lineage.trace import AccountabilityTrace
from answerable.stitched import Span, TimeAxis, draw
from tests.exporters.otlp_reading import fetch, spans_of
from tests.parts.jaeger import Jaeger
from tests.stitched.traces import loan_approval


@pytest.fixture
def trace() -> AccountabilityTrace:
    return loan_approval()


@pytest.mark.parametrize("axis", ["compressed", "true"])
def test_the_document_holds_each_span_as_it_was_drawn(
    trace: AccountabilityTrace, axis: TimeAxis
) -> None:
    document = json.loads(otlp_json.to_json(trace, time_axis=axis))

    assert ordered(spans_of(document)) == ordered(draw(trace, time_axis=axis))


def test_a_team_is_one_resource(trace: AccountabilityTrace) -> None:
    document = json.loads(otlp_json.to_json(trace))

    services = [span.service for span in draw(trace)]
    assert len(document["resourceSpans"]) == len(set(services))


def test_writing_it_again_gives_the_same_bytes(trace: AccountabilityTrace, tmp_path: Path) -> None:
    otlp_json.write(trace, tmp_path / "first.json")
    otlp_json.write(trace, tmp_path / "second.json")

    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_jaeger_takes_the_document_as_it_takes_the_protobuf(
    jaeger: Jaeger, trace: AccountabilityTrace, session: requests.Session
) -> None:
    answer = session.post(
        f"{jaeger.otlp_url}/v1/traces",
        data=otlp_json.to_json(trace).encode(),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 200
    assert ordered(fetch(jaeger, trace.trace_id)) == ordered(draw(trace))


def test_a_trace_sent_both_ways_is_there_once(
    jaeger: Jaeger, trace: AccountabilityTrace, session: requests.Session
) -> None:
    from answerable.exporters.otlp import export

    export(trace, jaeger.otlp_url)
    session.post(
        f"{jaeger.otlp_url}/v1/traces",
        data=otlp_json.to_json(trace).encode(),
        headers={"Content-Type": "application/json"},
    ).raise_for_status()

    assert ordered(fetch(jaeger, trace.trace_id)) == ordered(draw(trace))


def test_jaegers_page_can_show_the_file_when_it_is_uploaded(
    jaeger: Jaeger, trace: AccountabilityTrace, session: requests.Session
) -> None:
    # This is what the page asks of its own server for a file that is dropped on it.
    answer = session.post(
        f"{jaeger.query_url}/api/transform",
        data=otlp_json.to_json(trace).encode(),
        headers={"Content-Type": "application/json"},
    )

    answer.raise_for_status()
    (shown,) = answer.json()["data"]
    drawn = draw(trace)
    processes = {name: process["serviceName"] for name, process in shown["processes"].items()}
    assert sorted(
        (s["spanID"], s["operationName"], processes[s["processID"]]) for s in shown["spans"]
    ) == (sorted((span.span_id, span.name, span.service) for span in drawn))
    red = {s["spanID"] for s in shown["spans"] for tag in s["tags"] if tag["key"] == "error"}
    assert red == {span.span_id for span in drawn if span.error}


class TestWriting:
    def test_what_stood_in_the_file_before_is_replaced(
        self, trace: AccountabilityTrace, tmp_path: Path
    ) -> None:
        (tmp_path / "trace.json").write_text("x" * 10_000_000)

        otlp_json.write(trace, tmp_path / "trace.json")

        assert (tmp_path / "trace.json").read_text() == otlp_json.to_json(trace)
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["trace.json"]

    def test_a_directory_that_is_not_there_is_one_clear_line(
        self, trace: AccountabilityTrace, tmp_path: Path
    ) -> None:
        with pytest.raises(ExportError, match=r"cannot write .*missing/trace\.json: No such file"):
            otlp_json.write(trace, tmp_path / "missing" / "trace.json")

    def test_a_directory_in_its_place_stays_and_nothing_is_left_beside_it(
        self, trace: AccountabilityTrace, tmp_path: Path
    ) -> None:
        (tmp_path / "trace.json").mkdir()

        with pytest.raises(ExportError, match="cannot write"):
            otlp_json.write(trace, tmp_path / "trace.json")

        assert list(tmp_path.glob("*trace.json*")) == [tmp_path / "trace.json"]

    def test_the_file_is_as_readable_as_any_that_this_user_makes(
        self, trace: AccountabilityTrace, tmp_path: Path
    ) -> None:
        (tmp_path / "other").write_text("")

        otlp_json.write(trace, tmp_path / "trace.json")

        assert mode(tmp_path / "trace.json") == mode(tmp_path / "other")


def test_it_needs_neither_requests_nor_protobuf_nor_the_sdk() -> None:
    program = (
        "import sys, answerable.exporters.otlp_json\n"
        "print([m for m in ('requests', 'google.protobuf', 'opentelemetry.sdk',"
        " 'opentelemetry.proto') if m in sys.modules])"
    )

    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "[]"


@pytest.fixture
def session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy is no way to a loopback address
    return session


def ordered(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: span.span_id)


def mode(path: Path) -> int:
    return path.stat().st_mode
