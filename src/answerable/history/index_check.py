"""Does the derived index say what the ledger says? What it lacks, no answer found through it has."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from answerable.errors import LedgerError
from answerable.history.brief import Brief
from answerable.history.index import Index, UnusableIndexError
from answerable.history.rows import Names, Row, row_of
from answerable.ledger import Entry, Fault, Ledger, leaf_hash

_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
_WHOLE = "PRAGMA integrity_check"
_ROWS = "SELECT * FROM records ORDER BY idx"
_NAMES = "SELECT idx, role, name FROM names ORDER BY idx"
_HINT = "run `answerable reindex`"
_NONE: tuple[Any, Iterator[Any]] = (None, iter(()))


class Departures:
    """What an index says otherwise than its ledger, whose entries it is shown in their order. While it is
    open, the index reads as it was when it was opened.

    An index of another history, or of less than there is now, is brought up to date before anything
    is looked up in it: only what it would be believed about is compared.
    """

    def __init__(self, index: Index, ledger: Ledger) -> None:
        self._index = index
        self._ledger = ledger
        self._open = ExitStack()
        self._unusable: UnusableIndexError | None = None
        self._faults: list[Fault] = []
        self._left = 0
        self._rows: Iterator[Row] = iter(())
        self._named: Iterator[Any] = iter(())
        self._next = _NONE

    def __enter__(self) -> Self:
        try:
            size, root = self._open.enter_context(self._index.still())
            if size <= self._ledger.end() and root == self._ledger.root_at(size):
                self._begin(size)
        except UnusableIndexError as error:
            self._unusable = error
        except LedgerError:
            pass  # which is told of the ledger
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def asks(self) -> bool:
        """True while there is anything to compare."""
        return self._left > 0

    def took(self, brief: Brief) -> None:
        """Take note of entries whose rows are told."""
        for row, names in brief.rows:
            self._compare(row, names)

    def saw(self, entry: Entry) -> None:
        """Take note of one entry."""
        if self.asks:
            self._compare(*row_of(entry.index, leaf_hash(entry.envelope), entry.envelope))

    def faults(self) -> list[Fault]:
        """One for each entry of which the index says something else, and for the index as a whole where it
        is put together otherwise; raises `UnusableIndexError`. Asked once, before it is closed."""
        try:
            if next(self._rows, None) is not None:
                told = f"the index has more entries than the ledger; {_HINT}"
                self._faults.append(Fault("index", told))
            elif self._next[0] is not None:
                self._faults.append(Fault("index", f"the index has names of no entry; {_HINT}"))
        except UnusableIndexError as error:
            self._unusable = error
        if self._unusable is not None:
            raise self._unusable
        return self._faults

    def _begin(self, size: int) -> None:
        fresh = Index(sqlite3.connect(":memory:"))
        try:
            if [*self._index.scan(_SCHEMA)] != [*fresh.scan(_SCHEMA)]:
                told = f"the index is put together otherwise; {_HINT}"
                self._faults.append(Fault("index", told))
        finally:
            fresh.close()
        for (told,) in self._index.scan(_WHOLE):
            if told != "ok":
                self._faults.append(Fault("index", f"the index is damaged ({told}); {_HINT}"))
                return
        self._left = size
        self._rows = self._index.scan(_ROWS)
        self._named = itertools.groupby(self._index.scan(_NAMES), key=lambda row: row[0])
        self._next = next(self._named, _NONE)

    def _compare(self, row: Row, names: Names) -> None:
        if not self.asks:
            return
        self._left -= 1
        try:
            found = set[tuple[Any, ...]]()
            if self._next[0] == row[0]:
                found = {tuple(each[1:]) for each in self._next[1]}
                self._next = next(self._named, _NONE)
            if (next(self._rows, None), found) != (row, names):
                told = f"the index does not say of entry {row[0]} what the ledger says; {_HINT}"
                self._faults.append(Fault("index", told, row[0]))
        except UnusableIndexError as error:
            self._unusable, self._left = error, 0
