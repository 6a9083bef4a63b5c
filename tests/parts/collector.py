"""A real OpenTelemetry Collector of stock parts, which sends on to a receiver of OTLP over HTTP."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.parts.ports import LOOPBACK, Ports, serving
from tests.parts.require import required, unavailable

PART: Final = "collector"
BUILD_SCRIPT: Final = Path(__file__).parents[2] / "scripts" / "build-collector"
READY_SECONDS: Final = 60.0

# As its own documentation begins, but for the pause of the batches: 200 ms is what a test waits.
CONFIG: Final = """\
receivers:
  otlp:
    protocols:
      http:
        endpoint: "{host}:{port}"
processors:
  batch:
    timeout: 50ms
exporters:
  otlphttp:
    endpoint: "{to}"
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch]
      exporters: [otlphttp]
  telemetry:
    metrics:
      level: none
"""


@contextmanager
def running_collector(tmp_path: Path, to: str) -> Iterator[str]:
    """Run a collector that sends on to the base URL `to`, with its files in ``tmp_path``, until the
    block ends; yields its own base URL."""
    binary = find_binary()
    config = tmp_path / "collector.yaml"

    def command(ports: Ports) -> list[str]:
        config.write_text(CONFIG.format(host=LOOPBACK, port=ports[0], to=to))
        return [str(binary), "--config", f"file:{config}"]

    with serving(
        command,
        ports=1,
        ready=lambda ports: _takes_traces(ports[0]),
        deadline=READY_SECONDS,
        log=tmp_path / "collector.log",
        cwd=tmp_path,
    ) as (port,):
        yield f"http://{LOOPBACK}:{port}"


def find_binary() -> Path:
    """The collector's program; ends the test as unavailable when there is none.

    ``ANSWERABLE_COLLECTOR`` names it; else it is the one that ``scripts/build-collector`` keeps,
    which is built now only if it is required.
    """
    if named := os.environ.get("ANSWERABLE_COLLECTOR"):
        if not (program := shutil.which(named)):
            pytest.fail(f"ANSWERABLE_COLLECTOR names no program: {named}", pytrace=False)
        return Path(program).absolute()
    only_look = [] if required(PART) else ["--cached"]
    try:
        script = subprocess.run(
            [BUILD_SCRIPT, *only_look], capture_output=True, text=True, check=False
        )
    except OSError as error:  # no bash here
        unavailable(PART, f"no collector, and {BUILD_SCRIPT.name} cannot run: {error}")
    if script.returncode:
        unavailable(PART, "no collector: " + script.stderr.strip()[-2000:])
    return Path(script.stdout.strip())


def _takes_traces(port: int) -> bool:
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=1)) as connection:
        try:
            kind = {"Content-Type": "application/x-protobuf"}
            connection.request("POST", "/v1/traces", b"", kind)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
