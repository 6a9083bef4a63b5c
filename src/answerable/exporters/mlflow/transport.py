"""How records reach MLflow: over HTTP, or straight into its database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from answerable.errors import ExportError

if TYPE_CHECKING:
    from mlflow.entities import Trace
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from answerable.exporters.mlflow.places import Place

MAX_REASON = 300


class RefusedError(ExportError):
    """MLflow did not take a batch, or does not give it: something in it is wrong."""

    code = "refused"


class Transport(Protocol):
    """All of it raises `ExportError` where MLflow cannot be reached or used."""

    def find(self, experiment: str) -> str | None:
        """The id of the experiment of that name, None if there is none."""
        ...

    def create(self, experiment: str) -> str:
        """Make the experiment and give its id."""
        ...

    def send(self, experiment_id: str, spans: Sequence[Span]) -> None:
        """Store all of the spans or none; raises `RefusedError` for none."""
        ...

    def whole(self, trace_ids: Sequence[str]) -> list[Trace]:
        """The traces with their spans, those that are there; raises `RefusedError` where one of them
        keeps MLflow from giving any."""
        ...

    def begin_anew(self) -> None:
        """In a forked child: let go of what the parent has open."""
        ...


def deleted(experiment: str, place: Place) -> ExportError:
    """What to say of an experiment in MLflow's bin."""
    return ExportError(
        f"the experiment {experiment!r} at {place.name} was deleted",
        hint="restore it (mlflow experiments restore), or use another name",
    )


def brief(reason: str) -> str:
    """The reason in one line of bounded length."""
    line = " ".join(reason.split())
    return line if len(line) <= MAX_REASON else line[: MAX_REASON - 1] + "…"
