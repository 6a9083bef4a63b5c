"""A ledger's rows as they are: entries, tree nodes, the checkpoint."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from answerable.errors import LedgerError, NotFoundError
from answerable.ledger import merkle
from answerable.ledger.database import Database
from answerable.ledger.schema import read_meta

VERIFY = "run `answerable verify`: it lists every fault"


@attrs.frozen
class Entry:
    """An entry as stored."""

    index: int
    leaf: bytes
    envelope: bytes


class Reader:
    """What is read of one ledger, believed or not. Safe to share between threads."""

    def __init__(self, database: Database, place: str) -> None:
        self.place = place
        self._database = database
        self._lock = threading.RLock()
        self.meta = read_meta(database, place)
        self.verifier = self.meta.verifier
        self.origin = self.verifier.origin

    @contextlib.contextmanager
    def still(self) -> Iterator[None]:
        """For a block, this ledger reads as it is now, whoever goes on appending meanwhile.

        Raises `LedgerError`. Not for appending within it.
        """
        with self._lock:
            try:
                self._database.begin_reading()
            except self._database.errors as error:
                raise self._unreadable(error) from error
            try:
                yield
            finally:
                self._database.rollback()

    def checkpoint(self) -> bytes:
        """The newest signed note."""
        rows = self._rows("SELECT CAST(note AS BLOB) FROM checkpoint")
        if not rows:
            raise self._without_checkpoint()
        return bytes(rows[0][0])

    def entry(self, index: int) -> Entry:
        """One entry; raises `NotFoundError`."""
        rows = self._rows(f"{_ENTRIES} WHERE idx = ?", index)
        if not rows:
            raise NotFoundError(f"the ledger has no entry {index}")
        return Entry(*rows[0])

    def those(self, places: Sequence[int]) -> list[Entry]:
        """The entries at those places, a few hundred at most, in no order; those that are there."""
        wanted = ", ".join("?" * len(places))
        rows = self._rows(f"{_ENTRIES} WHERE idx IN ({wanted})", *places) if places else []
        return [Entry(*row) for row in rows]

    def entries(self, start: int = 0, batch: int = 512) -> Iterator[Entry]:
        """Entries from `start` on, in order, as the table holds them."""
        # Beyond the largest index that a table can hold, nothing can even be asked for.
        while start < _BEYOND and (
            rows := self._rows(f"{_ENTRIES} WHERE idx >= ? ORDER BY idx LIMIT ?", start, batch)
        ):
            for row in rows:
                yield Entry(*row)
            start = rows[-1][0] + 1

    def ending_with(self, part: bytes) -> list[Entry]:
        """The entries in whose last 250 octets those stand."""
        rows = self._rows(f"{_ENTRIES} WHERE {self._database.ends_with} ORDER BY idx", part)
        return [Entry(*row) for row in rows]

    def range(self, start: int, end: int) -> list[Entry]:
        """The entries from `start` up to, and without, `end`."""
        rows = self._rows(f"{_ENTRIES} WHERE idx >= ? AND idx <= ? ORDER BY idx", start, end - 1)
        return [Entry(*row) for row in rows]

    def size(self) -> int:
        """How many entries the table holds."""
        return int(self._rows("SELECT count(*) FROM entries")[0][0])

    def end(self) -> int:
        """The place after the table's last entry."""
        (last,) = self._rows("SELECT max(idx) FROM entries")[0]
        return 0 if last is None else int(last) + 1

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries, from the stored nodes; raises `LedgerError`
        where one is missing."""
        return merkle.root(self.peaks(size))

    def peaks(self, size: int) -> list[bytes]:
        """The roots of the complete subtrees that a tree of `size` falls into, largest first, as
        they are stored; raises `LedgerError` where one is missing."""
        return self._proof(lambda nodes: [nodes(*place) for place in merkle.edge(size)])

    def nodes(self) -> dict[tuple[int, int], bytes]:
        """Every stored inner node."""
        rows = self._rows("SELECT level, idx, CAST(hash AS BLOB) FROM nodes")
        return {(level, index): node for level, index, node in rows}

    def subtree(self, level: int, index: int) -> bytes:
        """The root over the leaves [index * 2^level, (index + 1) * 2^level), as it is stored;
        raises `LedgerError` where it is missing."""
        found = self.node(level, index)
        if found is None:
            raise LedgerError(f"the ledger lacks the tree node ({level}, {index})", hint=VERIFY)
        return found

    def node(self, level: int, index: int) -> bytes | None:
        """The same, or None where it is missing."""
        if level:
            sql = "SELECT CAST(hash AS BLOB) FROM nodes WHERE level = ? AND idx = ?"
            rows = self._rows(sql, level, index)
        else:
            rows = self._rows("SELECT CAST(leaf AS BLOB) FROM entries WHERE idx = ?", index)
        return bytes(rows[0][0]) if rows else None

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof (RFC 6962 section 2.1.2) that the log of `old` entries, at least one, is the
        beginning of that of `new`, from the stored nodes."""
        return self._proof(lambda nodes: merkle.consistency(old, new, nodes))

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of entry `index` in the tree of `size`, from the stored nodes."""
        return self._proof(lambda nodes: merkle.inclusion(index, size, nodes))

    def _proof(self, made: Callable[[merkle.Nodes], list[bytes]]) -> list[bytes]:
        """What is made of stored nodes, all of which are fetched at once: a path through a large tree
        has twice as many as one through a small one, and each question costs more than its answer."""
        wanted: list[tuple[int, int]] = []

        def want(level: int, index: int) -> bytes:
            wanted.append((level, index))
            return b""

        made(want)
        held: dict[tuple[int, int], bytes] = {}
        if inner := [place for place in wanted if place[0]]:
            pairs = ", ".join(["(?, ?)"] * len(inner))
            wanting = f"WITH wanted(level, idx) AS (VALUES {pairs})"
            found = " SELECT nodes.level, nodes.idx, CAST(nodes.hash AS BLOB) FROM wanted"
            by = " JOIN nodes ON nodes.level = wanted.level AND nodes.idx = wanted.idx"
            rows = self._rows(wanting + found + by, *itertools.chain(*inner))
            held = {(level, index): bytes(node) for level, index, node in rows}
        return made(lambda level, index: held.get((level, index)) or self.subtree(level, index))

    def schema_faults(self) -> list[str]:
        """The names that the database defines otherwise than a ledger does."""
        try:
            with self._lock:
                found, right = self._database.defined(), self._database.definitions
        except self._database.errors as error:
            raise self._unreadable(error) from error
        return [n for n in sorted(found.keys() | right.keys()) if found.get(n) != right.get(n)]

    def damage(self) -> list[str]:
        """What the database itself finds wrong with what it stores."""
        try:
            with self._lock:
                return self._database.damage()
        except self._database.errors as error:
            raise self._unreadable(error) from error

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        """All rows, fetched before another thread may use the connection."""
        try:
            with self._lock:
                return self._database.rows(sql, *parameters)
        except self._database.errors as error:
            raise self._unreadable(error) from error

    def _without_checkpoint(self) -> LedgerError:
        return LedgerError(f"the ledger {self.place} has no checkpoint", hint=VERIFY)

    def _unreadable(self, error: Exception) -> LedgerError:
        return LedgerError(f"cannot read the ledger {self.place}: {self._database.told(error)}")


_BEYOND = 2**63
# As bytes, whatever was stored: text that is not UTF-8 could not be fetched, and not reported.
_ENTRIES = "SELECT idx, CAST(leaf AS BLOB), CAST(envelope AS BLOB) FROM entries"
