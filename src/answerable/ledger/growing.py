"""A ledger's tree from a checkpoint on that its reader trusts: what is new is built again, what is
old is proven by paths."""

from __future__ import annotations

from collections.abc import Iterator

from answerable.errors import LedgerError, LedgerRolledBackError, MalformedError
from answerable.ledger import merkle
from answerable.ledger.checkpoint import Checkpoint
from answerable.ledger.fsck import Fault
from answerable.ledger.store import Ledger


class GrowingTree:
    """Begins as `since` says, and takes in what the ledger has beyond."""

    def __init__(self, ledger: Ledger, since: Checkpoint) -> None:
        self._ledger = ledger
        self._since = since
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._peaks: list[bytes] = []
        self.size = since.size

    def begin(self) -> None:
        """Raises `LedgerRolledBackError` unless the ledger begins with what is trusted, and
        `LedgerError` where that cannot be told."""
        end = self._ledger.end()
        if end < self._since.size:
            told = f"{self._since.size} entries were seen before, {end} are left"
            raise LedgerRolledBackError(told)
        places = merkle.edge(self._since.size)
        self._peaks = self._ledger.peaks(self._since.size)
        if merkle.root(self._peaks) != self._since.root:
            raise LedgerRolledBackError(_otherwise(self._since.size))
        self._nodes.update(zip(places, self._peaks, strict=True))

    def take(self, index: int, stored: bytes, leaf: bytes) -> Iterator[Fault]:
        """The next entry, as `TreeCheck.take`; also what stands against the nodes that it completes."""
        if index != self.size:
            yield Fault("index", f"entry {index} stands at place {self.size}", index)
        if stored != leaf:
            yield Fault("leaf", "the stored bytes do not give the stored leaf hash", index)
        self._nodes[0, self.size] = leaf
        self._peaks, complete = merkle.grow(self._peaks, self.size, leaf)
        self.size += 1
        for level, at, node in complete:
            self._nodes[level, at] = node
            if self._ledger.node(level, at) != node:
                told = f"the stored tree node {(level, at)} is not what the entries give"
                yield Fault("tree-node", told)

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries; raises `LedgerError` beyond what was taken in.
        Of what lies in the trusted part, it is what the ledger says, if that is proven, else
        nothing that any root is like."""
        if size >= self._since.size:
            return merkle.root([self._node(*place) for place in merkle.edge(size)])
        root = self._ledger.root_at(size)
        proof = self._ledger.consistency(size, self._since.size) if size else []
        proven = merkle.consistent(size, root, self._since.size, self._since.root, proof)
        return root if proven else b""

    def finish(self) -> Iterator[Fault]:
        """What stands against the checkpoint, and against the one kept outside the ledger."""
        try:
            present = self._ledger.verifier.open(self._ledger.checkpoint())
        except MalformedError as error:
            yield Fault("checkpoint", error.message)
        else:
            if present.size != self.size:
                told = f"the checkpoint covers {present.size} entries, the ledger holds {self.size}"
                yield Fault("size", told)
            elif present.root != merkle.root(self._peaks):
                yield Fault("root", "the entries do not give the root that the checkpoint signs")
        try:
            note = self._ledger.kept()
            if note is None:
                return
            kept = self._ledger.verifier.open(note)
        except MalformedError as error:
            yield Fault("kept-checkpoint", f"the checkpoint kept on this machine: {error}")
            return
        if kept.size > self.size:
            told = f"{kept.size} entries were seen before, {self.size} are left"
            yield Fault("truncated", told)
        elif self.root_at(kept.size) != kept.root:
            yield Fault("rewritten", _otherwise(kept.size))

    def _node(self, level: int, index: int) -> bytes:
        # The complete subtrees of a larger tree that lie in the trusted part are its peaks.
        try:
            return self._nodes[level, index]
        except KeyError:
            raise LedgerError(f"there is no tree node ({level}, {index}) yet") from None


def _otherwise(size: int) -> str:
    return f"the first {size} entries are not those that were seen before"
