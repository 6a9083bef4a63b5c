"""The outcomes beside a ledger, wherever they lie, are held against the batches that it sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable.errors import LedgerError
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.sealed import Beside, Seals
from answerable.ledger import Fault, leaf_hash
from answerable.outcomes.leaves import Leaves, places
from answerable.outcomes.tree import root_of
from tests.history.forging import NOW
from tests.ledger.tampering import change
from tests.outcomes.test_batch_faults import BATCH, told

OTHER = BATCH.replace("7", "6")
NONE = leaf_hash(b"none").hex()


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    return str(tmp_path / "decisions.db")


def keep(ledger: str, home: Path, batch: str, numbers: range, *, waiting: bool = False) -> str:
    """Keep a batch of outcomes beside the ledger, or at home; their root in hex."""
    at = places(ledger, home)[waiting]
    assert isinstance(at, Path)
    at.parent.mkdir(parents=True, exist_ok=True)
    disclosures = [told(number) for number in numbers]
    leaves = [leaf_hash(each) for each in disclosures]
    kept = Leaves.open_or_create(at)
    kept.add(batch, leaves, disclosures)
    kept.close()
    return root_of(leaves).hex()


def found(ledger: str, home: Path, *checked: Checked) -> list[Fault]:
    seals = Seals(Beside(ledger, home))
    assert not seals.asks(Brief(0, (), (), (), (), (), NOW, NOW, NOW, ()))  # all of it is noted
    for each in checked:
        seals.saw(each)
    return [*seals.faults()]


def sealed(index: int, batch: str, size: int, root: str) -> Checked:
    return Checked(index, b"", b"", id=batch, seals=(size, root))


def test_each_batch_is_found_where_it_lies(ledger: str, home: Path) -> None:
    here = keep(ledger, home, BATCH, range(3))
    there = keep(ledger, home, OTHER, range(1), waiting=True)
    faults = found(ledger, home, sealed(1, BATCH, 3, here), sealed(2, OTHER, 1, there))

    # Its outcome says that it is of the first batch.
    assert [(fault.code, fault.index, fault.id) for fault in faults] == [
        ("outcome-altered", 2, f"{OTHER}.0")
    ]
    assert found(ledger, home, sealed(1, BATCH, 3, here)) == []


def test_one_of_which_nothing_is_there_is_one_fault(ledger: str, home: Path) -> None:
    root = keep(ledger, home, BATCH, range(3))
    (fault,) = found(ledger, home, sealed(1, BATCH, 3, root), sealed(2, OTHER, 1200, NONE))

    assert (fault.code, fault.index, fault.id) == ("outcome-missing", 2, OTHER)
    assert " 1,200 outcomes " in fault.message


def test_one_of_nothing_has_nothing_to_miss(ledger: str, home: Path) -> None:
    assert found(ledger, home, sealed(2, OTHER, 0, root_of([]).hex())) == []


def test_what_was_erased_is_told_by_the_record_and_the_place(ledger: str, home: Path) -> None:
    root = keep(ledger, home, BATCH, range(3))
    erased = Checked(7, b"", b"", erases=(BATCH, "1"))
    (fault,) = found(ledger, home, sealed(1, BATCH, 3, root), erased)

    assert (fault.code, fault.index, fault.id) == ("not-erased", 1, f"{BATCH}.1")
    assert fault.message.startswith("it is recorded as erased")


def test_where_they_cannot_be_read_each_batch_says_so(ledger: str, home: Path) -> None:
    at, _ = places(ledger, home)
    assert isinstance(at, Path)
    at.write_bytes(b"no database" * 999)
    with pytest.raises(LedgerError) as why, Beside(ledger, home):
        pass
    faults = found(ledger, home, sealed(1, BATCH, 3, NONE), sealed(2, OTHER, 1, NONE))

    assert [(f.code, f.index, f.id) for f in faults] == [
        ("outcome-missing", 1, BATCH),
        ("outcome-missing", 2, OTHER),
    ]
    assert {fault.message for fault in faults} == {why.value.message}


def test_where_a_table_is_gone_each_batch_says_so(ledger: str, home: Path) -> None:
    root = keep(ledger, home, BATCH, range(3))
    change(Path(f"{ledger}.outcomes"), "DROP TABLE batches")
    with pytest.raises(LedgerError) as why, Beside(ledger, home) as beside:
        beside.of(BATCH)
    faults = found(ledger, home, sealed(1, BATCH, 3, root), sealed(2, OTHER, 1, NONE))

    assert [(f.code, f.message, f.index, f.id) for f in faults] == [
        ("outcome-missing", why.value.message, 1, BATCH),
        ("outcome-missing", why.value.message, 2, OTHER),
    ]


class TestBeside:
    def test_text_is_looked_for_in_every_place(self, ledger: str, home: Path) -> None:
        keep(ledger, home, BATCH, range(3))
        keep(ledger, home, OTHER, range(2, 5), waiting=True)
        with Beside(ledger, home) as beside:
            numbers = [(n, len(beside.holding(f"a-{n}"))) for n in range(6)]
            assert beside.of("another") == []
            assert [leaf.number for leaf in beside.of(OTHER)] == [0, 1, 2]

        assert numbers == [(0, 1), (1, 1), (2, 2), (3, 1), (4, 1), (5, 0)]

    def test_what_was_opened_is_let_go_of(self, ledger: str, home: Path) -> None:
        keep(ledger, home, BATCH, range(3))
        beside = Beside(ledger, home)
        for _ in range(2):
            with beside:
                (open_,) = beside._open
                assert len(beside.of(BATCH)) == 3
            assert beside.of(BATCH) == []
            with pytest.raises(LedgerError):
                open_.of(BATCH)

    def test_so_is_one_where_the_other_cannot_be_opened(self, ledger: str, home: Path) -> None:
        keep(ledger, home, BATCH, range(3))
        (home / "outcomes").mkdir(parents=True)
        waiting = places(ledger, home)[1]
        waiting.write_bytes(b"no database" * 999)
        beside = Beside(ledger, home)

        with pytest.raises(LedgerError), beside:
            pass
        assert beside._open == []
