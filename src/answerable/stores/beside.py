"""What lies beside a ledger and can be erased, in a database of its own: a file, or a schema beside that of
a ledger in PostgreSQL. The same SQL for both.
"""

from __future__ import annotations

import contextlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from answerable.errors import LedgerError
from answerable.location import PostgresSchema
from answerable.stores import sqlite

Place: TypeAlias = Path | PostgresSchema
Run: TypeAlias = Callable[..., int]
# A key that the database counts up by itself.
NUMBER: Final = "INTEGER PRIMARY KEY"


class Store(ABC):
    """One open database. Its owner sees to it that one thread at a time uses it. Every method raises
    `LedgerError` where it cannot be used; `what` it holds is said then."""

    # How to ask whether the bytes `?` stand in the column `{}`.
    holds: str

    def __init__(self, shown: str, what: str) -> None:
        self.shown = shown
        self.what = what

    @abstractmethod
    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """What a question finds."""

    @abstractmethod
    def changing(self) -> contextlib.AbstractContextManager[Run]:
        """A transaction, durable once it ends: `run(sql, *parameters)` gives how many rows it changed."""

    @abstractmethod
    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Within a transaction, the same statement for each of several rows."""

    @abstractmethod
    def sweep(self, table: str) -> None:
        """After something was deleted: what the database still has of it goes, as far as it lets go."""

    @abstractmethod
    def has(self, table: str) -> bool:
        """True where there is such a table, and whoever asks may read it."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    def refusal(self, error: Exception) -> LedgerError:
        """What is raised for an error of the database's."""
        return LedgerError(f"cannot use {self.what} in {self.shown}: {error}")


def opened(place: Place, what: str, tables: Sequence[str], *, mode: str, wal: bool) -> Store:
    """The database at a place: `mode` is `ro`, `rw` (it must be there) or `rwc`, which makes its
    tables. `wal` is for a file that is kept open and grows. Raises `LedgerError`."""
    if isinstance(place, Path):
        return FileStore(place, what, tables, mode=mode, wal=wal)
    from answerable.stores.postgres_beside import SchemaStore

    return SchemaStore(place, what, tables, mode=mode)


def opened_if_there(
    place: Place, what: str, table: str, *, mode: str = "ro", wal: bool
) -> Store | None:
    """The same, of a place where there is that table, for whoever asks; else None."""
    if isinstance(place, Path) and not place.exists():
        return None
    store = opened(place, what, (), mode=mode, wal=wal)
    try:
        there = store.has(table)
    except BaseException:
        store.close()
        raise
    if there:
        return store
    store.close()
    return None


class FileStore(Store):
    """A file, its owner's alone. What is deleted in it is overwritten."""

    holds = "instr({}, ?) > 0"

    def __init__(
        self, path: Path, what: str, tables: Sequence[str], *, mode: str, wal: bool
    ) -> None:
        super().__init__(str(path), what)
        self._wal = wal
        try:
            if mode == "rwc":
                sqlite.create(path)
            self._database = sqlite.connect(path, mode)
        except (OSError, *sqlite.ERRORS) as error:
            raise LedgerError(f"cannot open {what} in {path}: {error}") from error
        try:
            if mode != "ro":
                self._prepare(tables if mode == "rwc" else ())
        except sqlite.ERRORS as error:
            self._database.close()
            raise self.refusal(error) from error

    def _prepare(self, tables: Sequence[str]) -> None:
        # Without a log of writes, what is deleted stands in no second file.
        self._database.execute(f"PRAGMA journal_mode={'WAL' if self._wal else 'DELETE'}")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("PRAGMA fullfsync=ON")
        self._database.execute("PRAGMA secure_delete=ON")
        for table in tables:
            self._database.execute(f"CREATE TABLE IF NOT EXISTS {table}")

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        try:
            return self._database.execute(sql, parameters).fetchall()
        except sqlite.ERRORS as error:
            raise self.refusal(error) from error

    @contextlib.contextmanager
    def changing(self) -> Iterator[Run]:
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                yield lambda sql, *given: self._database.execute(sql, given).rowcount
        except sqlite.ERRORS as error:
            raise self.refusal(error) from error

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._database.executemany(sql, rows)

    def sweep(self, table: str) -> None:  # noqa: ARG002  # all of it
        if self._wal:
            # Else it would stand in the log of writes for some time yet.
            self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def has(self, table: str) -> bool:  # noqa: ARG002  # one that has it not is damaged
        return True

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
