"""A share of a ledger's entries, and what is done with it, in whichever process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from answerable.errors import MalformedError
from answerable.history.authentication import Authenticator, read
from answerable.history.checking import Checked, check
from answerable.ledger import Entry, Ledger

Range = tuple[int, int]


class Share:
    """Checks ranges of one ledger's entries under the delegations that it was told of."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, list[tuple[int | None, bytes]]] = {}
        self._authenticator = Authenticator(lambda key: self._known.get(key, []))

    def know(self, introducing: Mapping[int, bytes]) -> None:
        """Take in what may introduce keys: entries by their indices, in order."""
        for index, data in introducing.items():
            try:
                record, _ = read(data)
            except MalformedError:
                continue
            if record.emission is not None:
                self._known.setdefault(record.emission.key_id, []).append((index, data))

    def introducing(self, range: Range) -> list[tuple[int, bytes]]:
        """The entries that may be delegations: they have two signatures."""
        return [
            (entry.index, entry.envelope)
            for entry in self._entries(range)
            if entry.envelope.count(b'"keyid"') > 1
        ]

    def check(self, range: Range) -> list[Checked]:
        """Every entry of the range, checked."""
        return [check(entry, self._authenticator) for entry in self._entries(range)]

    def _entries(self, range: Range) -> Iterator[Entry]:
        start, stop = range
        for entry in self._ledger.entries(start):
            if entry.index >= stop:
                return
            yield entry
