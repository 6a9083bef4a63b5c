"""What is read counts only as far as the log's checkpoint covers it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

import answerable as ans
from answerable.ledger import leaf_hash
from tests.history.forging import ANALYST, Forger

SUBJECT = "deployment:prod/scores"


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    """A ledger with two decisions about the subject."""
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    for _ in range(2):
        made.append(made.sign(made.decision(about=(SUBJECT,))))
    return made


def faults(forger: Forger) -> list[str | None]:
    """Of each decision, newest first, why it does not verify; the trace's verdict agrees."""
    with ans.open(forger.uri) as history:
        found = [d.custody.fault for d in history.decisions() if d.custody is not None]
        invalid = history.trace(SUBJECT).verdict == "invalid"
        assert invalid == any(fault is not None for fault in found)
        return found


def test_what_the_log_covers_verifies(forger: Forger) -> None:
    assert faults(forger) == [None, None]


def test_an_entry_written_past_the_checkpoint_does_not(forger: Forger) -> None:
    """Whoever can write the file can add entries, but has no key to sign a checkpoint over them."""
    forged = forger.sign(forger.decision(about=(SUBJECT,), chosen=999, decided_by=ANALYST))
    with sqlite3.connect(forger.path) as database:
        database.execute("INSERT INTO entries VALUES (3, ?, ?)", (leaf_hash(forged), forged))
    database.close()

    # Which of them are too many, the log cannot say: none of them counts until it is verified.
    assert faults(forger) == ["its entries are not those that its checkpoint signs"] * 3


def test_an_entry_exchanged_with_its_leaf_does_not(forger: Forger) -> None:
    other = forger.decision(about=(SUBJECT,), chosen=999, emission=forger.emission(seq=2))
    forged = forger.sign(other)
    with sqlite3.connect(forger.path) as database:
        database.execute(
            "UPDATE entries SET leaf = ?, envelope = ? WHERE idx = 2", (leaf_hash(forged), forged)
        )
    database.close()

    assert all(fault is not None for fault in faults(forger))


def test_a_tree_that_was_mended_for_it_still_lacks_the_signature(forger: Forger) -> None:
    with sqlite3.connect(forger.path) as database:
        note = bytes(database.execute("SELECT note FROM checkpoint").fetchone()[0])
        database.execute("UPDATE checkpoint SET note = ?", (note.replace(b"\n3\n", b"\n2\n"),))
    database.close()

    assert all(fault is not None and "does not hold" in fault for fault in faults(forger))


def test_an_older_copy_does_not_hold_for_whoever_saw_more(forger: Forger, tmp_path: Path) -> None:
    with ans.open(forger.uri) as history:
        assert len(history.decisions()) == 2
    shutil.copy(forger.path, tmp_path / "older.db")
    forger.append(forger.sign(forger.decision(about=(SUBJECT,))))
    assert faults(forger) == [None, None, None]
    for ending in ("-wal", "-shm"):
        forger.path.with_name(forger.path.name + ending).unlink(missing_ok=True)
    shutil.copy(tmp_path / "older.db", forger.path)

    found = faults(forger)

    assert len(found) == 2
    assert all(fault is not None and "seen before" in fault for fault in found)


@pytest.mark.parametrize("rubbish", [b"no database\n" * 500, b"", b"SQLite format 3\x00" * 99])
def test_a_damaged_index_is_made_anew(forger: Forger, home: Path, rubbish: bytes) -> None:
    assert faults(forger) == [None, None]
    (index,) = (home / "index").glob("*.db")
    for path in (home / "index").iterdir():
        path.unlink()
    index.write_bytes(rubbish)

    assert faults(forger) == [None, None]


def test_whatever_byte_of_the_index_is_damaged_no_answer_is_forged(
    forger: Forger, home: Path
) -> None:
    assert faults(forger) == [None, None]
    (index,) = (home / "index").glob("*.db")
    whole = index.read_bytes()
    true = {1}
    for place in range(100, len(whole), 211):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        index.write_bytes(bytes(damaged))
        try:
            with ans.open(forger.uri) as history:
                found = history.decisions()
        except ans.LedgerError:
            continue
        assert {d.chosen for d in found if d.custody and d.custody.verified} <= true
    with ans.open(forger.uri) as history:
        assert history.reindex() == 3
        assert len(history.decisions()) == 2
