"""The tree that is built again from the entries: one by one or in a row, it is the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from answerable.errors import LedgerError
from answerable.ledger import Fault, TreeCheck, merkle

LEAVES = [merkle.leaf_hash(b"entry %d" % n) for n in range(20)]


def taken(leaves: Sequence[bytes]) -> TreeCheck:
    tree = TreeCheck()
    for index, leaf in enumerate(leaves):
        assert [*tree.take(index, leaf, leaf)] == []
    return tree


def assert_holds(tree: TreeCheck, leaves: Sequence[bytes]) -> None:
    """It is the tree over those, and no more."""
    for size in range(len(leaves) + 1):
        assert tree.root_at(size) == merkle.root_of(leaves[:size])
    for size in (len(leaves) + 1, len(leaves) + 2, 64, 1 << 40):
        with pytest.raises(LedgerError) as raised:
            tree.root_at(size)
        assert raised.value.message == f"there are no {size} entries"


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 20])
def test_it_has_the_root_of_every_size_up_to_its_own(size: int) -> None:
    assert_holds(taken(LEAVES[:size]), LEAVES[:size])


@pytest.mark.parametrize(("first", "second"), [(0, 20), (1, 2), (3, 8), (8, 16), (19, 20), (5, 5)])
def test_a_row_of_entries_is_taken_in_as_each_by_itself(first: int, second: int) -> None:
    tree = taken(LEAVES[:first])

    assert tree.take_all(first, LEAVES[first:second])
    assert_holds(tree, LEAVES[:second])
    for index, leaf in enumerate(LEAVES[second:], second):
        assert [*tree.take(index, leaf, leaf)] == []
    assert_holds(tree, LEAVES)


@pytest.mark.parametrize(
    ("start", "leaves"),
    [
        (4, LEAVES[5:8]),
        (6, LEAVES[5:8]),
        (5, [LEAVES[5], LEAVES[6], LEAVES[5]]),
        (5, [LEAVES[5], LEAVES[2], LEAVES[6]]),
        (5, [LEAVES[4]]),
    ],
    ids=["too early", "too late", "twice in it", "there already", "the one before"],
)
def test_of_a_row_with_one_in_another_place_or_twice_nothing_is_taken_in(
    start: int, leaves: list[bytes]
) -> None:
    tree = taken(LEAVES[:5])

    assert not tree.take_all(start, leaves)
    assert_holds(tree, LEAVES[:5])
    assert tree.take_all(5, LEAVES[5:8])
    assert_holds(tree, LEAVES[:8])


def test_what_was_taken_in_a_row_is_known_afterwards_by_its_place() -> None:
    tree = TreeCheck()
    assert tree.take_all(0, LEAVES[:5])

    assert [*tree.take(5, LEAVES[3], LEAVES[3])] == [
        Fault("duplicate", "the same bytes as entry 3", 5)
    ]
    assert [*tree.take(6, LEAVES[3], LEAVES[3])] == [
        Fault("duplicate", "the same bytes as entry 3", 6)
    ]
    assert tree.take_all(7, LEAVES[7:8])
    assert [*tree.take(8, LEAVES[7], LEAVES[7])] == [
        Fault("duplicate", "the same bytes as entry 7", 8)
    ]
    assert not tree.take_all(9, [LEAVES[9], LEAVES[2]])
    assert [*tree.take(9, LEAVES[2], LEAVES[2])] == [
        Fault("duplicate", "the same bytes as entry 2", 9)
    ]
