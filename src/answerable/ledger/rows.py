"""A ledger's database as its rows, whatever threads ask: each answer is fetched whole, and what fails is
said of the ledger."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from answerable.errors import LedgerError
from answerable.ledger.database import Database

_T = TypeVar("_T")


class Rows:
    """The rows of the ledger at `place`. Every method raises `LedgerError` where they cannot be read. Whoever
    holds the `lock` has the database alone."""

    def __init__(self, database: Database, place: str) -> None:
        self._database = database
        self._place = place
        self.lock = threading.RLock()

    def __call__(self, sql: str, *parameters: Any) -> list[Any]:
        """All rows, fetched before another thread may use the connection."""
        return self.asked(lambda database: database.rows(sql, *parameters))

    def asked(self, question: Callable[[Database], _T]) -> _T:
        """What the database answers."""
        with self.lock:
            try:
                return question(self._database)
            except self._database.errors as error:
                told = self._database.told(error)
                raise LedgerError(f"cannot read the ledger {self._place}: {told}") from error

    @contextlib.contextmanager
    def still(self) -> Iterator[None]:
        """For a block, they read as they are now, whoever goes on appending meanwhile. Not for appending
        within it."""
        with self.lock:
            self.asked(lambda database: database.begin_reading())
            try:
                yield
            finally:
                self._database.rollback()
