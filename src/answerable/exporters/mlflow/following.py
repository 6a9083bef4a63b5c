"""History that goes to MLflow by itself, while pipelines run: the `send` of an outbox.

It is never in a pipeline's way. Where nobody answers, MLflow is not even imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

import attrs

from answerable.errors import MalformedError, MissingExtraError
from answerable.exporters.mlflow.exporting import BATCH, EXPERIMENT, Exported, deliver
from answerable.exporters.mlflow.places import Place, knock, locate
from answerable.history.authentication import read
from answerable.outbox import busy, tell

if TYPE_CHECKING:
    from answerable.exporters.mlflow.store import Store
    from answerable.ledger import Entry, Ledger
    from answerable.model import Record

KNOCK_SECONDS: Final = 1.0
_T = TypeVar("_T")


@attrs.define
class Follower:
    """Writes what a ledger has into the experiment at `place`, one batch a call."""

    place: Place
    experiment: str = attrs.field(factory=lambda: EXPERIMENT)
    _pid: int = attrs.field(factory=os.getpid, init=False)

    @classmethod
    def of(cls, uri: str) -> Follower:
        """Raises `ConfigurationError` for an address that cannot serve."""
        return cls(locate(uri))

    def __call__(self, ledger: Ledger, entries: Sequence[Entry]) -> None:  # noqa: ARG002  # a `Send`
        """Raises `ExportError` where MLflow does not answer; what it refuses is told and passed."""
        knock(self.place, KNOCK_SECONDS)  # first: nothing is read for somebody who is not there
        with busy():
            records = _records(entries)
        exported = self._resting(lambda: deliver(self._open(), records, batch=BATCH))
        _tell(exported)

    def _open(self) -> Store:
        from answerable.exporters.mlflow.store import Store

        is_child = self._pid != os.getpid()
        store = Store.open(self.place.uri, self.experiment, create=True, in_child=is_child)
        self._pid = os.getpid()
        return store

    def _resting(self, work: Callable[[], _T]) -> _T:
        """A database is computing, for which a fork waits; a server is a network, for which it does
        not, but for what is imported to reach it."""
        if self.place.kind == "database":
            with busy():
                return work()
        with busy():
            import_mlflow()
        return work()


def import_mlflow() -> None:
    """All that an export imports, so that no fork happens meanwhile."""
    try:
        import mlflow.tracing.client
        import mlflow.tracking
        import mlflow.utils.rest_utils  # noqa: F401

        from answerable.exporters.mlflow import spans  # noqa: F401
    except ImportError:
        raise MissingExtraError("mlflow", "MLflow") from None


def _records(entries: Sequence[Entry]) -> list[Record]:
    found = []
    for entry in entries:
        try:
            found.append(read(entry.envelope, index=entry.index)[0])
        except MalformedError:
            continue  # it holds no record, which is for `verify` to tell
    return found


def _tell(exported: Exported) -> None:
    """What asking again would not change."""
    for rejected in exported.rejected:
        tell(f"MLflow does not hold record {rejected.id}: {rejected.because}")
