"""A published log, read back from its tiles and trusted for nothing but its checkpoint's signature."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from answerable.errors import LedgerError, MalformedError, NotFoundError
from answerable.ledger import merkle
from answerable.ledger.checkpoint import Checkpoint, LogVerifier
from answerable.ledger.fsck import Fault
from answerable.ledger.store import Entry
from answerable.ledger.tiles import CHECKPOINT, HASH, HEIGHT, WIDTH, Tile, tiles, unbundle

Fetch = Callable[[str], bytes]


class TileLog:
    """A log of tiles. `fetch` gives the file at a path; it raises `NotFoundError`, `LedgerError`.

    The hashes of the whole tree are held in memory (about 200 bytes an entry).
    """

    def __init__(self, fetch: Fetch, verifier: LogVerifier) -> None:
        self._fetch = fetch
        self.verifier = verifier
        self.origin = verifier.origin
        self._leaves: list[bytes] = []
        self._inner: dict[tuple[int, int], bytes] = {}
        self._peaks: list[bytes] = []
        self._missing: list[Fault] = []
        self._checkpoint: Checkpoint | None = None

    def checkpoint(self) -> Checkpoint:
        """What the log promises; raises `MalformedError` unless its key has signed it. It is asked once:
        a host may have more by the time the last tile is read, or show another to every question."""
        if self._checkpoint is None:
            self._checkpoint = self.verifier.open(self._fetch(CHECKPOINT))
        return self._checkpoint

    def entries(self) -> Iterator[Entry]:
        """Every entry, in order. Their hashes are taken in as they pass; a bundle that is missing
        or broken ends it, and is told by `faults`."""
        for tile in tiles(self.checkpoint().size):
            if tile.level is not None:
                return
            try:
                bundled = unbundle(self._bytes(tile), tile.width)
            except (LedgerError, NotFoundError, MalformedError) as error:
                self._missing.append(Fault("tile", f"{tile.path}: {error.message}"))
                return
            for envelope in bundled:
                leaf, index = merkle.leaf_hash(envelope), len(self._leaves)
                self._peaks, complete = merkle.grow(self._peaks, index, leaf)
                self._inner.update(((level, at), node) for level, at, node in complete)
                self._leaves.append(leaf)
                yield Entry(index, leaf, envelope)

    def between(self, start: int, end: int) -> Iterator[Entry]:
        """The entries from the one place to before the other, once more, of those that were read; raises
        `LedgerError` where they are others by now."""
        for tile in tiles(self.checkpoint().size):
            first = tile.index * WIDTH
            if tile.level is not None or first >= min(end, len(self._leaves)):
                return
            if first + tile.width <= start:
                continue
            for index, envelope in enumerate(unbundle(self._bytes(tile), tile.width), first):
                leaf = merkle.leaf_hash(envelope)
                if start <= index < end:
                    if leaf != self._leaves[index]:
                        raise LedgerError(f"{tile.path} is not what it was a moment ago")
                    yield Entry(index, leaf, envelope)

    def faults(self) -> Iterator[Fault]:
        """What stands against the tiles, once all entries have been read: those that are not what
        the entries give, and a checkpoint that does not sign them."""
        yield from self._missing
        signed = self.checkpoint()
        if signed.size != len(self._leaves):
            told = f"the checkpoint covers {signed.size} entries, the bundles hold {self.size()}"
            yield Fault("size", told)
            return
        if signed.root != merkle.root(self._peaks):
            yield Fault("root", "the entries do not give the root that the checkpoint signs")
        for tile in tiles(signed.size):
            if tile.level is not None:
                yield from self._tile(tile, tile.level)

    def size(self) -> int:
        """How many entries were read."""
        return len(self._leaves)

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries; raises `LedgerError` beyond what was read."""
        return merkle.root([self._node(*place) for place in merkle.edge(size)])

    def _tile(self, tile: Tile, level: int) -> Iterator[Fault]:
        start = tile.index * WIDTH
        given = [self._node(level * HEIGHT, at) for at in range(start, start + tile.width)]
        try:
            data = self._bytes(tile)
        except (LedgerError, NotFoundError) as error:
            yield Fault("tile", f"{tile.path}: {error.message}")
            return
        if len(data) != HASH * tile.width or data != b"".join(given):
            yield Fault("tile", f"{tile.path} is not what the entries give")

    def _bytes(self, tile: Tile) -> bytes:
        """The tile; where a narrow one is gone, the beginning of the full one that replaced it."""
        try:
            return self._fetch(tile.path)
        except NotFoundError:
            if tile.is_full:
                raise
        full = self._fetch(Tile(tile.level, tile.index).path)
        if tile.level is not None:
            return full[: HASH * tile.width]
        at = 0
        for _ in range(tile.width):
            at += 2 + int.from_bytes(full[at : at + 2], "big")
        return full[:at]

    def _node(self, level: int, index: int) -> bytes:
        try:
            return self._inner[level, index] if level else self._leaves[index]
        except (KeyError, IndexError):
            raise LedgerError(f"the log lacks the tree node ({level}, {index})") from None
