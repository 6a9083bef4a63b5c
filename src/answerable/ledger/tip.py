"""The end of a log, and how it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from answerable.errors import LedgerError, LedgerRolledBackError
from answerable.ledger import merkle
from answerable.ledger.checkpoint import Checkpoint
from answerable.ledger.database import Node, Row

VERIFY = "run `answerable verify`: it lists every fault"


@attrs.frozen
class Tip:
    """The log's end: its checkpoint as a note and as read, and the tree's complete subtrees."""

    note: bytes
    checkpoint: Checkpoint
    peaks: list[bytes]


class Stored(Protocol):
    """A log's tree as it is stored."""

    def peaks(self, size: int) -> list[bytes]:
        """The roots of the complete subtrees of a tree of that size."""
        ...

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the one continues the other."""
        ...


def followed(stored: Stored, now: Checkpoint, seen: Checkpoint | None) -> list[bytes]:
    """The complete subtrees that a stored tree has for the checkpoint `now`, if they bear it out and it continues
    what was `seen`. Raises `LedgerError`, `LedgerRolledBackError`."""
    if seen is not None and now.size < seen.size:
        raise LedgerRolledBackError(
            f"the ledger has {now.size} entries where {seen.size} were seen before",
            hint=f"somebody restored an older copy; {VERIFY}",
        )
    peaks = stored.peaks(now.size)
    if merkle.root(peaks) != now.root:
        raise LedgerError("the tree does not give the root that is signed", hint=VERIFY)
    if seen is not None and seen.size:
        proof = stored.consistency(seen.size, now.size)
        if not merkle.consistent(seen.size, seen.root, now.size, now.root, proof):
            raise LedgerRolledBackError(
                f"the first {seen.size} entries are not those that were seen before",
                hint=f"somebody rewrote the ledger; {VERIFY}",
            )
    return peaks


def grow(
    tip: Tip, envelopes: Sequence[bytes], leaves: Sequence[bytes], places: dict[bytes, int]
) -> tuple[list[Row], list[Node], Checkpoint, list[bytes]]:
    """What is to be stored behind the tip: entries for what has no place yet, which is noted, the nodes that
    they complete, the checkpoint over all, and its peaks."""
    size, peaks = tip.checkpoint.size, tip.peaks
    entries: list[Row] = []
    nodes: list[Node] = []
    for leaf, envelope in zip(leaves, envelopes, strict=True):
        if leaf in places:  # the same bytes keep the place that they have
            continue
        places[leaf] = size
        entries.append((size, leaf, envelope))
        peaks, complete = merkle.grow(peaks, size, leaf)
        nodes += complete
        size += 1
    return entries, nodes, Checkpoint(tip.checkpoint.origin, size, merkle.root(peaks)), peaks
