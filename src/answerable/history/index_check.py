"""Does the derived index say what the ledger says? What it lacks, no answer found through it has."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from typing import Any

from answerable.history.index import Index
from answerable.history.rows import row_of
from answerable.ledger import Entry, Fault, Ledger, leaf_hash

_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
_HINT = "run `answerable reindex`"


def departures(index: Index, ledger: Ledger) -> Iterator[Fault]:
    """A fault for each entry of which the index says something else, and for the index as a whole
    where it is put together otherwise. Raises `UnusableIndexError` and `LedgerError`.

    An index of another history, or of less than there is now, is brought up to date before anything
    is looked up in it: only what it would be believed about is compared.
    """
    # The index first: so the ledger has at least what the index was made from.
    with index.still() as (size, root), ledger.still():
        if size <= ledger.end() and root == ledger.root_at(size):
            yield from _compared(index, ledger, size)


def _compared(index: Index, ledger: Ledger, size: int) -> Iterator[Fault]:
    fresh = Index(sqlite3.connect(":memory:"))
    try:
        if [*index.scan(_SCHEMA)] != [*fresh.scan(_SCHEMA)]:
            yield Fault("index", f"the index is put together otherwise; {_HINT}")
    finally:
        fresh.close()
    for (told,) in index.scan("PRAGMA integrity_check"):
        if told != "ok":
            yield Fault("index", f"the index is damaged ({told}); {_HINT}")
            return
    yield from _rows(index, itertools.islice(ledger.entries(), size))


def _rows(index: Index, entries: Iterator[Entry]) -> Iterator[Fault]:
    stored = index.scan("SELECT * FROM records ORDER BY idx")
    named = itertools.groupby(
        index.scan("SELECT idx, role, name FROM names ORDER BY idx"), key=lambda row: row[0]
    )
    place, group = next(named, _NONE)
    for entry, row in itertools.zip_longest(entries, stored):
        found = set[tuple[Any, ...]]()
        if entry is not None and place == entry.index:
            found = {tuple(each[1:]) for each in group}
            place, group = next(named, _NONE)
        if entry is None:
            yield Fault("index", f"the index has more entries than the ledger; {_HINT}")
            return
        expected = row_of(entry.index, leaf_hash(entry.envelope), entry.envelope)
        if (row, found) != expected:
            told = f"the index does not say of entry {entry.index} what the ledger says; {_HINT}"
            yield Fault("index", told, entry.index)
    if place is not None:
        yield Fault("index", f"the index has names of no entry; {_HINT}")


_NONE: tuple[Any, Iterator[Any]] = (None, iter(()))
