"""Where outcomes lie: in a database of their own beside the ledger, so that one can be erased.

The ledger holds each batch's root, and nothing of a person. A file that is kept open, WAL; or a schema
beside that of a ledger in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import attrs

from answerable.location import SQLiteFile, locate, name_for
from answerable.stores.beside import NUMBER, Place, Store, opened, opened_if_there

# One key that grows, since that is what SQLite appends at once: the batch's number above, the outcome's
# number in it below.
_BITS = 20
MOST: Final = 1 << _BITS  # outcomes in a batch
_TABLE: Final = "outcomes"
_TABLES: Final = (
    f"batches (number {NUMBER}, id TEXT NOT NULL UNIQUE)",
    f"{_TABLE} (place {NUMBER}, leaf BLOB NOT NULL, disclosure BLOB)",
)
_WHAT: Final = "the outcomes"
# As bytes, whatever was stored: text that is not UTF-8 could not be fetched, and not reported.
_COLUMNS = "place, CAST(leaf AS BLOB), CAST(disclosure AS BLOB) FROM outcomes"


@attrs.frozen
class Leaf:
    """One outcome as it is kept: its place in its batch, what the batch seals, and the disclosure
    that this is the hash of; None once that is erased."""

    number: int
    leaf: bytes
    disclosure: bytes | None = attrs.field(repr=False)


def place(ledger: str) -> Place:
    """The place for the ledger at that address: a file beside a file, else beside its schema."""
    location = locate(ledger)
    if not isinstance(location, SQLiteFile):
        return location
    path = location.path.resolve()  # through a link, the file has the same outcomes
    return path.with_name(f"{path.name}.outcomes")


def waiting_place(ledger: str, home: Path) -> Path:
    """The file under the home directory, for while the ledger's own place cannot be reached."""
    name = name_for(locate(ledger).stable)
    return home / "outcomes" / f"{name}.db"


def places(ledger: str, home: Path) -> tuple[Place, Path]:
    """Where outcomes of the ledger at that address may lie."""
    return place(ledger), waiting_place(ledger, home)


class Leaves:
    """The outcomes beside one ledger. Its owner sees to it that one thread at a time uses it.

    Every method raises `LedgerError` where the database cannot be used.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def open(cls, place: Place) -> Leaves | None:
        """For reading; None where there is nothing, or nothing for whoever asks. Nothing is created."""
        store = opened_if_there(place, _WHAT, _TABLE, wal=True)
        return None if store is None else cls(store)

    @classmethod
    def open_to_erase(cls, place: Place) -> Leaves | None:
        """For erasing; None where there is nothing."""
        store = opened_if_there(place, _WHAT, _TABLE, mode="rw", wal=True)
        return None if store is None else cls(store)

    @classmethod
    def open_or_create(cls, place: Place) -> Leaves:
        """For adding. A file's folder must be there."""
        return cls(opened(place, _WHAT, _TABLES, mode="rwc", wal=True))

    def add(self, batch: str, leaves: Sequence[bytes], disclosures: Sequence[bytes | None]) -> None:
        """Keep a batch's leaf hashes and disclosures, durably; a second time changes nothing."""
        with self._store.changing() as run:
            if run("INSERT INTO batches (id) VALUES (?) ON CONFLICT (id) DO NOTHING", batch):
                rows = zip(count(self._start(batch)), leaves, disclosures, strict=False)
                self._store.many("INSERT INTO outcomes VALUES (?, ?, ?)", rows)

    def take(self, path: Path) -> None:
        """Take over what waits in a file."""
        waiting = None if str(path) == self._store.shown else Leaves.open_to_erase(path)
        if waiting is None:
            return
        try:
            for (batch,) in waiting._store.rows("SELECT id FROM batches ORDER BY number"):
                kept = waiting.of(batch)
                self.add(batch, [each.leaf for each in kept], [each.disclosure for each in kept])
                waiting._forget(batch)
        finally:
            waiting.close()

    def of(self, batch: str) -> list[Leaf]:
        """Everything that is kept of a batch, in order."""
        start = self._start(batch)
        sql = f"SELECT {_COLUMNS} WHERE place >= ? AND place < ? ORDER BY place"
        rows = self._store.rows(sql, start, start + (1 << _BITS))
        return [_leaf(place - start, leaf, told) for place, leaf, told in rows]

    def holding(self, text: str) -> list[Leaf]:
        """The outcomes in whose disclosure the text stands. It reads all."""
        where = self._store.holds.format("disclosure")
        mask = (1 << _BITS) - 1
        rows = self._store.rows(f"SELECT {_COLUMNS} WHERE {where} ORDER BY place", text.encode())
        return [_leaf(place & mask, leaf, told) for place, leaf, told in rows]

    def erase(self, batch: str, number: int) -> bool:
        """Overwrite an outcome's disclosure; True if there was one. Its leaf hash stays."""
        place = self._start(batch) + number
        sql = "UPDATE outcomes SET disclosure = NULL WHERE place = ? AND disclosure IS NOT NULL"
        with self._store.changing() as run:
            found = run(sql, place) > 0
        self._store.sweep(_TABLE)
        return found

    def _forget(self, batch: str) -> None:
        start = self._start(batch)
        with self._store.changing() as run:
            run("DELETE FROM outcomes WHERE place >= ? AND place < ?", start, start + (1 << _BITS))
            run("DELETE FROM batches WHERE id = ?", batch)

    def _start(self, batch: str) -> int:
        for (number,) in self._store.rows("SELECT number FROM batches WHERE id = ?", batch):
            return int(number) << _BITS
        return -(1 << _BITS)  # where nothing lies

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()


def _leaf(number: int, leaf: Any, told: Any) -> Leaf:
    return Leaf(number, bytes(leaf), None if told is None else bytes(told))
