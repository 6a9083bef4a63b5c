"""One MLflow store: records go in through its transport; MLflow's public client does the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from answerable.errors import ExportError, MissingExtraError, NotFoundError
from answerable.exporters.mlflow.embedded import Database
from answerable.exporters.mlflow.places import locate
from answerable.exporters.mlflow.server import Server
from answerable.exporters.mlflow.transport import RefusedError, Transport, brief

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Trace
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_T = TypeVar("_T")
LINKS_A_CALL: Final = 100  # MLflow's limit
PAGE: Final = 100
WHOLE_A_CALL: Final = 25  # their ids stand in the address, which servers bound
RUN_PREFIX: Final = "mlflow:"
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def mlflow_run(run: str | None) -> str | None:
    """The MLflow run that a record's `run` names; None for another system's (a CI job's)."""
    id = (run or "").removeprefix(RUN_PREFIX)
    return id if _RUN_ID.fullmatch(id) else None


class Store:
    """An experiment in an MLflow store."""

    def __init__(self, transport: Transport, client: MlflowClient, experiment_id: str, name: str):
        self.experiment_id = experiment_id
        self._transport = transport
        self._client = client
        self._name = name

    @classmethod
    def open(cls, uri: str, experiment: str, *, create: bool, in_child: bool = False) -> Store:
        """`in_child`: of a process that was forked since the store was first opened, which must not
        speak through what its parent has open. Raises `ConfigurationError` for an address that cannot serve, `ExportError` if MLflow
        does not answer, and, unless `create`, `NotFoundError` if the experiment is not there."""
        place = locate(uri)
        try:
            from mlflow import MlflowClient
        except ImportError:
            raise MissingExtraError("mlflow", "MLflow") from None
        if not create and place.file is not None and not place.file.exists():
            raise NotFoundError(f"there is no MLflow database at {place.file}")
        transport: Transport = Server(place) if place.kind == "server" else Database(place)
        if in_child:
            transport.begin_anew()
        found = transport.find(experiment)
        if found is None and not create:
            raise NotFoundError(
                f"MLflow at {place.name} has no experiment {experiment!r}",
                hint="`answerable export mlflow` makes it",
            )
        id = found or transport.create(experiment)
        return cls(transport, MlflowClient(tracking_uri=place.uri), id, place.name)

    def send(self, spans: Sequence[Span]) -> list[tuple[int, str]]:
        """Store the spans; gives the positions of those that MLflow refuses, and its reasons.

        MLflow takes a batch whole or not at all, so a refused one is halved until what is wrong
        stands alone.
        """
        if not spans:
            return []
        try:
            self._transport.send(self.experiment_id, spans)
        except RefusedError as error:
            if len(spans) == 1:
                return [(0, error.message)]
            half = len(spans) // 2
            later = [(half + at, why) for at, why in self.send(spans[half:])]
            return self.send(spans[:half]) + later
        return []

    def run_tags(self, run: str) -> dict[str, str] | None:
        """The tags of the run of that id, in whichever experiment; None if MLflow has none."""
        found = self._get(self._client.get_run, run)
        return None if found is None else dict(found.data.tags)

    def tag_run(self, run: str, tags: Mapping[str, str]) -> None:
        """Set these tags of a run that is there; one that was deleted meanwhile keeps what it says."""
        for name, value in tags.items():
            self._get(self._client.set_tag, run, name, value)

    def holding(self, trace_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """Those of the traces that MLflow has in this experiment, each with its tags."""
        found = self.each_of(trace_ids, spans=False)
        return {trace.info.trace_id: dict(trace.info.tags) for trace in found}

    def tag(self, trace_id: str, tags: Mapping[str, str]) -> None:
        """Set these tags of a trace that is there, each by itself."""
        with self._answering():
            for name, value in tags.items():
                self._client.set_trace_tag(trace_id, name, value)

    def each_of(self, trace_ids: Sequence[str], *, spans: bool = True) -> Iterator[Trace]:
        """Those of the traces that MLflow has in this experiment, themselves."""
        for start in range(0, len(trace_ids), PAGE):
            listed = ", ".join(f"'{id}'" for id in trace_ids[start : start + PAGE])
            yield from self.traces(f"trace.request_id IN ({listed})", spans=spans)

    def experiment_of(self, trace_id: str) -> str | None:
        """The experiment in which MLflow has the trace; None if it has none, and no experiment's id
        if it has one that it cannot give."""
        if trace_id in self.holding([trace_id]):
            return self.experiment_id
        try:
            found = self._transport.whole([trace_id])
        except RefusedError:
            return ""
        return str(found[0].info.experiment_id) if found else None

    def delete(self, trace_ids: Sequence[str]) -> None:
        """Delete the traces of those ids, with all that MLflow keeps of them."""
        with self._answering():
            for start in range(0, len(trace_ids), PAGE):
                some = list(trace_ids[start : start + PAGE])
                self._client.delete_traces(self.experiment_id, trace_ids=some)

    def link(self, trace_ids: Sequence[str], run: str) -> set[str]:
        """Link traces to an existing run; gives those that MLflow then finds by it.

        MLflow also says yes to a run that does not exist, so ask `run_tags` first.
        """
        with self._answering():
            for start in range(0, len(trace_ids), LINKS_A_CALL):
                self._client.link_traces_to_run(list(trace_ids[start : start + LINKS_A_CALL]), run)
        found = {trace.info.trace_id for trace in self.traces(f"run_id = '{run}'", spans=False)}
        return found.intersection(trace_ids)

    def traces(self, filter: str | None, *, spans: bool = True) -> Iterator[Trace]:
        """Every trace that matches, newest first, in as many pages as it takes. One of which MLflow
        cannot give the spans comes without any."""
        token: str | None = None
        while True:
            with self._answering():
                page = self._client.search_traces(
                    locations=[self.experiment_id],
                    filter_string=filter,
                    max_results=PAGE,
                    page_token=token,
                    include_spans=False,
                )
            whole: dict[str, Trace] = {}
            for start in range(0, len(page) if spans else 0, WHOLE_A_CALL):
                ids = [trace.info.trace_id for trace in page[start : start + WHOLE_A_CALL]]
                whole |= {trace.info.trace_id: trace for trace in self._whole(ids)}
            for trace in page:
                yield whole.get(trace.info.trace_id, trace)
            token = page.token
            if not token:
                return

    def _whole(self, trace_ids: Sequence[str]) -> list[Trace]:
        """Those that MLflow can give: what fails is halved until what is wrong stands alone."""
        try:
            return self._transport.whole(trace_ids)
        except RefusedError:
            half = len(trace_ids) // 2
            if not half:
                return []
            return self._whole(trace_ids[:half]) + self._whole(trace_ids[half:])

    def model_runs(self, model: str, version: str | None) -> list[str]:
        """The runs that made this registered model's version, or each of its versions."""
        if version is not None:
            found = self._get(self._client.get_model_version, model, version)
            versions = [found] if found else []
        elif "'" in model:
            versions = []  # MLflow's grammar has no way to ask for that name
        else:
            with self._answering():
                versions = list(self._client.search_model_versions(f"name = '{model}'"))
        return list(dict.fromkeys(v.run_id for v in versions if v.run_id))

    def _get(self, ask: Callable[..., _T], *names: str) -> _T | None:
        """What MLflow has under these names; None if that is nothing."""
        from mlflow.exceptions import MlflowException

        with self._answering():
            try:
                return ask(*names)
            except MlflowException as error:
                if error.error_code in _ABSENT:
                    return None
                raise

    @contextmanager
    def _answering(self) -> Iterator[None]:
        from mlflow.exceptions import MlflowException

        try:
            yield
        except MlflowException as error:
            raise ExportError(f"MLflow at {self._name}: {brief(error.message)}") from error
