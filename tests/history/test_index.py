"""The index: made from the ledger, thrown away at will, and never the one that is believed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

import answerable as ans
from answerable.history import Index, Records, UnusableIndexError
from answerable.ledger import Ledger
from answerable.model import Artifact, Step
from tests.history.forging import NOW, Forger
from tests.ledger.tampering import change

SUBJECT = "deployment:prod/scores"


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    """A delegation, three decisions about the subject, and a step."""
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    for chosen in range(3):
        made.append(made.sign(made.decision(about=(SUBJECT,), chosen=chosen)))
    used = (Artifact(ref="dataset:cases@1", digest="sha256:" + "0" * 64),)
    common = made.decision()
    step = Step(
        id=common.id,
        name="train",
        started_at=NOW,
        decided_at=NOW,
        recorded_at=NOW,
        team="scoring",
        used=used,
        emission=made.emission(),
    )
    made.append(made.sign(step))
    return made


@pytest.fixture
def ledger(forger: Forger) -> Iterator[Ledger]:
    opened = Ledger.open(forger.uri, forger.home)
    yield opened
    opened.close()


@pytest.fixture
def index(ledger: Ledger, home: Path) -> Iterator[Index]:
    made = Index.of(home, ledger.origin)
    assert made.refresh(ledger) is None
    yield made
    made.close()


def chosen(forger: Forger) -> list[object]:
    with ans.open(forger.uri) as history:
        found = history.decisions()
    assert all(d.custody is not None and d.custody.verified for d in found)
    return sorted(d.chosen for d in found)


def file_of(home: Path) -> Path:
    (found,) = (home / "index").glob("*.db")
    return found


def test_it_answers_with_places(index: Index) -> None:
    assert index.places("type = ?", ["decision"], "ORDER BY idx DESC") == [3, 2, 1]
    assert index.named("about", SUBJECT) == [1, 2, 3]
    assert index.named("used", "dataset:cases@1") == [4]
    assert index.named("used", "sha256:" + "0" * 64) == [4]
    assert index.named("produced", "dataset:cases@1") == []
    assert index.refs("dataset:") == ["dataset:cases@1"]


def test_it_takes_in_what_others_append(forger: Forger, index: Index, ledger: Ledger) -> None:
    forger.append(forger.sign(forger.decision(about=(SUBJECT,))))
    assert index.named("about", SUBJECT) == [1, 2, 3]

    assert index.refresh(ledger) is None

    assert index.named("about", SUBJECT) == [1, 2, 3, 5]


def test_bytes_that_are_no_record_keep_their_place(
    forger: Forger, index: Index, ledger: Ledger
) -> None:
    forger.append(b"rubbish")
    forger.append(forger.sign(forger.decision(about=(SUBJECT,))))

    assert index.refresh(ledger) is None
    assert index.named("about", SUBJECT) == [1, 2, 3, 6]
    assert index.rebuild(ledger) == 7


def test_each_log_has_one_of_its_own(forger: Forger, index: Index, tmp_path: Path) -> None:
    other = Forger(home=forger.home, path=tmp_path / "other.db")
    other.append(other.sign(other.delegation()))

    assert chosen(other) == []
    assert chosen(forger) == [0, 1, 2]
    assert len([*(forger.home / "index").glob("*.db")]) == 2


def test_an_index_of_an_exchanged_ledger_is_made_anew(forger: Forger, tmp_path: Path) -> None:
    """A copy goes on apart from its original: one log's name, two histories."""
    shutil.copytree(forger.home, tmp_path / "other home")
    shutil.copy(forger.path, tmp_path / "copy.db")
    copy = Forger(
        home=tmp_path / "other home",
        path=tmp_path / "copy.db",
        identity=forger.identity,
        session=forger.session,
        seq=forger.seq,
        prev=forger.prev,
    )
    copy.append(copy.sign(copy.decision(about=(SUBJECT,), chosen=7, id="another")))
    forger.append(forger.sign(forger.decision(about=(SUBJECT,), chosen=8)))
    assert chosen(forger) == [0, 1, 2, 8]

    forger.path.write_bytes(copy.path.read_bytes())
    shutil.rmtree(forger.home / "checkpoints")

    assert chosen(forger) == [0, 1, 2, 7]


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE names",
        "DROP TABLE records",
        "DROP TABLE tree",
        "ALTER TABLE records DROP COLUMN words",
        "UPDATE records SET leaf = x'00' WHERE idx = 2",
        "UPDATE records SET kind = 'other' WHERE idx = 2",
        "UPDATE records SET id = 'other' WHERE idx = 2",
        "UPDATE names SET name = 'other' WHERE role = 'about' AND idx = 2",
        "DELETE FROM names WHERE role = 'about' AND idx = 2",
        f"INSERT INTO names VALUES ('about', '{SUBJECT}', 0)",
        "UPDATE records SET leaf = 'text' WHERE idx = 2",
        "UPDATE tree SET peaks = x'00'",
        "UPDATE tree SET size = 2",
        "UPDATE tree SET size = 'many'",
        "UPDATE tree SET size = -1",
        "DELETE FROM tree",
        "DELETE FROM records",
        "DELETE FROM records WHERE idx = 4",
        "DELETE FROM records WHERE idx = 2",
        "INSERT INTO records (idx, leaf, id, type) VALUES (9, x'00', 'more', 'decision')",
        "PRAGMA user_version = 99",
    ],
)
def test_an_index_that_was_changed_is_made_anew(forger: Forger, home: Path, statement: str) -> None:
    assert chosen(forger) == [0, 1, 2]
    change(file_of(home), statement)

    assert chosen(forger) == [0, 1, 2]
    with ans.open(forger.uri) as history:
        assert len(history.decisions(text="which")) == 3
        assert len(history.trace(SUBJECT).records) == 3


def test_an_id_that_the_entry_has_not_is_the_indexs_fault_also_where_its_guards_are_gone(
    forger: Forger, home: Path
) -> None:
    """What is asked about an id is asked about the one that the index has: it must be the entry's."""
    assert chosen(forger) == [0, 1, 2]
    change(
        file_of(home), "DROP TRIGGER records_UPDATE", "UPDATE records SET id = NULL WHERE idx = 2"
    )

    assert chosen(forger) == [0, 1, 2]


def test_what_an_older_index_left_beside_it_is_not_played_into_the_new_one(
    forger: Forger, home: Path
) -> None:
    assert chosen(forger) == [0, 1, 2]
    file = file_of(home)
    file.write_bytes(b"no database\n" * 1000)
    beside = file.with_name(file.name + "-wal")
    beside.write_bytes(b"an older log of writes")

    assert chosen(forger) == [0, 1, 2]
    assert not beside.exists() or beside.read_bytes() != b"an older log of writes"


def test_where_none_can_be_kept_it_is_made_in_memory(forger: Forger, home: Path) -> None:
    (home / "index").write_text("a file where the directory should be")

    assert chosen(forger) == [0, 1, 2]
    assert (home / "index").is_file()


def test_one_that_another_process_holds_is_left_alone(
    ledger: Ledger, index: Index, home: Path
) -> None:
    before = file_of(home).stat().st_ino
    another = index.anew(UnusableIndexError("locked", damaged=False))
    try:
        assert another.refresh(ledger) is None
        assert another.named("about", SUBJECT) == [1, 2, 3]
    finally:
        another.close()
    assert file_of(home).stat().st_ino == before


def test_a_place_that_the_ledger_does_not_have_is_the_indexs_fault(
    ledger: Ledger, index: Index
) -> None:
    records = Records(ledger, index)

    with pytest.raises(UnusableIndexError, match="entry 9 "):
        records.at(9)


def test_many_who_read_at_first_all_see_everything(forger: Forger, tmp_path: Path) -> None:
    """None of them may find the index that another is just making, or has just emptied."""
    readers = 6
    for attempt in range(8):
        home = tmp_path / f"home {attempt}"
        barrier = Barrier(readers)

        def read(number: int, home: Path = home, barrier: Barrier = barrier) -> list[int]:
            barrier.wait()
            seen = []
            with ans.open(forger.uri, home=str(home)) as history:
                for turn in range(6):
                    if number == 0 and turn % 2:
                        history.reindex()
                    seen.append(len(history.decisions()))
            return seen

        with ThreadPoolExecutor(readers) as pool:
            found = [*pool.map(read, range(readers))]

        assert found == [[3] * 6] * readers


def test_a_search_ignores_case_and_looks_through_what_was_said(
    forger: Forger, index: Index, ledger: Ledger
) -> None:
    forger.append(
        forger.sign(forger.decision(question="GRENZWERT?", chosen={"Öl": 3}, rationale="ẞ"))
    )
    index.refresh(ledger)
    (place,) = index.places("instr(words, ?) > 0", ["grenzwert"])

    for word in ("grenzwert?", "öl", "ss"):
        assert index.places("instr(words, ?) > 0", [word.casefold()]) == [place]


def test_it_can_be_read_by_nobody_else(index: Index, home: Path) -> None:
    assert (home / "index").stat().st_mode & 0o077 == 0
    with sqlite3.connect(file_of(home)) as database:
        assert database.execute("SELECT count(*) FROM records").fetchone() == (5,)
    database.close()
