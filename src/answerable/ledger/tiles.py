"""A log as files that any static host can serve: C2SP tlog-tiles (https://c2sp.org/tlog-tiles).

Pure: where each tile lies, and how a bundle of entries is written and read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from answerable.errors import MalformedError

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32
MAX_ENTRY = 65_535
CHECKPOINT = "checkpoint"
VKEY = "vkey"


@attrs.frozen
class Tile:
    """`width` hashes of the tree's level `8 * level`, beginning with number `256 * index`; with
    level None, a bundle of the entries themselves."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is served, relative to the log's prefix."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        kind = "entries" if self.level is None else str(self.level)
        return f"tile/{kind}/{name}" + ("" if self.is_full else f".p/{self.width}")

    @property
    def is_full(self) -> bool:
        """False of the last of its level, while it grows."""
        return self.width == WIDTH


def tiles(size: int) -> Iterator[Tile]:
    """Every tile of a tree of `size`, bundles of entries first."""
    yield from _row(None, size)
    level = 0
    while size >> (HEIGHT * level):
        yield from _row(level, size >> (HEIGHT * level))
        level += 1


def grown(old: int, new: int) -> Iterator[Tile]:
    """The tiles that a tree of `new` has and one of `old` had not."""
    yield from _row(None, new, old)
    level = 0
    while new >> (HEIGHT * level):
        shift = HEIGHT * level
        yield from _row(level, new >> shift, old >> shift)
        level += 1


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries, each after its length as two octets, the larger first."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes, width: int) -> list[bytes]:
    """`width` entries, no more and no less; raises `MalformedError`."""
    found: list[bytes] = []
    at = 0
    for _ in range(width):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        found.append(data[at + 2 : end])
        at = end
    if at != len(data):  # beyond it where there are fewer
        raise MalformedError(f"a bundle that does not hold {width} whole entries")
    return found


def _row(level: int | None, count: int, before: int = 0) -> Iterator[Tile]:
    """The tiles over `count` hashes of one level that are not those over the first `before`."""
    for index in range(before // WIDTH, -(-count // WIDTH)):
        width = min(count - index * WIDTH, WIDTH)
        if index * WIDTH + width > before:
            yield Tile(level, index, width)
