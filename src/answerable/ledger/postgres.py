"""A ledger's rows in a schema of a PostgreSQL database: the head's row is locked for each append, and
a commit that returns is on the server's disk.

The schema is the ledger's own, so that whatever else lies in the database is in nobody's way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from answerable.errors import LedgerError, MissingExtraError, NotALedgerError, NotFoundError
from answerable.ledger.database import Node, Row, by_name
from answerable.ledger.postgres_schema import DEFINED, DEFINITIONS, TABLES
from answerable.location import PostgresSchema
from answerable.stores.postgres import MAKING, connect, spelt, told

try:
    import psycopg
except ImportError:
    raise MissingExtraError("postgres", "a ledger in PostgreSQL") from None

_T = TypeVar("_T")
# Whoever comes second waits for the head's row, and then sees what the first has committed.
_ALONE: Final = ("BEGIN ISOLATION LEVEL READ COMMITTED", "SELECT 1 FROM checkpoint FOR UPDATE")
_STILL: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_STANDING: Final = (
    "SELECT note, leaf, idx FROM checkpoint LEFT JOIN entries ON entries.leaf = ANY(?)"
)


class Postgres:
    """The `Database` of a schema. A connection that broke is made anew when it is next needed,
    if the same ledger is at its other end."""

    errors: tuple[type[Exception], ...] = (psycopg.Error,)
    definitions: Mapping[str, str] = DEFINITIONS
    ends_with = "position(? in substring(envelope from greatest(1, length(envelope) - 249))) > 0"

    def __init__(self, location: PostgresSchema, *, write: bool) -> None:
        self._location = location
        self._write = write
        self._is_inside = False
        self._meta: list[Any] | None = None
        self._connection = self._connected()

    @classmethod
    def open(cls, location: PostgresSchema, *, write: bool) -> Postgres:
        """Raises `NotFoundError` where there is no such database to read, `LedgerError` for a
        server that cannot be reached, or refuses."""
        try:
            return cls(location, write=write)
        except psycopg.Error as error:
            said = told(error, location)
            if "does not exist" in said and not write:
                raise NotFoundError(f"there is no ledger at {location.shown}: {said}") from None
            raise LedgerError(f"cannot use the ledger {location.shown}: {said}") from None

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        try:
            found = self._rows(sql, parameters)
        except psycopg.OperationalError:
            # Idle connections are cut by servers, and by what stands between.
            if self._is_inside or not self._connection.closed:
                raise
            self._reconnect()
            found = self._rows(sql, parameters)
        if self._meta is None and "FROM meta" in sql:
            self._meta = sorted(found)
        return found

    def is_empty(self) -> bool:
        sql = "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(?)"
        return not self.rows(sql, self._location.schema)[0][0]

    def begin_making(self) -> None:
        self._begin(lambda: self._run(MAKING))

    def make(self, meta: Iterable[tuple[str, str]], note: bytes) -> None:
        schema = self._location.schema
        # Asked first: what is granted may be this schema, and not to make one.
        if self._rows("SELECT to_regnamespace(?) IS NULL", (schema,))[0][0]:
            self._run(f"CREATE SCHEMA {schema}")
        for table in TABLES:
            self._run(table)
        with self._connection.cursor() as cursor:
            cursor.executemany("INSERT INTO meta VALUES (%s, %s)", meta)
            cursor.execute("INSERT INTO checkpoint VALUES (1, %s)", (note,))

    def begin_appending(self, leaves: Sequence[bytes]) -> tuple[bytes | None, dict[bytes, int]]:
        rows = self._begin(lambda: self._standing(leaves))
        note = bytes(rows[0][0]) if rows else None
        return note, {leaf: place for _, leaf, place in rows if leaf is not None}

    def begin_reading(self) -> None:
        self._begin(lambda: self._run(_STILL))

    def commit(
        self, entries: Sequence[Row] = (), nodes: Sequence[Node] = (), note: bytes | None = None
    ) -> None:
        # In one journey; after a statement that fails, the server passes over those behind it.
        with self._connection.pipeline(), self._connection.cursor() as cursor:
            if entries:
                cursor.executemany("INSERT INTO entries VALUES (%s, %s, %s)", entries)
            if nodes:
                cursor.executemany("INSERT INTO nodes VALUES (%s, %s, %s)", nodes)
            if note is not None:
                cursor.execute("UPDATE checkpoint SET note = %s", (note,))
            cursor.execute("COMMIT")
        self._is_inside = False

    def rollback(self) -> None:
        try:
            self._run("ROLLBACK")
        except psycopg.Error:
            self.close()  # what cannot be undone ends with its connection
        self._is_inside = False

    def defined(self) -> dict[str, str]:
        return by_name(self.rows(DEFINED))

    def damage(self) -> list[str]:
        return []  # no column holds another type; its pages are for who runs the server

    def is_lost(self) -> bool:
        return bool(self._connection.closed)

    def told(self, error: Exception) -> str:
        return told(error, self._location)

    def refusal(self, error: Exception) -> LedgerError:
        said, place = self.told(error), self._location.shown
        if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
            return NotALedgerError(f"{place} is not a ledger ({said})")
        return LedgerError(f"cannot use the ledger {place}: {said}")

    def close(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.close()

    def _connected(self) -> psycopg.Connection[Any]:
        return connect(self._location, write=self._write)

    def _reconnect(self) -> None:
        self._connection = self._connected()
        try:
            meta = sorted(self._rows("SELECT key, value FROM meta", ()))
            if self._meta is not None and meta != self._meta:
                raise psycopg.OperationalError("another ledger is there by now")
        except BaseException:
            self.close()  # whoever opens it again finds out what is there
            raise

    def _begin(self, begin: Callable[[], _T]) -> _T:
        if self._is_inside:  # whoever was at it was interrupted twice, also as they undid it
            self.rollback()
        self._is_inside = True
        try:
            try:
                return begin()
            except psycopg.OperationalError:
                if not self._connection.closed:
                    raise
                self._reconnect()
                return begin()
        except BaseException:
            self.rollback()
            raise

    def _standing(self, leaves: Sequence[bytes]) -> list[Any]:
        # In one journey. Each statement sees what is committed when its own turn comes, and that of the
        # last comes once the head is locked.
        with self._connection.cursor(binary=True) as cursor:
            with self._connection.pipeline():
                for statement in _ALONE:
                    self._run(statement)
                cursor.execute(spelt(_STANDING), (leaves,))
            return cursor.fetchall()

    def _run(self, sql: str) -> None:
        self._connection.execute(sql.encode())

    def _rows(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        with self._connection.cursor(binary=True) as cursor:
            return cursor.execute(spelt(sql), parameters or None).fetchall()
