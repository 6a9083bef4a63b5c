"""Does the ledger hold together, as bytes: tree, checkpoint, and what was kept outside it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from answerable.errors import LedgerError, MalformedError
from answerable.ledger import merkle
from answerable.ledger.store import Ledger

FIRST = -(2**63)  # the smallest index a table can hold: what stands before 0 is seen too


@attrs.frozen
class Fault:
    """One thing that is wrong: a code, the entry's index if there is one, its record's id."""

    code: str
    message: str
    index: int | None = None
    id: str | None = None


def fsck(ledger: Ledger) -> Iterator[Fault]:
    """Every fault of the ledger as bytes. Trusts nothing stored but the log's public key.

    It looks at one moment of the ledger, so others may append meanwhile. Holds the hashes of
    the whole tree in memory (about 200 bytes an entry).
    """
    try:
        with ledger.snapshot() as still:
            yield from examine(still)
    except LedgerError as error:
        yield Fault("unreadable", error.message)


def examine(still: Ledger) -> Iterator[Fault]:
    """`fsck` of a ledger that already stands still; raises `LedgerError` where it cannot be read."""
    yield from database_faults(still)
    yield from _log(still)


def database_faults(ledger: Ledger) -> Iterator[Fault]:
    """What stands against the database as one; raises `LedgerError`."""
    yield from schema_faults(ledger)
    for line in ledger.damage():
        yield Fault("database", line)
    if ledger.meta.origin != ledger.origin:
        yield Fault(
            "origin", f"the ledger calls its log {ledger.meta.origin}, its key {ledger.origin}"
        )


def schema_faults(ledger: Ledger) -> Iterator[Fault]:
    """What the database has otherwise than a ledger does, or more than one; raises `LedgerError`."""
    for name in ledger.schema_faults():
        yield Fault("schema", f"the database defines {name} otherwise than a ledger does")


def _log(ledger: Ledger) -> Iterator[Fault]:
    tree = TreeCheck()
    for entry in ledger.entries(FIRST):
        yield from tree.take(entry.index, entry.leaf, merkle.leaf_hash(entry.envelope))
    yield from tree.finish(ledger)


class TreeCheck:
    """Builds the tree again from the hashes of the entries' bytes, and compares."""

    def __init__(self) -> None:
        self._leaves: list[bytes] = []
        self._inner: dict[tuple[int, int], bytes] = {}
        self._seen: dict[bytes, int] = {}

    def take(self, index: int, stored: bytes, leaf: bytes) -> Iterator[Fault]:
        """The next entry: the index and the leaf hash that the ledger has for it, and the hash of
        its bytes."""
        if index != len(self._leaves):
            yield Fault("index", f"entry {index} stands at place {len(self._leaves)}", index)
        if stored != leaf:
            yield Fault("leaf", "the stored bytes do not give the stored leaf hash", index)
        if leaf in self._seen:
            yield Fault("duplicate", f"the same bytes as entry {self._seen[leaf]}", index)
        self._seen.setdefault(leaf, index)
        self._grow((leaf,))

    def take_all(self, start: int, leaves: Sequence[bytes]) -> bool:
        """The same of entries in a row, each of whose leaf hash is that of its bytes. False, and nothing
        is taken in, where one of them stands in another place or is there already."""
        seen = dict(zip(leaves, range(start, start + len(leaves)), strict=True))
        is_new = len(seen) == len(leaves) and seen.keys().isdisjoint(self._seen.keys())
        if start != len(self._leaves) or not is_new:
            return False
        self._seen |= seen
        self._grow(leaves)
        return True

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries; raises `LedgerError` beyond what was taken in."""
        try:
            return merkle.root([self._node(*place) for place in merkle.edge(size)])
        except (KeyError, IndexError):
            raise LedgerError(f"there are no {size} entries") from None

    def finish(self, ledger: Ledger) -> Iterator[Fault]:
        """What stands against the stored tree, the checkpoint, and the one kept outside."""
        inner, stored = self._inner, ledger.nodes()
        if inner != stored:
            for place in (*inner, *(p for p in stored if p not in inner)):
                if inner.get(place) != stored.get(place):
                    told = f"the stored tree node {place} is not what the entries give"
                    yield Fault("tree-node", told)
        size = len(self._leaves)
        try:
            present = ledger.verifier.open(ledger.checkpoint())
        except (MalformedError, LedgerError) as error:
            yield Fault("checkpoint", error.message)
        else:
            if present.size != size:
                told = f"the checkpoint covers {present.size} entries, the ledger holds {size}"
                yield Fault("size", told)
            elif present.root != self.root_at(size):
                yield Fault("root", "the entries do not give the root that the checkpoint signs")
        yield from self._kept(ledger)

    def _grow(self, leaves: Sequence[bytes]) -> None:
        for level, start, row in merkle.completed(len(self._leaves), leaves, self._node):
            self._inner.update(((level, at), node) for at, node in enumerate(row, start))
        self._leaves += leaves

    def _node(self, level: int, index: int) -> bytes:
        return self._inner[level, index] if level else self._leaves[index]

    def _kept(self, ledger: Ledger) -> Iterator[Fault]:
        try:
            note = ledger.kept()
            if note is None:
                return
            kept = ledger.verifier.open(note)
        except MalformedError as error:
            yield Fault("kept-checkpoint", f"the checkpoint kept on this machine: {error}")
            return
        size = len(self._leaves)
        if kept.size > size:
            yield Fault("truncated", f"{kept.size} entries were seen before, {size} are left")
        elif self.root_at(kept.size) != kept.root:
            told = f"the first {kept.size} entries are not those that were seen before"
            yield Fault("rewritten", told)
