"""An MLflow database without a server. The one place that calls what MLflow keeps internal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from answerable.errors import ConfigurationError, ExportError, MissingExtraError
from answerable.exporters.mlflow.places import Place
from answerable.exporters.mlflow.transport import RefusedError, brief, deleted

if TYPE_CHECKING:
    from mlflow.entities import Trace
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

# They report every table that is made, at a level which MLflow shows on stderr.
_TALKATIVE = ("mlflow.store.db.utils", "alembic.runtime.migration")
# What MLflow's own code raises over what a trace holds.
_OF_CONTENT = (ValueError, TypeError, OverflowError, LookupError, AttributeError, RecursionError)
_LEDGER = frozenset({"meta", "entries", "nodes", "checkpoint"})


class Database:
    """An MLflow tracking database; its tables are made on first use."""

    def __init__(self, place: Place) -> None:
        try:
            from mlflow.exceptions import MlflowException
            from mlflow.tracing.client import TracingClient
        except ImportError:
            raise MissingExtraError("mlflow", "MLflow") from None
        self._place = place
        try:
            _reach(place)
            with _quiet():
                self._client = TracingClient(place.uri)
        except ImportError:
            raise MissingExtraError("mlflow", "an MLflow database") from None
        except MlflowException as error:
            raise ExportError(
                f"cannot use the MLflow database {place.name}: {brief(error.message)}"
            ) from error

    def find(self, experiment: str) -> str | None:
        """The id of the experiment of that name, None if there is none."""
        found = self._client.store.get_experiment_by_name(experiment)
        if found is None:
            return None
        if found.lifecycle_stage != "active":
            raise deleted(experiment, self._place)
        return str(found.experiment_id)

    def create(self, experiment: str) -> str:
        """Make the experiment; the loser of a race finds the winner's."""
        from mlflow.exceptions import MlflowException

        try:
            # Of the store, not of the client: the client would report it to MLflow's telemetry.
            return str(self._client.store.create_experiment(experiment))
        except MlflowException as error:
            if error.error_code == "RESOURCE_ALREADY_EXISTS" and (id := self.find(experiment)):
                return id
            raise ExportError(
                f"cannot make the experiment {experiment!r}: {brief(error.message)}"
            ) from error

    def send(self, experiment_id: str, spans: Sequence[Span]) -> None:
        """Write the spans in one transaction."""
        from mlflow.entities.span import Span as MlflowSpan

        with self._taking():
            entities = [MlflowSpan.from_otel_proto(span) for span in spans]
            self._client.log_spans(experiment_id, entities)

    def whole(self, trace_ids: Sequence[str]) -> list[Trace]:
        """The traces with their spans."""
        with self._taking():
            return list(self._client.store.batch_get_traces(list(trace_ids)))

    @contextmanager
    def _taking(self) -> Iterator[None]:
        """Raises `RefusedError` for what MLflow cannot take or give, and `ExportError` where its database
        fails."""
        from mlflow.exceptions import MlflowException

        try:
            yield
        except MlflowException as error:
            if error.error_code == "TEMPORARILY_UNAVAILABLE":
                raise ExportError(
                    f"the MLflow database {self._place.name} fails: {brief(error.message)}"
                ) from error
            raise RefusedError(brief(error.message)) from error
        except _OF_CONTENT as error:
            raise RefusedError(brief(str(error))) from error

    def begin_anew(self) -> None:
        """Forget the pooled connections, which MLflow's store shares with the parent's."""
        engine = getattr(self._client.store, "engine", None)
        if engine is not None:
            engine.dispose(close=False)


def _reach(place: Place) -> None:
    """Connect once: MLflow itself tries for minutes before it says what is wrong."""
    import sqlalchemy as sa

    if place.file is not None and not place.file.absolute().parent.is_dir():
        raise ExportError(
            f"there is no directory {place.file.parent} for an MLflow database",
            hint=f"mkdir -p {place.file.parent}",
        )
    try:
        engine = sa.create_engine(place.uri, poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            tables = set(sa.inspect(connection).get_table_names())
    except (sa.exc.SQLAlchemyError, ImportError) as error:  # ImportError: the database's driver
        reason = getattr(error, "orig", None) or error
        raise ExportError(
            f"cannot open the MLflow database {place.name}: {brief(str(reason))}"
        ) from error
    # MLflow would put its tables beside whatever is there, into a ledger too.
    foreign = bool(tables) and "experiments" not in tables and place.file is not None
    if foreign or tables >= _LEDGER:
        raise ConfigurationError(
            f"{place.name} holds something else than MLflow's tables",
            hint="give MLflow a database of its own, e.g. sqlite:///mlflow.db",
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what this thread's migrations report below a warning out of the user's log."""
    mine = threading.get_ident()

    def heard(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING or record.thread != mine

    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    for logger in loggers:
        logger.addFilter(heard)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(heard)
