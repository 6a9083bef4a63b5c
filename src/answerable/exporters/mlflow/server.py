"""An MLflow server, over HTTP: OTLP for the spans, MLflow's REST interface for the rest.

Requests go through MLflow's own client code, so that MLFLOW_TRACKING_USERNAME, _TOKEN, TLS
settings and header plugins work as they do for the user's runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from answerable.errors import ExportError, MissingExtraError
from answerable.exporters.mlflow.places import Place
from answerable.exporters.mlflow.spans import to_request
from answerable.exporters.mlflow.transport import RefusedError, brief, deleted

if TYPE_CHECKING:
    from mlflow.entities import Trace
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

EXPERIMENTS: Final = "/api/2.0/mlflow/experiments"
TRACES: Final = "/v1/traces"
WHOLE: Final = "/api/3.0/mlflow/traces/batchGet"
# Short for the first question, so that a wrong address is told at once.
ASK_SECONDS: Final = 10
SEND_SECONDS: Final = 120
_UNKNOWN: Final = (404, 405, 501)  # what a server says of a request that it does not know


class Server:
    """A tracking server (3.14 or newer) that keeps traces in a database."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def find(self, experiment: str) -> str | None:
        """The id of the experiment of that name, None if there is none."""
        answer = self._ask(
            "GET", f"{EXPERIMENTS}/get-by-name", params={"experiment_name": experiment}
        )
        body = _body(answer)
        if answer.status_code == 200 and "experiment" in body:
            found = body["experiment"]
            if found.get("lifecycle_stage", "active") != "active":
                raise deleted(experiment, self._place)
            return str(found["experiment_id"])
        if body.get("error_code") == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise self._unusable(answer)

    def create(self, experiment: str) -> str:
        """Make the experiment; the loser of a race finds the winner's."""
        answer = self._ask("POST", f"{EXPERIMENTS}/create", json={"name": experiment})
        body = _body(answer)
        if answer.status_code == 200 and "experiment_id" in body:
            return str(body["experiment_id"])
        if body.get("error_code") == "RESOURCE_ALREADY_EXISTS" and (id := self.find(experiment)):
            return id
        raise self._unusable(answer)

    def send(self, experiment_id: str, spans: Sequence[Span]) -> None:
        """Post the spans in one request, which the server takes whole or not at all."""
        answer = self._ask(
            "POST",
            TRACES,
            seconds=SEND_SECONDS,
            data=to_request(spans),
            extra_headers={
                "Content-Type": "application/x-protobuf",
                "x-mlflow-experiment-id": experiment_id,
            },
        )
        if answer.status_code == 200:
            return
        if answer.status_code in _UNKNOWN:
            raise self._too_old("does not take traces over OTLP", answer)
        if answer.status_code in (400, 413, 422, 500):
            raise RefusedError(_said(answer))
        raise self._unusable(answer)

    def whole(self, trace_ids: Sequence[str]) -> list[Trace]:
        """The traces with their spans. Not by MLflow's own client: where one trace cannot be
        given, it asks for minutes, and then gives none."""
        # Its types are a package of its own, which may be there and is not asked for.
        from google.protobuf.json_format import (  # type: ignore[import-untyped, unused-ignore]
            ParseError,
        )
        from mlflow.entities import Trace
        from mlflow.exceptions import MlflowException
        from mlflow.protos.service_pb2 import BatchGetTraces
        from mlflow.utils.proto_json_utils import parse_dict

        answer = self._ask("GET", WHOLE, params=[("trace_ids", id) for id in trace_ids])
        if answer.status_code in (400, 413, 414, 422, 500):
            raise RefusedError(_said(answer))
        if answer.status_code in _UNKNOWN:
            raise self._too_old("does not give traces back with their spans", answer)
        if answer.status_code != 200:
            raise self._unusable(answer)
        found = BatchGetTraces.Response()
        fill: Callable[..., Any] = parse_dict
        try:
            fill(_body(answer), found)
            return [Trace.from_proto(each) for each in found.traces]
        except (ParseError, MlflowException, ValueError, TypeError, RecursionError) as error:
            raise RefusedError(brief(str(error))) from error

    def begin_anew(self) -> None:
        """Nothing: MLflow keeps its sessions by process."""

    def _ask(self, method: str, path: str, seconds: int = ASK_SECONDS, **request: Any) -> Any:
        try:
            from mlflow.exceptions import MlflowException
            from mlflow.utils.credentials import get_default_host_creds
            from mlflow.utils.rest_utils import http_request
        except ImportError:
            raise MissingExtraError("mlflow", "MLflow") from None
        try:
            ask: Callable[..., Any] = http_request
            credentials: Callable[..., Any] = get_default_host_creds
            return ask(
                credentials(self._place.uri),
                path,
                method,
                timeout=seconds,
                max_retries=1,
                raise_on_status=False,
                **request,
            )
        except MlflowException as error:
            raise ExportError(
                f"no MLflow server answers at {self._place.name}: {brief(error.message)}",
                hint="start one: mlflow server --backend-store-uri sqlite:///mlflow.db",
            ) from error

    def _too_old(self, what: str, answer: Any) -> ExportError:
        return ExportError(
            f"the MLflow server at {self._place.name} {what} ({answer.status_code}: {_said(answer)})",
            hint="it must be MLflow 3.14 or newer, with a database behind it",
        )

    def _unusable(self, answer: Any) -> ExportError:
        status = answer.status_code
        if status in (401, 403):
            return ExportError(
                f"the MLflow server at {self._place.name} refuses this user ({status})",
                hint="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or _TOKEN",
            )
        return ExportError(
            f"what answers at {self._place.name} is no MLflow server that can be used"
            f" ({status}: {_said(answer)})"
        )


def _body(answer: Any) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _said(answer: Any) -> str:
    body = _body(answer)
    return brief(str(body.get("message") or body.get("detail") or answer.reason or answer.text))
