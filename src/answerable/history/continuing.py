"""Does a ledger hold since a checkpoint that its reader trusts? What the checkpoint covers is not
looked at again; that it is still there, as it was, is proven by the tree (RFC 6962 section 2.1.2).

The cost is that of what is new, and of paths through the tree, whatever the ledger's size.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from answerable.errors import LedgerError, MalformedError, NotFoundError
from answerable.history.authentication import Authenticator, read
from answerable.history.by_reading import ByReading
from answerable.history.governing import Governor
from answerable.history.judging import Judge
from answerable.history.looking import Comparison, Looking
from answerable.history.witnessing import Cosigned
from answerable.ledger import Checkpoint, Entry, Fault, GrowingTree, Ledger, leaf_hash, merkle
from answerable.model import Delegation


class Earlier(Protocol):
    """Where something stands in the part that is trusted: places, as an index gives them. What is
    found there counts only if the tree proves it."""

    def faults(self, progress: Callable[[int, int], None]) -> Iterable[Fault]:
        """What stands against that part, as far as it is looked at; asked once, before all else.
        `progress` hears of entries read, of how many."""
        ...

    def introducing(self, key: str) -> Sequence[int]:
        """The delegations of that session key."""
        ...

    def policies(self) -> Sequence[int]:
        """The records that put a policy in force."""
        ...

    def first(self, id: str) -> int | None:
        """The first record of that id."""
        ...


class Continuation:
    """A ledger that stands still, from the checkpoint `since` on; without an `earlier`, what was before
    that is read."""

    def __init__(
        self,
        still: Ledger,
        since: Checkpoint,
        earlier: Earlier | None,
        governor: Governor,
        cosigned: Cosigned,
        beside: Sequence[Comparison] = (),
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> None:
        self._beside = beside
        self._still = still
        self._since = since
        self._earlier = earlier or ByReading(still, since)
        self._progress = progress
        self._governor = governor
        self._cosigned = cosigned
        self._introduced: dict[str, list[tuple[int | None, bytes]]] = {}
        self.tree = GrowingTree(still, since)
        self._judge = Judge(governor, cosigned, self.tree.root_at, self, still.home)

    def faults(self) -> Iterator[Fault]:
        """What stands against what is new; raises `LedgerError` where it cannot be read, and where
        the ledger does not begin with what the checkpoint covers."""
        self.tree.begin()
        yield from self._earlier.faults(self._progress)
        self._take_in_what_was()
        new = Looking(
            self._judge, self._beside, self.introducing, self._into_tree, self._still.home
        )
        told = []
        for fault in new.faults(self._still.entries(self._since.size)):
            told.append(fault)
            yield fault
        yield from self._governor.looking_back(
            lambda start, end: new.again(self._between(start, end)), told
        )
        yield from self.tree.finish()
        yield from self._governor.at_the_end(self._still.verifier.vkey())

    def first(self, id: str) -> int | None:
        """Where a record of that id stands already, before what is new."""
        place = self._earlier.first(id)
        return place if place is not None and place < self._since.size else None

    def introducing(self, key: str) -> list[tuple[int | None, bytes]]:
        """The delegations of a session key that stood before: then its chain goes on."""
        if key not in self._introduced:
            proven = self._proven(self._earlier.introducing(key))
            self._introduced[key] = [each for each in proven if _introduces(each[1], key)]
        return self._introduced[key]

    def _between(self, start: int, end: int) -> Iterator[Entry]:
        entries = self._still.entries(max(start, self._since.size))
        return itertools.takewhile(lambda entry: entry.index < end, entries)

    def _into_tree(self, entry: Entry) -> Iterator[Fault]:
        return self.tree.take(entry.index, entry.leaf, leaf_hash(entry.envelope))

    def _take_in_what_was(self) -> None:
        authenticator = Authenticator(self.introducing, self._still.home)
        for index, envelope in self._proven(self._earlier.policies()):
            record = authenticator.authenticate(envelope, index=index)
            for _ in self._governor.faults(record, index):
                pass  # told when that part was looked at
        for place in self._cosigned.starts():
            for _, envelope in self._proven([place]):
                self._cosigned.passed(place, read(envelope)[0].recorded_at)

    def _proven(self, places: Sequence[int]) -> list[tuple[int, bytes]]:
        """The entries at those places that the trusted checkpoint covers, as the tree proves."""
        size, root = self._since.size, self._since.root
        found: list[tuple[int, bytes]] = []
        for place in places:
            if not 0 <= place < size:
                continue
            try:
                envelope = self._still.entry(place).envelope
                path = self._still.inclusion(place, size)
                read(envelope)
            except (LedgerError, NotFoundError, MalformedError):
                continue  # then it introduces nothing, which shows
            if merkle.included(leaf_hash(envelope), place, size, path, root):
                found.append((place, envelope))
        return found


def _introduces(envelope: bytes, key: str) -> bool:
    record, _ = read(envelope)
    emission = record.emission
    return isinstance(record, Delegation) and emission is not None and emission.key_id == key
