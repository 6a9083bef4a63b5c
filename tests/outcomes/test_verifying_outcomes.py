"""`verify` holds the outcomes beside the ledger against the batches that it sealed."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

import answerable as ans
from answerable.history import Verdict
from answerable.ledger import leaf_hash
from answerable.outcomes.leaves import Leaves
from tests.outcomes.conftest import DEPLOYMENT


@pytest.fixture
def ids(ledger: Path) -> list[str]:
    """Nine outcomes in a sealed batch."""
    found = [ans.outcome(DEPLOYMENT, f"application-{n}", "declined").id for n in range(9)]
    ans.shutdown()
    return found


def _verified(ledger: Path) -> Verdict:
    with ans.open(ledger) as history:
        return history.verify()


def _faults(ledger: Path) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.id) for fault in _verified(ledger).faults]


def _changed(ledger: Path, sql: str, *given: object) -> None:
    database = sqlite3.connect(f"{ledger}.outcomes")
    with database:
        assert database.execute(sql, given).rowcount > 0
    database.close()


def test_nothing_is_wrong_with_what_nobody_changed(ledger: Path, ids: list[str]) -> None:
    assert _verified(ledger).holds


def test_an_altered_outcome_is_named(ledger: Path, ids: list[str]) -> None:
    told = "UPDATE outcomes SET disclosure = replace(disclosure, 'application-4', 'application-5')"
    _changed(ledger, told + " WHERE instr(disclosure, 'application-4')")

    assert _faults(ledger) == [("outcome-altered", ids[4])]


def test_a_missing_outcome_is_named(ledger: Path, ids: list[str]) -> None:
    _changed(ledger, "DELETE FROM outcomes WHERE instr(disclosure, 'application-4')")

    assert _faults(ledger) == [("outcome-missing", ids[4])]


def test_a_disclosure_that_is_gone_without_a_word_is_named(ledger: Path, ids: list[str]) -> None:
    _changed(
        ledger, "UPDATE outcomes SET disclosure = NULL WHERE instr(disclosure, 'application-4')"
    )

    assert _faults(ledger) == [("outcome-missing", ids[4])]


def test_an_added_outcome_is_named(ledger: Path, ids: list[str]) -> None:
    _changed(
        ledger,
        "INSERT INTO outcomes SELECT max(place) + 1, leaf, disclosure FROM outcomes",
    )

    assert _faults(ledger) == [("outcome-added", f"{ids[0][:-1]}9")]


def test_outcomes_that_changed_places_are_named(ledger: Path, ids: list[str]) -> None:
    for old, new in ((7, 99), (8, 7), (99, 8)):
        sql = "UPDATE outcomes SET place = ? WHERE place = ?"
        _changed(ledger, sql, (1 << 20) + new, (1 << 20) + old)

    assert _faults(ledger) == [("outcome-altered", ids[7]), ("outcome-altered", ids[8])]


def test_an_outcome_that_was_made_anew_with_its_hash_is_told_of_its_batch(
    ledger: Path, ids: list[str]
) -> None:
    with ans.open(ledger) as history:
        seal = history.explain(ids[4]).sealing
    assert seal is not None and seal.disclosure is not None
    forged = seal.disclosure.replace(b"declined", b"granted!")
    sql = "UPDATE outcomes SET disclosure = ?, leaf = ? WHERE instr(disclosure, 'application-4')"
    _changed(ledger, sql, forged, leaf_hash(forged))

    assert _faults(ledger) == [("outcome-altered", ids[4].rpartition(".")[0])]


@pytest.mark.parametrize("how", ["gone", "a directory", "not a database", "without tables"])
def test_a_file_that_is_not_there_or_is_none_is_told(
    ledger: Path, ids: list[str], how: str
) -> None:
    place = Path(f"{ledger}.outcomes")
    place.unlink()
    if how == "a directory":
        place.mkdir()
    elif how == "not a database":
        place.write_bytes(b"x" * 4096)
    elif how == "without tables":
        place.touch()

    assert _faults(ledger) == [("outcome-missing", ids[0].rpartition(".")[0])]


def test_every_cell_is_read(ledger: Path, ids: list[str], tmp_path: Path) -> None:
    whole = Path(f"{ledger}.outcomes")
    kept = tmp_path / "kept"
    shutil.copy(whole, kept)
    database = sqlite3.connect(kept)
    cells = [
        (table, column, row)
        for table, columns in (("outcomes", ("place", "leaf", "disclosure")), ("batches", ("id",)))
        for (row,) in database.execute(f"SELECT rowid FROM {table}").fetchall()
        for column in columns
    ]
    database.close()
    unnoticed = []
    for table, column, row in cells:
        for made in ("NULL", "1", "'x'", "x'00'", f"substr({column}, 1, length({column}) - 1)"):
            shutil.copy(kept, whole)
            database = sqlite3.connect(whole)
            try:
                with database:
                    database.execute(f"UPDATE {table} SET {column} = {made} WHERE rowid = ?", [row])
            except sqlite3.Error:
                continue  # the table itself refuses it
            finally:
                database.close()
            if _verified(ledger).holds:
                unnoticed.append((table, column, row, made))

    assert len(cells) == 28
    assert unnoticed == []


def test_leaves_that_a_crash_left_without_a_seal_count_for_nothing(
    ledger: Path, ids: list[str]
) -> None:
    leaves = Leaves.open_or_create(Path(f"{ledger}.outcomes"))
    leaves.add("0193b4e2-7c02-7b1e-8d0f-0a4c1b9e7d55", [b"1" * 32], [b"{}"])
    leaves.close()

    assert _verified(ledger).holds
    with ans.open(ledger) as history, pytest.raises(ans.NotFoundError) as told:
        history.explain("0193b4e2-7c02-7b1e-8d0f-0a4c1b9e7d55.0")
    assert "not sealed" in str(told.value)


def test_what_is_sealed_meanwhile_is_no_fault(ledger: Path, ids: list[str]) -> None:
    with ans.open(ledger) as history:
        ans.configure(ledger=ledger, on_failure="raise")
        for number in range(20):
            ans.outcome(DEPLOYMENT, f"b{number}", "granted")
            ans.flush()
            assert history.verify().holds
