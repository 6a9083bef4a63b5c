"""Where tiles lie, and which of them a log has: the specification's own examples."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import MalformedError
from answerable.ledger.tiles import MAX_ENTRY, Tile, bundle, grown, tiles, unbundle


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 999), "tile/1/999"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(None, 5), "tile/entries/005"),
        (Tile(None, 1000, 7), "tile/entries/x001/000.p/7"),
    ],
)
def test_a_tile_lies_where_the_specification_says(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_a_tree_of_70_000_has_the_tiles_of_the_specification() -> None:
    found = Counter((t.level, t.width) for t in tiles(70_000))

    assert found == {
        (0, 256): 273,
        (0, 112): 1,
        (1, 256): 1,
        (1, 17): 1,
        (2, 1): 1,
        (None, 256): 273,
        (None, 112): 1,
    }


def test_a_tree_of_256_has_a_full_tile_and_one_of_width_1_above_it() -> None:
    assert [t for t in tiles(256) if t.level is not None] == [Tile(0, 0), Tile(1, 0, 1)]


def test_an_empty_tree_has_none() -> None:
    assert [*tiles(0)] == []


@given(st.integers(0, 200_000), st.integers(0, 3_000))
def test_what_has_grown_is_what_was_not_there_before(old: int, more: int) -> None:
    before, after = {*tiles(old)}, [*tiles(old + more)]

    assert [*grown(old, old + more)] == [t for t in after if t not in before]


def test_a_thousand_entries_in_a_log_of_a_million_are_few_tiles() -> None:
    assert len([*grown(1_000_000, 1_001_000)]) < 16


def test_what_has_grown_is_told_at_once_however_long_the_log() -> None:
    last = (2**40 - 1) // 256

    assert [*grown(2**40 - 1, 2**40)][:2] == [Tile(None, last), Tile(0, last)]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_reads_back(entries: list[bytes]) -> None:
    assert unbundle(bundle(entries), len(entries)) == entries


def test_a_bundle_takes_the_largest_entry() -> None:
    assert unbundle(bundle([b"x" * MAX_ENTRY]), 1) == [b"x" * MAX_ENTRY]


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x02a", 1),
        (b"\x00\x01ab", 1),
        (b"\x00\x01a", 2),
        (b"\x00\x00", 0),
    ],
)
def test_one_that_holds_another_number_of_whole_entries_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(MalformedError, match=f"does not hold {width} whole entries"):
        unbundle(data, width)


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=5), st.data())
def test_one_that_was_cut_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    whole = bundle(entries)
    with pytest.raises(MalformedError):
        unbundle(whole[: data.draw(st.integers(0, len(whole) - 1))], len(entries))
