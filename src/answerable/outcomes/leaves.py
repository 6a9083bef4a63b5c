"""Where outcomes lie: a database of their own beside the ledger, so that one can be erased.

The ledger holds each batch's root, and nothing of a person. SQLite, WAL, synchronous=FULL, and
secure_delete: what is erased is overwritten.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs

from answerable.errors import LedgerError
from answerable.location import SQLiteFile, locate

# One key that grows, since that is what SQLite appends at once: the batch's number above, the outcome's
# number in it below.
_BITS = 20
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS batches (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
    "CREATE TABLE IF NOT EXISTS outcomes (place INTEGER PRIMARY KEY, leaf BLOB NOT NULL, disclosure BLOB)",
)
# As bytes, whatever was stored: text that is not UTF-8 could not be fetched, and not reported.
_COLUMNS = "place, CAST(leaf AS BLOB), CAST(disclosure AS BLOB) FROM outcomes"
_ERRORS = (sqlite3.Error, UnicodeDecodeError)
_LOCK_SECONDS = 30.0


@attrs.frozen
class Leaf:
    """One outcome as it is kept: its place in its batch, what the batch seals, and the disclosure
    that this is the hash of; None once that is erased."""

    number: int
    leaf: bytes
    disclosure: bytes | None = attrs.field(repr=False)


def place(ledger: str, home: Path) -> Path:
    """The file for the ledger at that address: beside a file, else under the home directory."""
    location = locate(ledger)
    if not isinstance(location, SQLiteFile):
        return waiting_place(ledger, home)
    path = location.path.resolve()  # through a link, the file has the same outcomes
    return path.with_name(f"{path.name}.outcomes")


def waiting_place(ledger: str, home: Path) -> Path:
    """The file under the home directory, for while the ledger's own place cannot be reached."""
    name = hashlib.sha256(locate(ledger).stable.encode()).hexdigest()[:32]
    return home / "outcomes" / f"{name}.db"


class Leaves:
    """The outcomes beside one ledger. Its owner sees to it that one thread at a time uses it.

    Every method raises `LedgerError` where the file cannot be used.
    """

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database = database
        self._path = path

    @classmethod
    def open(cls, path: Path) -> Leaves | None:
        """For reading; None where there is no such file. Nothing is created."""
        return cls(_connected(path, "ro"), path) if path.exists() else None

    @classmethod
    def open_or_create(cls, path: Path) -> Leaves:
        """For adding and erasing. A new file is its owner's alone, and so are those that SQLite lays
        beside it; the folder must be there."""
        leaves = cls(_connected(path, "rwc"), path)
        try:
            leaves._run("PRAGMA journal_mode=WAL")
            leaves._run("PRAGMA synchronous=FULL")
            leaves._run("PRAGMA fullfsync=ON")
            leaves._run("PRAGMA secure_delete=ON")
            for made in _SCHEMA:
                leaves._run(made)
            return leaves
        except BaseException:
            leaves.close()
            raise

    def add(self, batch: str, leaves: Sequence[bytes], disclosures: Sequence[bytes | None]) -> None:
        """Keep a batch's leaf hashes and disclosures, durably; a second time changes nothing."""
        try:
            with self._database:
                self._run("BEGIN IMMEDIATE")
                if self._run("INSERT OR IGNORE INTO batches (id) VALUES (?)", batch).rowcount:
                    start = self._start(batch)
                    self._database.executemany(
                        "INSERT INTO outcomes VALUES (?, ?, ?)",
                        zip(count(start), leaves, disclosures, strict=False),
                    )
        except _ERRORS as error:
            raise self._refusal(error) from error

    def take(self, path: Path) -> None:
        """Take over what waits in another such file."""
        if not path.exists() or path == self._path:
            return
        waiting = Leaves.open_or_create(path)
        try:
            for (batch,) in waiting._rows("SELECT id FROM batches ORDER BY number"):
                kept = waiting.of(batch)
                self.add(batch, [each.leaf for each in kept], [each.disclosure for each in kept])
                waiting._forget(batch)
        finally:
            waiting.close()

    def of(self, batch: str) -> list[Leaf]:
        """Everything that is kept of a batch, in order."""
        start = self._start(batch)
        sql = f"SELECT {_COLUMNS} WHERE place >= ? AND place < ? ORDER BY place"
        rows = self._rows(sql, start, start + (1 << _BITS))
        return [Leaf(place - start, leaf, disclosure) for place, leaf, disclosure in rows]

    def holding(self, text: str) -> list[Leaf]:
        """The outcomes in whose disclosure the text stands. It reads all."""
        sql = f"SELECT {_COLUMNS} WHERE instr(disclosure, CAST(? AS BLOB)) > 0 ORDER BY place"
        mask = (1 << _BITS) - 1
        return [Leaf(place & mask, leaf, told) for place, leaf, told in self._rows(sql, text)]

    def erase(self, batch: str, number: int) -> bool:
        """Overwrite an outcome's disclosure; True if there was one. Its leaf hash stays."""
        place = self._start(batch) + number
        sql = "UPDATE outcomes SET disclosure = NULL WHERE place = ? AND disclosure IS NOT NULL"
        try:
            found = self._run(sql, place).rowcount > 0
            # Else it would stand in the log of writes for some time yet.
            self._run("PRAGMA wal_checkpoint(TRUNCATE)")
        except _ERRORS as error:
            raise self._refusal(error) from error
        return found

    def _forget(self, batch: str) -> None:
        start = self._start(batch)
        sql = "DELETE FROM outcomes WHERE place >= ? AND place < ?"
        try:
            with self._database:
                self._run("BEGIN IMMEDIATE")
                self._run(sql, start, start + (1 << _BITS))
                self._run("DELETE FROM batches WHERE id = ?", batch)
        except _ERRORS as error:
            raise self._refusal(error) from error

    def _start(self, batch: str) -> int:
        for (number,) in self._rows("SELECT number FROM batches WHERE id = ?", batch):
            return int(number) << _BITS
        return -(1 << _BITS)  # where nothing lies

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        try:
            return self._run(sql, *parameters).fetchall()
        except _ERRORS as error:
            raise self._refusal(error) from error

    def _run(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return self._database.execute(sql, parameters)

    def _refusal(self, error: Exception) -> LedgerError:
        return LedgerError(f"cannot use the outcomes in {self._path}: {error}")


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    try:
        if mode != "ro":
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        database = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=_LOCK_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        database.execute("PRAGMA trusted_schema=OFF")
        return database
    except (OSError, *_ERRORS) as error:
        raise LedgerError(f"cannot open the outcomes in {path}: {error}") from error
