"""A share of a ledger's entries, and what is done with it, in whichever process."""

from __future__ import annotations

from collections.abc import Mapping

from answerable.errors import MalformedError
from answerable.history.authentication import Authenticator, read
from answerable.history.brief import Brief
from answerable.history.briefing import Briefing
from answerable.history.checking import Checked, Introductions, check
from answerable.ledger import Entry, Ledger

Range = tuple[int, int]
Found = Brief | list[Checked]


class Share:
    """Looks at ranges of one ledger's entries, under the delegations that it was told of; if it `learns`,
    which takes the ranges in their order, also under those that it comes across. With `indexing`, what is told
    in brief has rows."""

    def __init__(self, ledger: Ledger, *, learns: bool = False, indexing: bool = False) -> None:
        self._ledger = ledger
        self._indexing = indexing
        self._known: dict[str, list[tuple[int | None, bytes]]] = {}
        self._learned = Introductions() if learns else None
        self._authenticator = Authenticator(self._introducing, ledger.home)

    def know(self, introducing: Mapping[int, bytes]) -> None:
        """Take in what may introduce keys: entries by their indices, in order."""
        for index, data in introducing.items():
            try:
                record, _ = read(data)
            except MalformedError:
                continue
            if record.emission is not None:
                self._known.setdefault(record.emission.key_id, []).append((index, data))

    def look(self, range: Range) -> Found:
        """The range in brief where nothing is wrong with it; else every entry of it, checked."""
        start, _ = range
        briefing = Briefing(
            max(start, 0), self._authenticator, self._learned, indexing=self._indexing
        )
        if briefing.take(self._entries(range)) and (brief := briefing.brief()) is not None:
            return brief
        return self.check(range)

    def check(self, range: Range) -> list[Checked]:
        """Every entry of the range, checked."""
        found = list[Checked]()
        for entry in self._entries(range):
            found.append(check(entry, self._authenticator))
            if self._learned is not None:
                self._learned.take(found[-1])
        return found

    def _introducing(self, key: str) -> list[tuple[int | None, bytes]]:
        met = self._learned
        return self._known.get(key, []) if met is None else met.of(key)

    def _entries(self, range: Range) -> list[Entry]:
        return self._ledger.range(*range)
