"""A real Jaeger v2 with memory storage."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest

from tests.parts.ports import LOOPBACK, Ports, answers, serving
from tests.parts.require import required, unavailable

PART: Final = "jaeger"
BUILD_SCRIPT: Final = Path(__file__).parents[2] / "scripts" / "build-jaeger"
READY_SECONDS: Final = 30.0

# Two things differ from Jaeger's own all-in-one configuration for a reason. There is no batch
# processor (200 ms), so a trace can be read as soon as its POST is answered and no test has to
# wait. And Jaeger does not trace itself: it would send its spans to whatever listens on 4317
# here and, when nothing does, take ten seconds to end.
CONFIG: Final = """\
service:
  extensions: [jaeger_storage, jaeger_query, healthcheckv2]
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [jaeger_storage_exporter]
  telemetry:
    metrics:
      level: none
extensions:
  jaeger_storage:
    backends:
      live:
        memory:
          max_traces: 100000
      archive:
        memory:
          max_traces: 1000
  jaeger_query:
    storage:
      traces: live
      traces_archive: archive
    enable_tracing: false
    http:
      endpoint: "{host}:{query_http}"
    grpc:
      endpoint: "{host}:{query_grpc}"
  healthcheckv2:
    use_v2: true
    http:
      endpoint: "{host}:{health}"
receivers:
  otlp:
    protocols:
      http:
        endpoint: "{host}:{otlp_http}"
exporters:
  jaeger_storage_exporter:
    trace_storage: live
"""


@attrs.frozen
class Jaeger:
    """Where a running Jaeger is reached: base URLs without a trailing slash.

    OTLP traces are POSTed to ``{otlp_url}/v1/traces`` and read from
    ``{query_url}/api/v3/traces/{trace_id}``.
    """

    otlp_url: str
    query_url: str


@contextmanager
def running_jaeger(tmp_path: Path, template: str = CONFIG) -> Iterator[Jaeger]:
    """Run Jaeger on free ports, with its files in ``tmp_path``, until the block ends.

    ``template`` is its configuration, with the places that CONFIG has for host and ports.
    """
    binary = find_binary()
    config = tmp_path / "jaeger.yaml"

    def command(ports: Ports) -> list[str]:
        otlp_http, query_http, query_grpc, health = ports
        text = template.format(
            host=LOOPBACK,
            otlp_http=otlp_http,
            query_http=query_http,
            query_grpc=query_grpc,
            health=health,
        )
        config.write_text(text)
        return [str(binary), "--config", str(config)]

    def ready(ports: Ports) -> bool:
        _, query_http, _, health = ports
        return answers(health, "/status") and answers(query_http, "/api/v3/services")

    with serving(
        command,
        ports=4,
        ready=ready,
        deadline=READY_SECONDS,
        log=tmp_path / "jaeger.log",
        cwd=tmp_path,
    ) as (otlp_http, query_http, *_):
        yield Jaeger(
            otlp_url=f"http://{LOOPBACK}:{otlp_http}",
            query_url=f"http://{LOOPBACK}:{query_http}",
        )


def find_binary() -> Path:
    """The Jaeger program to run; ends the test as unavailable when there is none.

    ``ANSWERABLE_JAEGER`` names it; else it is a v2 ``jaeger`` on PATH; else the one that
    ``scripts/build-jaeger`` keeps, which is built now only if Jaeger is required.
    """
    if named := os.environ.get("ANSWERABLE_JAEGER"):
        if not (program := shutil.which(named)):
            # Named on purpose, so not a reason to skip.
            pytest.fail(f"ANSWERABLE_JAEGER names no program: {named}", pytrace=False)
        return Path(program).absolute()
    if (program := shutil.which("jaeger")) and _is_v2(program):
        return Path(program).absolute()
    return _cached_or_built()


def _is_v2(program: str) -> bool:
    # Not `version`: it is empty unless the release's own build script filled it in.
    try:
        told = subprocess.run(
            [program, "--help"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "Jaeger backend v2" in told.stdout + told.stderr


def _cached_or_built() -> Path:
    only_look = [] if required(PART) else ["--cached"]
    try:
        script = subprocess.run(
            [BUILD_SCRIPT, *only_look], capture_output=True, text=True, check=False
        )
    except OSError as error:  # no bash here
        unavailable(PART, f"no Jaeger v2 on PATH, and {BUILD_SCRIPT.name} cannot run: {error}")
    if script.returncode:
        unavailable(
            PART,
            "no Jaeger v2: ANSWERABLE_JAEGER is not set, none is on PATH; "
            + script.stderr.strip()[-2000:],
        )
    return Path(script.stdout.strip())
