"""A ledger's rows in an SQLite file: WAL, synchronous=FULL, and the write lock for each append."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from answerable.errors import LedgerError, NotFoundError
from answerable.ledger.database import Node, Row, by_name
from answerable.ledger.engine import DATABASE_ERRORS, connect, make_durable, refusal
from answerable.location import SQLiteFile

TABLES = {
    "meta": "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "entries": (
        "CREATE TABLE entries"
        " (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL UNIQUE, envelope BLOB NOT NULL)"
    ),
    "nodes": (
        "CREATE TABLE nodes (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,"
        " PRIMARY KEY (level, idx)) WITHOUT ROWID"
    ),
    "checkpoint": (
        "CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), note BLOB NOT NULL)"
    ),
}
_FOREIGN = """
    SELECT 'entries' FROM entries WHERE typeof(leaf) <> 'blob' OR typeof(envelope) <> 'blob'
    UNION SELECT 'nodes' FROM nodes
        WHERE typeof(level) <> 'integer' OR typeof(idx) <> 'integer' OR typeof(hash) <> 'blob'
    UNION SELECT 'checkpoint' FROM checkpoint WHERE typeof(note) <> 'blob'
"""
_NOTHING = "reading never creates one: record first, or name it by --ledger or ANSWERABLE_LEDGER"


class SQLite:
    """The `Database` of a file."""

    errors = DATABASE_ERRORS
    definitions: Mapping[str, str] = TABLES
    ends_with = "instr(substr(CAST(envelope AS BLOB), -250), ?) > 0"

    def __init__(self, connection: sqlite3.Connection, path: Path, *, write: bool) -> None:
        self.connection = connection
        self._path = path
        self._write = write
        self._is_durable = False
        self._is_writing = False
        self._name = str(path)
        self._file = _file(self._name)

    @classmethod
    def open(cls, location: SQLiteFile, *, write: bool) -> SQLite:
        """Raises `NotFoundError`, `NotALedgerError`, `LedgerError`."""
        path = location.path
        if not write and not path.exists():
            raise NotFoundError(f"there is no ledger at {path}", hint=_NOTHING)
        return cls(connect(path, write=write), path, write=write)

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        return self.connection.execute(sql, parameters).fetchall()

    def is_empty(self) -> bool:
        (tables,) = self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return not tables

    def begin_making(self) -> None:
        make_durable(self.connection)
        self._begin_writing()

    def make(self, meta: Iterable[tuple[str, str]], note: bytes) -> None:
        for table in TABLES.values():
            self.connection.execute(table)
        self.connection.executemany("INSERT INTO meta VALUES (?, ?)", meta)
        self.connection.execute("INSERT INTO checkpoint VALUES (1, ?)", (note,))

    def begin_appending(self, leaves: Sequence[bytes]) -> tuple[bytes | None, dict[bytes, int]]:
        self._begin_writing()
        try:
            first = leaves[0] if leaves else None
            note, place = next(iter(self.rows(_STANDING, first)), (None, None))
            found = {} if first is None or place is None else {first: place}
            for leaf in leaves[1:]:
                for (place,) in self.connection.execute(_PLACE, (leaf,)):
                    found[leaf] = place
        except BaseException:
            self.rollback()
            raise
        return note, found

    def begin_reading(self) -> None:
        self.connection.execute("BEGIN")

    def commit(
        self, entries: Sequence[Row] = (), nodes: Sequence[Node] = (), note: bytes | None = None
    ) -> None:
        run = self.connection
        if entries:
            run.executemany("INSERT INTO entries VALUES (?, ?, ?)", entries)
        if nodes:
            run.executemany("INSERT INTO nodes VALUES (?, ?, ?)", nodes)
        if note is not None:
            run.execute("UPDATE checkpoint SET note = ?", (note,))
        run.execute("COMMIT")
        self._is_writing = False

    def rollback(self) -> None:
        # After some errors (disk full) SQLite has rolled back already, and says so.
        with contextlib.suppress(*DATABASE_ERRORS):
            self.connection.execute("ROLLBACK")
        self._is_writing = False

    def _begin_writing(self) -> None:
        if self._write and not self._is_durable:  # so no database but a ledger is touched
            make_durable(self.connection)
            self._is_durable = True
        if self._is_writing:  # whoever was at it was interrupted twice, also as they undid it
            self.rollback()
        self._is_writing = True
        self.connection.execute("BEGIN IMMEDIATE")

    def defined(self) -> dict[str, str]:
        return by_name(self.rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))

    def damage(self) -> list[str]:
        told = [str(row[0]) for row in self.rows("PRAGMA integrity_check")]
        return [line for line in told if line != "ok"] + [
            f"a value in {table} is not of its column's type" for (table,) in self.rows(_FOREIGN)
        ]

    def is_lost(self) -> bool:
        # SQLite would go on writing to a file that nobody can find again.
        if self._file is None:
            return False
        now = _file(self._name)
        return now is None or not os.path.samestat(self._file, now)

    def told(self, error: Exception) -> str:
        return str(error)

    def refusal(self, error: Exception) -> LedgerError:
        return refusal(error, self._path)

    def close(self) -> None:
        self.connection.close()


_PLACE = "SELECT idx FROM entries WHERE leaf = ?"
_STANDING = "SELECT CAST(note AS BLOB), (SELECT idx FROM entries WHERE leaf = ?) FROM checkpoint"


def _file(name: str) -> os.stat_result | None:
    try:
        return os.stat(name)  # noqa: PTH116  # at each record: a str
    except OSError:
        return None
