"""A batch as it is kept against the batch that was sealed: each outcome that is another, or gone, is named."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from answerable.errors import MalformedError
from answerable.ledger import leaf_hash, merkle
from answerable.model import Outcomes
from answerable.model.outcomes import Sealing
from answerable.outcomes.disclosure import write, written
from answerable.outcomes.leaves import MOST, Leaf
from answerable.outcomes.tree import faults, opened, root_of, sealing

BATCH = "0193b4e2-7c02-7b1e-8d0f-0a4c1b9e7d55"
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
SIZE = 5


def told(number: int, value: str = "declined", salt: str = "5" * 32) -> bytes:
    return write(salt, f"{BATCH}.{number}", f"a-{number}", AT, written(value))


def leaf(number: int, disclosure: bytes) -> Leaf:
    return Leaf(number, leaf_hash(disclosure), disclosure)


KEPT = [leaf(number, told(number)) for number in range(SIZE)]
ROOT = root_of([each.leaf for each in KEPT])
WHOLE = Outcomes(
    id=BATCH,
    decided_at=AT,
    recorded_at=AT,
    deployment="deployment:prod/scores",
    size=SIZE,
    root=ROOT.hex(),
    started_at=AT,
)


def put(*others: Leaf, without: tuple[int, ...] = ()) -> list[Leaf]:
    found = {each.number: each for each in (*KEPT, *others) if each.number not in without}
    return [found[number] for number in sorted(found)]


def wrong(kept: list[Leaf], *erased: int, size: int = SIZE) -> list[tuple[str, str, str]]:
    """The code of each fault, of what it is, and the first words of what it says."""
    ids = {f"{BATCH}.{number}" for number in erased}
    found = []
    for code, id, message in faults(BATCH, size, ROOT.hex(), kept, ids):
        assert id.startswith(BATCH)
        found.append((code, id.removeprefix(BATCH), " ".join(message.split()[:4])))
    return found


class TestAWholeBatch:
    def test_has_nothing_wrong_with_it(self) -> None:
        assert wrong(KEPT) == []
        assert [*faults(BATCH, 0, merkle.EMPTY_ROOT.hex(), [], set())] == []

    def test_has_nothing_wrong_with_it_where_one_was_erased(self) -> None:
        assert wrong(put(attrs.evolve(KEPT[2], disclosure=None)), 2) == []

    def test_keeps_the_leaf_of_one_that_was_erased(self) -> None:
        forged = Leaf(2, leaf_hash(b"another"), None)

        assert wrong(put(forged), 2) == [("outcome-altered", "", "its outcomes do not")]


def test_the_largest_batch_is_counted_and_none_beyond_it() -> None:
    ids = [next(iter(faults(BATCH, size, "", KEPT, ())))[1] for size in (MOST, MOST + 1)]

    assert ids == [f"{BATCH}.{SIZE}", BATCH]


class TestEachOutcome:
    def test_that_is_not_there_is_named(self) -> None:
        assert wrong(put(without=(0, 4))) == [
            ("outcome-missing", ".0", "an outcome of the"),
            ("outcome-missing", ".4", "an outcome of the"),
        ]

    def test_that_was_added_is_named_with_how_many_there_are(self) -> None:
        one = [leaf(SIZE, told(SIZE)), leaf(-1, told(1))]

        assert wrong([*one, *KEPT]) == [
            ("outcome-added", ".5", "the batch that was"),
            ("outcome-added", ".-1", "the batch that was"),
        ]
        ((_, _, message),) = faults(BATCH, SIZE, ROOT.hex(), [*KEPT, one[0]], set())
        assert f" {SIZE} outcomes" in message

    def test_that_is_gone_without_a_word_is_named(self) -> None:
        gone = attrs.evolve(KEPT[2], disclosure=None)

        assert wrong(put(gone), 1, 3)[1:2] == [("outcome-missing", ".2", "it is gone, and")]

    def test_that_is_there_though_it_was_erased_is_named(self) -> None:
        assert wrong(KEPT, 0, 4) == [
            ("not-erased", ".0", "it is recorded as"),
            ("not-erased", ".4", "it is recorded as"),
        ]

    def test_that_is_another_is_named_and_its_batch_is_not(self) -> None:
        other = attrs.evolve(KEPT[2], disclosure=told(2, "granted"))
        moved = leaf(3, told(4))

        assert wrong(put(other, moved)) == [
            ("outcome-altered", ".2", "the outcome is not"),
            ("outcome-altered", ".3", "the outcome says that"),
        ]

    def test_that_was_made_anew_with_its_hash_is_told_of_its_batch(self) -> None:
        assert wrong(put(leaf(4, told(4, "granted")))) == [
            ("outcome-altered", "", "its outcomes do not")
        ]

    def test_that_is_missing_leaves_no_root_to_compare(self) -> None:
        assert [code for code, _, _ in wrong(put(leaf(4, told(4, "granted")), without=(1,)))] == [
            "outcome-missing"
        ]


class TestOneThatIsShown:
    @pytest.mark.parametrize("number", range(SIZE))
    def test_is_the_one_that_was_sealed(self, number: int) -> None:
        found = opened(WHOLE, sealing(number, KEPT))

        assert found is not None
        assert (found.id, found.value) == (f"{BATCH}.{number}", "declined")

    def test_is_none_once_it_was_erased(self) -> None:
        assert opened(WHOLE, sealing(2, put(attrs.evolve(KEPT[2], disclosure=None)))) is None

    @pytest.mark.parametrize(
        ("forged", "why"),
        [
            (attrs.evolve(sealing(2, KEPT), number=3), "the root that is"),
            (attrs.evolve(sealing(2, KEPT), leaf=KEPT[3].leaf), "the root that is"),
            (attrs.evolve(sealing(2, KEPT), path=()), "the root that is"),
            (sealing(2, put(leaf(2, told(2, "granted")))), "the root that is"),
            (attrs.evolve(sealing(2, KEPT), disclosure=told(2, "granted")), "the outcome is not"),
        ],
    )
    def test_is_refused_where_it_is_another(self, forged: Sealing, why: str) -> None:
        with pytest.raises(MalformedError) as caught:
            opened(WHOLE, forged)
        assert caught.value.message.startswith(why)

    def test_is_refused_under_another_batchs_name(self) -> None:
        with pytest.raises(MalformedError, match=r"^the outcome says that it is another$"):
            opened(attrs.evolve(WHOLE, id=BATCH.replace("0", "1")), sealing(2, KEPT))

    @pytest.mark.parametrize(
        ("number", "kept"),
        [(2, put(without=(3,))), (SIZE, KEPT), (0, []), (1, list(reversed(KEPT)))],
    )
    def test_has_no_path_in_a_batch_that_is_not_whole(self, number: int, kept: list[Leaf]) -> None:
        with pytest.raises(MalformedError, match=r"^the batch is not whole"):
            sealing(number, kept)
