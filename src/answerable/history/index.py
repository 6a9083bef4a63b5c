"""The derived index: what is where in the ledger, so that a question costs what it touches.

A file under the home directory, made from the ledger and thrown away at will. It answers with
places; what is shown is always read from the ledger's own bytes at those places, and checked.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from answerable import statement
from answerable.errors import MalformedError
from answerable.history.authentication import read
from answerable.ledger import Ledger
from answerable.model import Delegation, Record
from answerable.model.naming import names

FORMAT = 1

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
"""


class Index:
    """The index of one ledger. Not shared between threads without a lock of the caller's."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.isolation_level = None
        if self._one("PRAGMA user_version") != FORMAT:
            self._rebuild()

    @classmethod
    def of(cls, home: Path, origin: str) -> Index:
        """The index kept for the log `origin`, or one in memory where none can be kept."""
        path = home / "index" / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.db"
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return cls._kept(path)
        except (OSError, sqlite3.OperationalError):
            return cls(sqlite3.connect(":memory:", check_same_thread=False))
        except sqlite3.DatabaseError:
            # Not a database any more: derived, so it is made anew.
            with contextlib.suppress(OSError):
                path.unlink()
            return cls._kept(path)

    @classmethod
    def _kept(cls, path: Path) -> Index:
        database = sqlite3.connect(path, timeout=30, check_same_thread=False)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        return cls(database)

    def refresh(self, ledger: Ledger) -> None:
        """Take in what the ledger has and the index has not. An index of another history (the
        ledger was exchanged, or cut) is made anew."""
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        try:
            last = run("SELECT idx, leaf FROM records ORDER BY idx DESC LIMIT 1").fetchone()
            if last is not None and not self._agrees(ledger, *last):
                run("DELETE FROM records")
                run("DELETE FROM names")
                last = None
            for entry in ledger.entries(0 if last is None else last[0] + 1):
                self._add(entry.index, entry.leaf, entry.envelope)
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise

    def rebuild(self, ledger: Ledger) -> int:
        """Forget everything and read the whole ledger again; returns how many entries it has."""
        self._rebuild()
        self.refresh(ledger)
        return int(self._one("SELECT count(*) FROM records"))

    def places(self, where: str, parameters: Iterable[Any], order: str = "") -> Iterator[int]:
        """The ledger's indices of the records for which the SQL condition `where` holds."""
        rows = self._database.execute(
            f"SELECT idx FROM records WHERE {where} {order}", [*parameters]
        )
        yield from (row[0] for row in rows)

    def named(self, role: str, name: str) -> Iterator[int]:
        """The places of the records with that name in that role (`answerable.model.naming`)."""
        rows = self._database.execute(
            "SELECT idx FROM names WHERE role = ? AND name = ? ORDER BY idx", (role, name)
        )
        yield from (row[0] for row in rows)

    def leaf(self, place: int) -> bytes | None:
        """The leaf hash that the entry had when it was indexed."""
        found: bytes | None = self._one("SELECT leaf FROM records WHERE idx = ?", (place,))
        return found

    def refs(self, start: str) -> list[str]:
        """Every artifact reference that begins with `start`."""
        rows = self._database.execute(
            "SELECT DISTINCT name FROM names WHERE role IN ('used', 'produced', 'about')"
            " AND name >= ? AND name < ? ORDER BY name",
            (start, start + "\U0010ffff"),
        )
        return [row[0] for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _add(self, place: int, leaf: bytes, envelope: bytes) -> None:
        run = self._database.execute
        try:
            record, _ = read(envelope)
        except MalformedError:
            # Its place is kept, so that verification, not silence, is what speaks of it.
            run("INSERT INTO records (idx, leaf) VALUES (?, ?)", (place, leaf))
            return
        row = (place, leaf, *_row(record))
        run(f"INSERT INTO records VALUES ({', '.join('?' * len(row))})", row)
        self._database.executemany(
            "INSERT OR IGNORE INTO names VALUES (?, ?, ?)",
            [(role, name, place) for role, name in names(record)],
        )

    @staticmethod
    def _agrees(ledger: Ledger, place: int, leaf: bytes) -> bool:
        return any(entry.leaf == leaf for entry in ledger.entries(place, 1) if entry.index == place)

    def _rebuild(self) -> None:
        self._database.executescript("DROP TABLE IF EXISTS records; DROP TABLE IF EXISTS names;")
        self._database.executescript(f"{_SCHEMA} PRAGMA user_version = {FORMAT};")

    def _one(self, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
        row = self._database.execute(sql, parameters).fetchone()
        return None if row is None else row[0]


def _row(record: Record) -> tuple[Any, ...]:
    introduces = None
    if isinstance(record, Delegation) and record.emission is not None:
        introduces = record.emission.key_id
    return (
        record.id,
        statement.record_type(record),
        getattr(record, "kind", None),
        record.decided_by.id if record.decided_by else None,
        getattr(record, "accountable", None),
        record.team,
        record.step,
        record.run,
        getattr(record, "capture", None),
        statement.timestamp(record.decided_at),
        statement.timestamp(record.recorded_at),
        introduces,
        words(record),
    )


def words(record: Record) -> str:
    """The text that a search looks through: what was said, and what was chosen, in lower case."""
    said: list[Any] = [getattr(record, name, None) for name in ("question", "chosen", "rationale")]
    said += [(c.value, c.because) for c in getattr(record, "considered", ())]
    said += [a.statement for a in getattr(record, "assumptions", ())]
    return "\n".join(str(item) for item in said if item is not None).casefold()
