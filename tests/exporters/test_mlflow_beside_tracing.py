"""The user's own tracing goes on as if nobody recorded: their provider, their spans, their traces."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.parts.ports import LOOPBACK, free_ports

PROGRAM = textwrap.dedent(
    """
    import sys, warnings
    warnings.simplefilter("ignore")
    import mlflow
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    import answerable as ans

    with_answerable, uri = sys.argv[1] == "with", sys.argv[2]
    own, spans = TracerProvider(), InMemorySpanExporter()
    own.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(own)
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("mine")
    mlflow.autolog(silent=True)
    if with_answerable:
        ans.configure(ledger="decisions.db", accountable="role:head", mlflow=uri)

    def decide():
        if with_answerable:
            ans.choose("threshold", 0.62, because="false positives below 2%")

    @mlflow.trace
    def score(x):
        decide()
        with mlflow.start_span("inner"):
            decide()
        return x

    with mlflow.start_run():
        score(1)
        with trace.get_tracer("mine").start_as_current_span("own"):
            decide()
    decide()
    if with_answerable:
        ans.shutdown()
    mlflow.flush_trace_async_logging()

    place = mlflow.get_experiment_by_name("mine").experiment_id
    found = mlflow.search_traces(locations=[place], return_type="list")
    print(trace.get_tracer_provider() is own, mlflow.get_tracking_uri() == uri)
    print(sorted(s.name for s in spans.get_finished_spans() if not s.name.startswith("threshold")))
    print([sorted(s.name for s in t.data.spans if s.name != "threshold") for t in found])
    if with_answerable:
        from answerable.exporters.mlflow import search
        kept = search(uri)
        print(len(kept), all(d.custody.verified for d in kept), file=sys.stderr)
    """
)


@pytest.mark.parametrize("default", [None, "true", "false"])
def test_what_a_program_traces_is_the_same_with_and_without(
    default: str | None, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    environ = {
        **os.environ,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{LOOPBACK}:{port}",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    if default is not None:
        environ["MLFLOW_USE_DEFAULT_TRACER_PROVIDER"] = default
    told = {}
    for way in ("with", "without"):
        folder = tmp_path / way
        folder.mkdir()
        told[way] = subprocess.run(
            [sys.executable, "-c", PROGRAM, way, f"sqlite:///{folder}/mlflow.db"],
            env=environ,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )

    assert told["with"].returncode == told["without"].returncode == 0, told["with"].stderr
    assert told["with"].stdout == told["without"].stdout
    if default != "false":  # there MLflow itself puts its own provider in the user's place
        assert told["with"].stdout.startswith("True True\n")
    assert told["with"].stderr.splitlines()[-1] == "4 True"
