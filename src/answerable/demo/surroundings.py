"""What a step's process finds around it: who acts, for which team, where to record and to log."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from answerable.demo.place import Place
from answerable.demo.teams import Part
from answerable.errors import ExportError, UsageError

# Settings of whoever runs the demo, which are about other work than this.
_FOREIGN = (
    *("ANSWERABLE_", "OTEL_", "TRACEPARENT", "TRACESTATE", "BAGGAGE", "PYTHONWARNINGS"),
    *("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_RUN_", "MLFLOW_EXPERIMENT_"),
)
_ANSWER_SECONDS = 5.0


def without_team(place: Place, mlflow: str) -> dict[str, str]:
    """The variables that all processes of the demo have in common."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    # The data is small: threads would only wait for each other, and for whatever else runs.
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    told = {
        "ANSWERABLE_LEDGER": place.ledger,
        "ANSWERABLE_HOME": str(place.home),
        "ANSWERABLE_ON_FAILURE": "raise",
        "MLFLOW_TRACKING_URI": mlflow,
        # MLflow tells its makers of its use; a demo on somebody's machine does not.
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    return own | one | told


def of_part(part: Part, place: Place, mlflow: str, jaeger: str | None) -> dict[str, str]:
    """The variables of a part's process: who acts in it, for which team."""
    told = {
        "ANSWERABLE_TEAM": part.team,
        "ANSWERABLE_ACTOR": part.actor,
        "ANSWERABLE_ACCOUNTABLE": part.accountable,
        "OTEL_SERVICE_NAME": part.team,
    }
    if jaeger:
        told["OTEL_EXPORTER_OTLP_ENDPOINT"] = jaeger
    return without_team(place, mlflow) | told


def require_answer(url: str | None) -> None:
    """Raise `ExportError` unless something listens at an HTTP URL: better now than after all."""
    if url is None or not url.startswith(("http://", "https://")):
        return
    parts = urlsplit(url)
    try:
        at = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection(at, timeout=_ANSWER_SECONDS).close()
    except (OSError, ValueError) as error:
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        raise ExportError(f"nothing answers at {shown}: {error}") from None


def address_of_mlflow(uri: str | None) -> str | None:
    """The address in a form that holds in every directory; raises `ConfigurationError` or
    `UsageError` for one that cannot serve."""
    if uri is None:
        return None
    from answerable.exporters.mlflow.places import locate

    place = locate(uri)
    if place.file is None:
        return place.uri
    if not place.file.parent.is_dir():
        raise UsageError(f"there is no directory {place.file.parent} for an MLflow database")
    return uri.replace(str(place.file), str(Path(place.file).absolute()), 1)
