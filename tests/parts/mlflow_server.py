"""A real MLflow tracking server, on SQLite or on PostgreSQL; and one of before 3.14."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs

from tests.parts.ports import LOOPBACK, Ports, answers, serving
from tests.parts.require import required, unavailable

PART: Final = "mlflow-server"
OLDER: Final = "older-mlflow"
OLDER_SCRIPT: Final = Path(__file__).parents[2] / "scripts" / "install-older-mlflow"
# Most of it is Python importing MLflow twice, for the command line and for the worker: about
# 15 s on two cores, several times that on a busy machine.
READY_SECONDS: Final = 300.0

# The developer's own MLflow and OpenTelemetry settings must not reach the server, nor may
# -W error: MLflow's own imports warn.
FOREIGN: Final = ("MLFLOW_", "_MLFLOW_", "OTEL_", "PYTHONWARNINGS")


@attrs.frozen
class MlflowServer:
    """Where a running MLflow server is reached: a tracking URI without a trailing slash."""

    uri: str


@contextmanager
def running_mlflow(
    tmp_path: Path, store: str | None = None, *, python: str | None = None
) -> Iterator[MlflowServer]:
    """Run an MLflow server until the block ends, with its files in ``tmp_path``.

    ``store`` is the SQLAlchemy URL of its database; left out, an SQLite database there. ``python`` is
    that of the environment in which it is installed; left out, this one.
    """
    if python is None:
        python = sys.executable
        try:
            # The distribution, not the module: mlflow-skinny brings the module without a server.
            importlib.metadata.distribution("mlflow")
        except importlib.metadata.PackageNotFoundError:
            unavailable(PART, "full MLflow is not installed: pip install mlflow")

    def command(ports: Ports) -> list[str]:
        # Host and origin checks stay at their defaults, which let loopback in on any port.
        return [
            *(python, "-m", "mlflow", "server"),
            *("--backend-store-uri", store or f"sqlite:///{tmp_path / 'mlflow.db'}"),
            *("--artifacts-destination", str(tmp_path / "artifacts")),
            *("--host", LOOPBACK, "--port", str(ports[0]), "--workers", "1"),
        ]

    with serving(
        command,
        ports=1,
        ready=lambda ports: answers(ports[0], "/health"),
        deadline=READY_SECONDS,
        log=tmp_path / "mlflow.log",
        cwd=tmp_path,
        env=_environment(),
    ) as (port,):
        yield MlflowServer(uri=f"http://{LOOPBACK}:{port}")


def find_older() -> str:
    """The Python of an environment with an MLflow of before 3.14; ends the test as unavailable when
    there is none.

    ``ANSWERABLE_OLDER_MLFLOW`` names it; else it is the one that ``scripts/install-older-mlflow``
    keeps, which is installed now only if it is required.
    """
    if named := os.environ.get("ANSWERABLE_OLDER_MLFLOW"):
        return named
    only_look = [] if required(OLDER) else ["--cached"]
    try:
        script = subprocess.run(
            [OLDER_SCRIPT, *only_look], capture_output=True, text=True, check=False
        )
    except OSError as error:  # no bash here
        unavailable(OLDER, f"{OLDER_SCRIPT.name} cannot run: {error}")
    if script.returncode:
        unavailable(OLDER, f"no older MLflow: {script.stderr.strip()[-2000:]}")
    return script.stdout.strip()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # job workers: more processes, unused
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
