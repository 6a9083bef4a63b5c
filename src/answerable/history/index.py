"""The derived index: what is where in the ledger, so that a question costs what it touches.

A file under the home directory, made from the ledger and thrown away at will. It answers with
places; what is shown is always read from the ledger's own bytes at those places, and checked.
What it was made from it has put into a tree, and compared with the root that the log signs.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from answerable.errors import LedgerError
from answerable.history.rows import row_of
from answerable.ledger import Checkpoint, Ledger, leaf_hash, merkle
from answerable.ledger.engine import DATABASE_ERRORS
from answerable.location import name_for

FORMAT = 5

# `tree` is that over what was taken in: its size, and its complete subtrees' roots in a row. Rows
# are only ever added: whoever changes or removes one leaves a tree of no size, which nothing fits.
# To count the rows at each question would find no more, and would cost what the ledger holds.
_SCHEMA = """
CREATE TABLE records (
  idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, id TEXT, type TEXT, kind TEXT, actor TEXT,
  accountable TEXT, team TEXT, step TEXT, run TEXT, capture TEXT, decided_at TEXT,
  recorded_at TEXT, introduces TEXT, words TEXT);
CREATE INDEX records_id ON records (id);
CREATE INDEX records_time ON records (type, decided_at);
CREATE INDEX records_kind ON records (kind, decided_at);
CREATE INDEX records_actor ON records (actor, decided_at);
CREATE INDEX records_accountable ON records (accountable, decided_at);
CREATE INDEX records_introduces ON records (introduces) WHERE introduces IS NOT NULL;
CREATE TABLE names (role TEXT, name TEXT, idx INTEGER, PRIMARY KEY (role, name, idx))
  WITHOUT ROWID;
CREATE INDEX names_name ON names (name);
CREATE TABLE tree (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER, peaks BLOB);
INSERT INTO tree VALUES (1, 0, x'')
"""
_FIRST = (
    "idx, leaf, id, (SELECT min(idx) FROM records AS all_of_it WHERE all_of_it.id = records.id)"
)
_GUARDS = [
    f"CREATE TRIGGER {table}_{event} AFTER {event} ON {table} BEGIN UPDATE tree SET size = -1; END"
    for table in ("records", "names")
    for event in ("UPDATE", "DELETE")
]
# With these, nothing is wrong with the file itself.
_OUT_OF_REACH = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
)


class UnusableIndexError(LedgerError):
    """The index cannot be read, or is not one of this ledger. Another may be made."""

    def __init__(self, message: str, *, damaged: bool = True) -> None:
        super().__init__(message, hint="run `answerable reindex`, then `answerable verify`")
        self.damaged = damaged


class Index:
    """The index of one ledger. Not shared between threads without a lock of the caller's.

    Every method raises `UnusableIndexError` where its file does not do.
    """

    def __init__(self, database: sqlite3.Connection, path: Path | None = None) -> None:
        self._database = database
        self._database.isolation_level = None
        # A damaged file is told by what it leads to, not by how it is spelt.
        self._database.text_factory = lambda data: data.decode(errors="replace")
        self._path = path
        if not self._is_made():
            with _usable(), self._writing():
                # Unless another process was faster: what it has taken in must not be lost to it.
                if not self._is_made():
                    self._make()

    @classmethod
    def of(cls, home: Path, origin: str) -> Index:
        """The index kept for the log `origin`, or one in memory where none can be kept."""
        path = _place(home, origin)
        try:
            return cls._kept(path)
        except UnusableIndexError as error:
            if error.damaged and _thrown_away(path):
                with contextlib.suppress(UnusableIndexError):
                    return cls._kept(path)
            return cls._passing()

    def anew(self, error: UnusableIndexError) -> Index:
        """An empty one in place of this one, which turned out to be of no use. If its file is not
        damaged but out of reach, it stays, and the new one is kept in memory."""
        self.close()
        if self._path is not None and error.damaged and _thrown_away(self._path):
            with contextlib.suppress(UnusableIndexError):
                return self._kept(self._path)
        return self._passing()

    @classmethod
    def _kept(cls, path: Path) -> Index:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UnusableIndexError(f"cannot make {path.parent}: {error}", damaged=False) from None
        with _usable():
            database = sqlite3.connect(path, timeout=30, check_same_thread=False)
            try:
                database.execute("PRAGMA trusted_schema=OFF")
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("PRAGMA synchronous=NORMAL")
                return cls(database, path)
            except BaseException:
                database.close()
                raise

    @classmethod
    def _passing(cls) -> Index:
        return cls(sqlite3.connect(":memory:", check_same_thread=False))

    def refresh(self, ledger: Ledger) -> str | None:
        """Take in what the ledger has and the index has not; an index of another history (the
        ledger was exchanged, or cut) is made anew. Raises `LedgerError` where it cannot be read.

        Returns what stands against the ledger as a whole, and so against each of its records:
        that its checkpoint does not hold, contradicts what was seen before, or does not sign what
        the ledger has. None if nothing does.
        """
        with _usable(), ledger.still():
            try:
                tip, doubt = ledger.present(), None
            except LedgerError as error:
                tip, doubt = None, error.message
            if tip is not None and self._covers(tip, ledger):
                return None
            with self._writing():
                if not self._is_of(ledger):
                    self._make()
                self._grow(ledger)
                if tip is not None and not self._covers(tip, ledger):
                    # Perhaps it is the index that is wrong; not if it comes out so once more.
                    self._make()
                    self._grow(ledger)
                    if not self._covers(tip, ledger):
                        doubt = "its entries are not those that its checkpoint signs"
            return doubt

    def rebuild(self, ledger: Ledger) -> int:
        """Forget everything and read the whole ledger again; returns how many entries it has."""
        # In one: another reader must never find it emptied.
        with _usable(), ledger.still(), self._writing():
            self._make()
            self._grow(ledger)
        self.refresh(ledger)
        return int(self._one("SELECT count(*) FROM records"))

    def places(self, where: str, parameters: Iterable[Any], order: str = "") -> list[int]:
        """The ledger's indices of the records for which the SQL condition `where` holds."""
        return self._column(f"SELECT idx FROM records WHERE {where} {order}", *parameters)

    def named(self, role: str, name: str) -> list[int]:
        """The places of the records with that name in that role (`answerable.model.naming`)."""
        return self._column(
            "SELECT idx FROM names WHERE role = ? AND name = ? ORDER BY idx", role, name
        )

    def those(
        self, places: Collection[int]
    ) -> dict[int, tuple[bytes | None, str | None, int | None]]:
        """Of the entries at those places, by place: the leaf hash and the id that each had when it
        was indexed, and the place of the first record of that id, whose it is."""
        sql = f"SELECT {_FIRST} FROM records WHERE idx IN ({_marks(places)})"
        return {place: (leaf, id, first) for place, leaf, id, first in self._rows(sql, *places)}

    def about(self, names: Collection[str]) -> dict[str, tuple[int, ...]]:
        """The places of the records that are about each of those names; nothing for those that
        nothing is about."""
        sql = f"SELECT name, idx FROM names WHERE role = 'about' AND name IN ({_marks(names)})"
        found: dict[str, tuple[int, ...]] = {}
        for name, place in self._rows(f"{sql} ORDER BY idx", *names):
            found[name] = (*found.get(name, ()), place)
        return found

    def first(self, id: str) -> int | None:
        """The place of the first record of that id, whose it is."""
        found: int | None = self._one("SELECT min(idx) FROM records WHERE id = ?", id)
        return found

    def refs(self, start: str) -> list[str]:
        """Every artifact reference that begins with `start`."""
        return self._column(
            "SELECT DISTINCT name FROM names WHERE role IN ('used', 'produced', 'about')"
            " AND name >= ? AND name < ? ORDER BY name",
            *(start, start + "\U0010ffff"),
        )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _covers(self, tip: Checkpoint, ledger: Ledger) -> bool:
        """True if what was taken in is what `tip` signs, and all that the ledger has."""
        size, peaks = self._tree()
        end = self._one("SELECT coalesce(max(idx) + 1, 0) FROM records")
        signed = (size, merkle.root(peaks)) == (tip.size, tip.root)
        return signed and end == ledger.end() == size

    def _is_of(self, ledger: Ledger) -> bool:
        """True if the ledger still has the last entry that was taken in, at its place."""
        rows = self._rows("SELECT idx, leaf FROM records ORDER BY idx DESC LIMIT 1")
        return all(
            any(
                e.index == place and leaf_hash(e.envelope) == leaf for e in ledger.entries(place, 1)
            )
            for place, leaf in rows
        )

    def _grow(self, ledger: Ledger) -> None:
        size, peaks = self._tree()
        last = self._one("SELECT max(idx) FROM records")
        for entry in ledger.entries(0 if last is None else last + 1):
            leaf = leaf_hash(entry.envelope)
            peaks, _ = merkle.grow(peaks, size, leaf)
            size += 1
            self._add(entry.index, leaf, entry.envelope)
        self._run("UPDATE tree SET size = ?, peaks = ?", size, b"".join(peaks))

    def _tree(self) -> tuple[int, list[bytes]]:
        for size, peaks in self._rows("SELECT size, peaks FROM tree"):
            if isinstance(size, int) and isinstance(peaks, bytes) and size >= 0:
                hashes = [peaks[start : start + 32] for start in range(0, len(peaks), 32)]
                if len(hashes) == len(merkle.edge(size)):
                    return size, hashes
        raise UnusableIndexError("the index has no tree")

    def _add(self, place: int, leaf: bytes, envelope: bytes) -> None:
        row, named = row_of(place, leaf, envelope)
        self._run(f"INSERT INTO records VALUES ({', '.join('?' * len(row))})", *row)
        self._database.executemany(
            "INSERT INTO names VALUES (?, ?, ?)", [(role, name, place) for role, name in named]
        )

    def _is_made(self) -> bool:
        return bool(self._one("PRAGMA user_version") == FORMAT)

    def _make(self) -> None:
        for table in ("records", "names", "tree"):
            self._run(f"DROP TABLE IF EXISTS {table}")
        for made in (*_SCHEMA.split(";"), *_GUARDS):
            self._run(made)
        self._run(f"PRAGMA user_version = {FORMAT}")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._run("ROLLBACK")
            raise

    @contextlib.contextmanager
    def still(self) -> Iterator[tuple[int, bytes]]:
        """For a block, the index reads as it is now: how many entries it has taken in, and the
        root over them."""
        with _usable():
            self._run("BEGIN")
            try:
                size, peaks = self._tree()
                yield size, merkle.root(peaks)
            finally:
                self._run("ROLLBACK")

    def scan(self, sql: str) -> Iterator[Any]:
        """The rows of a query, one after the other."""
        with _usable():
            yield from self._database.execute(sql)

    def _run(self, sql: str, *parameters: Any) -> None:
        self._database.execute(sql, parameters)

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        with _usable():
            return self._database.execute(sql, parameters).fetchall()

    def _column(self, sql: str, *parameters: Any) -> list[Any]:
        return [row[0] for row in self._rows(sql, *parameters)]

    def _one(self, sql: str, *parameters: Any) -> Any:
        return next(iter(self._column(sql, *parameters)), None)


@contextlib.contextmanager
def _usable() -> Iterator[None]:
    """Says of the database's errors what they mean for the index."""
    try:
        yield
    except DATABASE_ERRORS as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        raise UnusableIndexError(
            f"the index cannot be used: {error}", damaged=code not in _OUT_OF_REACH
        ) from error


def _thrown_away(path: Path) -> bool:
    """Remove the file with what SQLite lays beside it: an old log of writes would be played into
    the new file. True if it is gone."""
    with contextlib.suppress(OSError):
        for beside in ("-wal", "-shm", ""):
            path.with_name(path.name + beside).unlink(missing_ok=True)
    return not path.exists()


def _marks(values: Collection[Any]) -> str:
    """As many places for parameters as there are values."""
    return ", ".join("?" * len(values))


def _place(home: Path, origin: str) -> Path:
    return home / "index" / f"{name_for(origin)}.db"
