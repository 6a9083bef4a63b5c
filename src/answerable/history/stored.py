"""What lies behind records, of the ledger and of the index: the rows of several at once, since each
question to a database costs more than its answer."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from answerable.history import arrival
from answerable.history.index import Index
from answerable.ledger import Ledger


@attrs.frozen
class Stored:
    """Of one entry, nothing of it checked: its bytes (None where the ledger has none there), the
    leaf hash and the id that were indexed, the place of the first record of that id, and the
    places of those that are about it."""

    place: int
    envelope: bytes | None
    leaf: bytes | None
    id: str | None
    first: int | None
    told: tuple[int, ...]


def stored(ledger: Ledger, index: Index, places: Iterable[int]) -> dict[int, Stored]:
    """The rows of the entries at those places, by place; raises `LedgerError`, and
    `UnusableIndexError` where the index cannot be read."""
    wanted = [*places]
    envelopes = {entry.index: entry.envelope for entry in ledger.those(wanted)}
    indexed = index.those(wanted)
    told = index.about([arrival.name(id) for _, id, _ in indexed.values() if id is not None])
    found = {}
    for place in wanted:
        leaf, id, first = indexed.get(place, (None, None, None))
        about = told.get(arrival.name(id), ()) if id is not None else ()
        found[place] = Stored(place, envelopes.get(place), leaf, id, first, about)
    return found
