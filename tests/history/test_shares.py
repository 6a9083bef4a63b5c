"""Shares of a ledger, in one process or two: each is told in brief, or entry by entry, and in its order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from answerable.history import spreading
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.share import Share
from answerable.history.spreading import Spread
from answerable.ledger import Ledger
from tests.history.forging import Forger
from tests.history.one_by_one import check_all
from tests.ledger.tampering import change

SIZE = 20
WORKERS = pytest.mark.parametrize("workers", [0, 1])


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "SHARE", 7)


def forged(home: Path, path: Path) -> Forger:
    made = Forger(home=home, path=path)
    made.append(made.sign(made.delegation()))
    for _ in range(SIZE - 1):
        made.append(made.sign(made.decision()))
    return made


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    return forged(home, tmp_path / "decisions.db")


@pytest.fixture
def ledger(forger: Forger) -> Iterator[Ledger]:
    opened = Ledger.open(forger.uri, forger.home)
    yield opened
    opened.close()


def places(found: Brief | Checked) -> int | tuple[int, int]:
    return (found.start, found.end) if isinstance(found, Brief) else found.index


@WORKERS
def test_where_nothing_is_wrong_each_is_told_in_brief(ledger: Ledger, workers: int) -> None:
    told: list[tuple[int, int]] = []
    spread = Spread(ledger, workers, lambda done, of: told.append((done, of)))

    found = [*spread.all()]
    assert [places(each) for each in found] == [(0, 7), (7, 14), (14, 20)]
    assert all(isinstance(each, Brief) and each.rows == () for each in found)
    assert told == [(0, SIZE), (7, SIZE), (14, SIZE)]


@WORKERS
@pytest.mark.parametrize("indexing", [False, True])
def test_with_rows_where_an_index_is_to_be_compared(
    ledger: Ledger, workers: int, indexing: bool
) -> None:
    briefs = [*Spread(ledger, workers, indexing=indexing).all()]

    assert [len(each.rows) for each in briefs if isinstance(each, Brief)] == (
        [7, 7, 6] if indexing else [0, 0, 0]
    )


@WORKERS
def test_where_one_is_wrong_its_share_is_told_entry_by_entry(
    forger: Forger, ledger: Ledger, workers: int
) -> None:
    change(forger.path, "UPDATE entries SET envelope = replace(envelope, 'a', 'b') WHERE idx = 9")
    told: list[int] = []
    found = [*Spread(ledger, workers, lambda done, _: told.append(done)).all()]

    assert [places(each) for each in found] == [(0, 7), *range(7, 14), (14, 20)]
    assert found[1:8] == [*check_all(ledger.entries())][7:14]
    assert told == [0, 7, 14]


@WORKERS
def test_each_of_a_brief_can_be_told_by_itself(ledger: Ledger, workers: int) -> None:
    spread = Spread(ledger, workers)
    found = [
        each for brief in spread.all() if isinstance(brief, Brief) for each in spread.each(brief)
    ]

    assert found == [*check_all(ledger.entries())]


@WORKERS
def test_a_key_that_is_introduced_further_on_counts_from_there(
    forger: Forger, ledger: Ledger, workers: int
) -> None:
    other = Forger(home=forger.home, path=forger.path, identity=forger.identity)
    other._ids = 1000
    early = attrs.evolve(other)
    early.append(early.sign(early.decision()))  # before it is introduced
    other.append(other.sign(other.delegation()))
    for _ in range(12):
        other.append(other.sign(other.decision()))
    found = [*Spread(ledger, workers).all()]

    assert [places(each) for each in found] == [(0, 7), (7, 14), *range(14, 21), (21, 28), (28, 34)]
    assert [each.fault is None for each in found if isinstance(each, Checked)] == [True] * 6 + [
        False
    ]


@WORKERS
def test_where_a_delegation_came_in_that_others_were_not_told_of_all_is_looked_at_again(
    tmp_path: Path, home: Path, workers: int
) -> None:
    made = Forger(home=home, path=tmp_path / "late.db")
    made.append(made.sign(made.delegation()))
    for _ in range(8):
        made.append(made.sign(made.decision()))
    other = Forger(home=home, path=made.path, identity=made.identity)
    other._ids = 1000
    other.append(other.sign(other.delegation()).replace(b'"keyid"', b'"\\u006beyid"'))
    for _ in range(20):
        other.append(other.sign(other.decision()))
    ledger = Ledger.open(made.uri, home)
    spread = Spread(ledger, workers)
    found = [
        each
        for told in spread.all()
        for each in (spread.each(told) if isinstance(told, Brief) else [told])
    ]

    assert found == [*check_all(ledger.entries())]
    assert [each.fault for each in found] == [None] * 30
    if workers:  # nothing after it is believed as another process told it
        assert [places(each) for each in Spread(ledger, 1).all()] == [(0, 7), *range(7, 30)]
    ledger.close()


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize(("at", "believed"), [(5, []), (13, [(0, 7)])])
def test_after_such_a_delegation_no_share_is_believed_in_which_it_is_not_used_either(
    tmp_path: Path, home: Path, at: int, believed: list[tuple[int, int]], wrong: bool
) -> None:
    """It stands in the first or the second of three, of which the second may be told by itself anyway."""
    made = forged(home, tmp_path / "late.db")
    other = Forger(home=home, path=made.path, identity=made.identity)
    other._ids = 1000
    spelled = other.sign(other.delegation()).replace(b'"keyid"', b'"\\u006beyid"')
    change(made.path, f"UPDATE entries SET envelope = x'{spelled.hex()}' WHERE idx = {at}")
    if wrong:
        change(made.path, "UPDATE entries SET envelope = x'00' WHERE idx = 9")
    ledger = Ledger.open(made.uri, home)

    assert [places(each) for each in Spread(ledger, 1).all()] == [
        *believed,
        *range(7 * len(believed), SIZE),
    ]
    ledger.close()


@pytest.mark.parametrize(("far", "places_"), [(-5, (-5, 0)), (10**15, None)])
def test_an_entry_far_from_the_others_is_looked_at_once(
    forger: Forger, ledger: Ledger, far: int, places_: tuple[int, int] | None
) -> None:
    change(forger.path, f"UPDATE entries SET idx = {far} WHERE idx = 17")
    indices = [
        each.index
        for found in Spread(ledger, 0).all()
        for each in ([found] if isinstance(found, Checked) else [])
    ]

    assert far in indices
    assert len(indices) == len(set(indices))
    assert len(indices) <= 14


def test_a_ledger_of_nothing_has_one_share_of_nothing(tmp_path: Path, home: Path) -> None:
    ledger = Ledger.open_or_create(f"sqlite:///{tmp_path / 'empty.db'}", home)

    assert [*Spread(ledger, 0).all()] == []
    ledger.close()


class TestAShare:
    def test_that_learns_knows_what_it_came_across(self, ledger: Ledger) -> None:
        share = Share(ledger, learns=True)

        first = share.look((0, 7))
        assert isinstance(first, Brief) and first.rows == ()
        assert isinstance(share.look((7, SIZE)), Brief)

    def test_that_does_not_knows_what_it_was_told(self, forger: Forger, ledger: Ledger) -> None:
        share = Share(ledger)
        found = share.look((7, 14))
        assert not isinstance(found, Brief)
        assert [each.index for each in found] == [*range(7, 14)]
        assert all(each.fault for each in found)

        other = Forger(home=forger.home, path=forger.path, identity=forger.identity)
        bare = forger.sign(forger.delegation(emission=None))
        told = {-3: b"rubbish", -2: bare, -1: other.sign(other.delegation())}
        share.know(told | {0: ledger.entry(0).envelope})
        brief = share.look((7, 14))
        assert isinstance(brief, Brief) and (brief.start, brief.end) == (7, 14)

    def test_is_told_entry_by_entry_where_something_is_wrong(
        self, forger: Forger, ledger: Ledger
    ) -> None:
        change(forger.path, "UPDATE entries SET envelope = x'00' WHERE idx = 9")
        share = Share(ledger, learns=True)
        first, second = share.look((0, 7)), share.look((7, 14))

        assert isinstance(first, Brief)
        assert second == [*check_all(ledger.entries())][7:14]
        assert share.check((0, 7)) == [*check_all(ledger.entries())][:7]

    def test_learns_from_what_is_told_entry_by_entry_too(
        self, forger: Forger, ledger: Ledger
    ) -> None:
        change(forger.path, "UPDATE entries SET envelope = x'00' WHERE idx = 3")
        share = Share(ledger, learns=True)

        assert isinstance(share.look((0, 7)), list)
        assert isinstance(share.look((7, 14)), Brief)

    def test_of_nothing_is_nothing(self, ledger: Ledger) -> None:
        assert Share(ledger, learns=True).look((SIZE, SIZE + 7)) == []

    @pytest.mark.parametrize("indexing", [False, True])
    def test_has_rows_where_it_is_told_to(self, ledger: Ledger, indexing: bool) -> None:
        brief = Share(ledger, learns=True, indexing=indexing).look((0, 7))

        assert isinstance(brief, Brief)
        assert len(brief.rows) == (7 if indexing else 0)
