"""How a log's end may go on: with a tree that gives the root which is signed, and that continues what was seen."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from answerable.errors import LedgerError, LedgerRolledBackError
from answerable.ledger import Checkpoint, merkle
from answerable.ledger.tip import Tip, followed, grow
from tests.ledger.logs import ORIGIN, Log

ENTRIES = [b"entry %d" % number for number in range(20)]
LOG = Log(ENTRIES)
FORK = Log([*ENTRIES[:4], b"another", *ENTRIES[5:]])


def peaks_of(entries: Sequence[bytes]) -> list[bytes]:
    peaks: list[bytes] = []
    for place, entry in enumerate(entries):
        peaks, _ = merkle.grow(peaks, place, merkle.leaf_hash(entry))
    return peaks


@attrs.define
class Tree:
    """The tree over those entries, which counts what it is asked for."""

    log: Log
    entries: list[bytes]
    asked: list[tuple[int, ...]] = attrs.field(factory=list)

    def peaks(self, size: int) -> list[bytes]:
        self.asked.append((size,))
        return peaks_of(self.entries[:size])

    def consistency(self, old: int, new: int) -> list[bytes]:
        self.asked.append((old, new))
        return self.log.proof(old, new)


@pytest.fixture
def tree() -> Tree:
    return Tree(LOG, ENTRIES)


class TestWhatFollows:
    @pytest.mark.parametrize("now", [0, 1, 7, 8, 20])
    def test_has_the_root_that_is_signed(self, tree: Tree, now: int) -> None:
        assert followed(tree, LOG.checkpoint(now), None) == peaks_of(ENTRIES[:now])

    @pytest.mark.parametrize(("seen", "now"), [(0, 0), (0, 7), (1, 7), (7, 8), (8, 20), (20, 20)])
    def test_continues_what_was_seen(self, tree: Tree, seen: int, now: int) -> None:
        found = followed(tree, LOG.checkpoint(now), LOG.checkpoint(seen))

        assert found == peaks_of(ENTRIES[:now])
        # Of nothing, everything is a continuation.
        assert tree.asked == [(now,), *([(seen, now)] if seen else [])]

    def test_is_not_shorter_than_what_was_seen(self, tree: Tree) -> None:
        with pytest.raises(LedgerRolledBackError) as told:
            followed(tree, LOG.checkpoint(7), LOG.checkpoint(8))

        assert told.value.message == "the ledger has 7 entries where 8 were seen before"
        assert (told.value.hint or "").startswith("somebody restored an older copy; run `answer")
        assert tree.asked == []

    def test_has_no_other_root_than_is_signed(self, tree: Tree) -> None:
        with pytest.raises(LedgerError, match=r"^the tree does not give the root that is") as told:
            followed(tree, FORK.checkpoint(7), None)

        assert not isinstance(told.value, LedgerRolledBackError)
        assert (told.value.hint or "").startswith("run `answerable verify`: ")

    @pytest.mark.parametrize(("seen", "now"), [(5, 7), (7, 7), (8, 20)])
    def test_is_no_other_history_than_was_seen(self, tree: Tree, seen: int, now: int) -> None:
        with pytest.raises(LedgerRolledBackError) as told:
            followed(tree, LOG.checkpoint(now), FORK.checkpoint(seen))

        assert told.value.message == (
            f"the first {seen} entries are not those that were seen before"
        )
        assert (told.value.hint or "").startswith("somebody rewrote the ledger; run `answerable")

    def test_may_differ_in_what_nobody_has_seen(self, tree: Tree) -> None:
        assert followed(tree, LOG.checkpoint(7), FORK.checkpoint(4)) == peaks_of(ENTRIES[:7])


class TestWhatIsAppended:
    def grown(self, size: int, envelopes: list[bytes]) -> tuple[object, ...]:
        places = {merkle.leaf_hash(entry): place for place, entry in enumerate(ENTRIES[:size])}
        leaves = [merkle.leaf_hash(each) for each in envelopes]
        tip = Tip(b"a note", LOG.checkpoint(size), peaks_of(ENTRIES[:size]))
        entries, nodes, checkpoint, peaks = grow(tip, envelopes, leaves, places)
        assert places == {
            merkle.leaf_hash(entry): place
            for place, entry in enumerate([*ENTRIES[:size], *(row[2] for row in entries)])
        }
        return entries, nodes, checkpoint, peaks

    @pytest.mark.parametrize(("size", "now"), [(0, 0), (0, 3), (5, 6), (7, 8), (5, 20)])
    def test_is_rows_nodes_and_a_checkpoint_over_all(self, size: int, now: int) -> None:
        entries, nodes, checkpoint, peaks = self.grown(size, ENTRIES[size:now])

        assert entries == [
            (place, merkle.leaf_hash(ENTRIES[place]), ENTRIES[place]) for place in range(size, now)
        ]
        assert checkpoint == LOG.checkpoint(now)
        assert peaks == peaks_of(ENTRIES[:now])
        expected = []
        held = peaks_of(ENTRIES[:size])
        for place in range(size, now):
            held, complete = merkle.grow(held, place, merkle.leaf_hash(ENTRIES[place]))
            expected += complete
        assert nodes == expected

    def test_is_once_what_is_handed_over_twice_or_is_there(self) -> None:
        entries, _, checkpoint, _ = self.grown(5, [ENTRIES[3], ENTRIES[5], ENTRIES[5], ENTRIES[6]])

        assert [row[0] for row in entries] == [5, 6]  # type: ignore[attr-defined]
        assert checkpoint == Checkpoint(ORIGIN, 7, LOG.checkpoint(7).root)

    def test_has_a_hash_for_each(self) -> None:
        with pytest.raises(ValueError, match="zip"):
            grow(Tip(b"", LOG.checkpoint(0), []), [b"one"], [], {})
