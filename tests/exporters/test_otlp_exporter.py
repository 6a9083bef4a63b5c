"""`OTEL_TRACES_EXPORTER=answerable`, in a process that OpenTelemetry sets up by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import answerable as ans
from answerable.errors import UsageError
from answerable.exporters.otlp.exporter import StitchingSpanExporter
from answerable.exporters.otlp.surroundings import Surroundings
from answerable.stitched import draw
from tests.exporters.otlp_reading import fetch
from tests.exporters.test_otlp import ordered
from tests.exporters.test_stitched_by_itself import System, of_subject
from tests.parts.jaeger import Jaeger

# As `opentelemetry-instrument` does before the program.
PROGRAM = """
import sys
from answerable.outbox import outbox
outbox.LAST_SECONDS = 60.0  # the machine may be busy
from opentelemetry.sdk._configuration import _BaseConfigurator
class Configurator(_BaseConfigurator):
    def _configure(self, **kwargs):
        from opentelemetry.sdk._configuration import _initialize_components
        _initialize_components(setup_logging_handler=False)
Configurator().configure()
from opentelemetry import trace
import answerable as ans
with trace.get_tracer("a pipeline").start_as_current_span("nightly"):
    with ans.step("deploy", produced=sys.argv[1]):
        ans.choose("deploy", "all", over={"a tenth": "too slow"}, because="it was tried")
"""


@pytest.fixture
def system(tmp_path: Path, home: Path) -> System:
    import uuid

    return System(f"sqlite:///{tmp_path / 'ledger.db'}", f"deployment:prod/{uuid.uuid4().hex[:12]}")


def run(system: System, **environment: str) -> None:
    own = {
        "ANSWERABLE_LEDGER": system.ledger,
        "ANSWERABLE_ACTOR": "ana@bank.example",
        "ANSWERABLE_ACCOUNTABLE": "role:head",
        "OTEL_TRACES_EXPORTER": "answerable",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_SERVICE_NAME": "nightly",
    }
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, system.subject],
        env=os.environ | own | environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("durability", ["commit", "group"])
def test_the_stitched_trace_and_the_pipelines_own_are_both_in_jaeger(
    jaeger: Jaeger, system: System, durability: str
) -> None:
    run(
        system,
        OTEL_EXPORTER_OTLP_ENDPOINT=jaeger.otlp_url,
        ANSWERABLE_DURABILITY=durability,
    )

    with ans.open(system.ledger) as history:
        trace = history.trace(system.subject)
        (decision,) = history.decisions()
    assert ordered(fetch(jaeger, trace.trace_id)) == ordered(draw(trace))
    assert decision.trace_id is not None
    assert {"nightly", "deploy", "deploy = all"} <= live(jaeger, decision.trace_id)


def test_where_otlp_is_named_too_spans_are_not_sent_twice(jaeger: Jaeger, system: System) -> None:
    run(
        system,
        OTEL_EXPORTER_OTLP_ENDPOINT=jaeger.otlp_url,
        OTEL_TRACES_EXPORTER="otlp,answerable",
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
    )

    with ans.open(system.ledger) as history:
        (decision,) = history.decisions()
        trace = history.trace(system.subject)
    assert set(of_subject(jaeger, system)) == {trace.trace_id}
    assert decision.trace_id is not None
    assert live(jaeger, decision.trace_id) == {
        *("nightly", "deploy", "deploy = all"),
        f"stitched into {system.subject}",
    }


def live(jaeger: Jaeger, trace_id: str) -> set[str]:
    """The names of the spans of a trace of anybody's."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{jaeger.query_url}/api/v3/traces/{trace_id}")
    answer.raise_for_status()
    found = [
        span["name"]
        for group in answer.json()["result"]["resourceSpans"]
        for scoped in group["scopeSpans"]
        for span in scoped["spans"]
    ]
    assert len(found) == len(set(found))
    return set(found)


def test_opentelemetry_finds_the_exporter_by_its_name() -> None:
    (found,) = entry_points(group="opentelemetry_traces_exporter", name="answerable")
    assert found.load() is StitchingSpanExporter


class TestSurroundings:
    def test_are_those_of_a_receiver_here_where_nothing_is_said(self) -> None:
        found = Surroundings.of({})
        assert found == Surroundings(endpoint="http://localhost:4318/v1/traces")

    def test_those_of_traces_come_first_and_as_they_stand(self) -> None:
        found = Surroundings.of(
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://all:4318/otlp/",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://traces/ingest",
                "OTEL_EXPORTER_OTLP_HEADERS": "a=1",
                "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Authorization=Basic%20eA%3D%3D, rubbish ,b=2",
                "OTEL_EXPORTER_OTLP_CERTIFICATE": "ca.pem",
                "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "own.pem",
                "OTEL_EXPORTER_OTLP_CLIENT_KEY": "own.key",
            }
        )
        assert found == Surroundings(
            endpoint="https://traces/ingest",
            headers={"authorization": "Basic eA==", "b": "2"},
            verify="ca.pem",
            certificate=("own.pem", "own.key"),
        )
        assert "eA==" not in repr(found)
        with found.session() as session:
            assert session.headers["Authorization"] == "Basic eA=="
            assert (session.verify, session.cert) == ("ca.pem", ("own.pem", "own.key"))

    def test_a_base_address_has_the_path_of_traces_below_it(self) -> None:
        found = Surroundings.of({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://all:4318/otlp/"})
        assert found.endpoint == "http://all:4318/otlp/v1/traces"

    def test_what_is_no_address_is_refused(self) -> None:
        with pytest.raises(UsageError):
            Surroundings.of({"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317"})
