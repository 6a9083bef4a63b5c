"""What an index says otherwise than its ledger is found while the ledger is verified, in brief or one by one."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from answerable import statement, usual
from answerable.history import Index, UnusableIndexError, spreading, verify
from answerable.history.briefing import Briefing
from answerable.history.index_check import Departures
from answerable.ledger import Fault, Ledger
from answerable.model import Artifact, Record
from tests.history.forging import Forger
from tests.ledger.tampering import change

SIZE = 12


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "SHARE", 4)


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    for number in range(1, SIZE):
        used = (Artifact(ref=f"dataset:a@{number}"), Artifact(ref="config:b"))
        made.append(made.sign(made.decision(used=used)))
    return made


@pytest.fixture
def ledger(forger: Forger) -> Ledger:
    return Ledger.open(forger.uri, forger.home)


@pytest.fixture
def index(forger: Forger, ledger: Ledger) -> Index:
    made = Index.of(forger.home, ledger.origin)
    made.refresh(ledger)
    return made


def found(index: Index, ledger: Ledger, workers: int = 0) -> list[Fault]:
    with Departures(index, ledger) as departures:
        assert verify(ledger, index=departures, workers=workers).holds
        return departures.faults()


def file_of(forger: Forger) -> Path:
    (path,) = (forger.home / "index").glob("*.db")
    return path


CHANGES = [
    ("UPDATE records SET words = 'x' WHERE idx = 6", [6]),
    ("UPDATE records SET kind = 'deploy' WHERE idx IN (0, 11)", [0, 11]),
    ("UPDATE names SET name = 'config:c' WHERE idx = 3 AND name = 'config:b'", [3]),
    ("DELETE FROM names WHERE idx = 11", [11]),
    ("INSERT INTO names VALUES ('used', 'x:y', 5), ('about', 'x:y', 0)", [0, 5]),
    ("INSERT INTO names VALUES ('used', 'x:y', 99)", [None]),
    ("INSERT INTO records (idx, leaf) VALUES (99, x'00')", [None]),
    ("DELETE FROM records WHERE idx = 10", [10, 11]),
    ("DELETE FROM names", [*range(1, SIZE)]),
    ("CREATE INDEX more ON names (role)", [None]),
    ("DROP INDEX records_id", [None]),
]


def altered(forger: Forger, index: Index, ledger: Ledger, sql: str) -> Index:
    """The index, after somebody has run that on its file."""
    index.close()
    with sqlite3.connect(file_of(forger)) as database:
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        guards = triggers.fetchall()
        for name, _ in guards:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(sql)
        for _, made in guards:
            database.execute(made)
    database.close()
    return Index.of(forger.home, ledger.origin)


@pytest.mark.parametrize(("sql", "places"), CHANGES)
def test_each_entry_of_which_it_says_something_else_is_found(
    forger: Forger, index: Index, ledger: Ledger, sql: str, places: list[int | None]
) -> None:
    assert found(index, ledger) == []
    told = found(altered(forger, index, ledger, sql), ledger)

    assert [(fault.code, fault.index) for fault in told] == [("index", place) for place in places]
    for fault in told:
        assert fault.message.startswith("the index ")
        assert fault.message.endswith("; run `answerable reindex`")
        assert fault.index is None or f"entry {fault.index} " in fault.message


@pytest.mark.parametrize(("sql", "_places"), CHANGES)
def test_the_same_is_found_with_other_processes(
    forger: Forger, index: Index, ledger: Ledger, sql: str, _places: object
) -> None:
    index = altered(forger, index, ledger, sql)

    assert found(index, ledger, workers=1) == found(index, ledger)


@pytest.mark.parametrize("workers", [0, 1])
def test_it_is_the_same_where_nothing_is_told_in_brief(
    forger: Forger,
    index: Index,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
) -> None:
    monkeypatch.setattr(Briefing, "take", lambda *_: False)

    assert found(index, ledger, workers) == []


def test_one_whose_pages_do_not_fit_each_other_is_named_as_damaged(
    forger: Forger, index: Index, ledger: Ledger
) -> None:
    index.close()
    before, actor, after = file_of(forger).read_bytes().rpartition(b"person:analyst@bank.example")
    file_of(forger).write_bytes(before + actor.upper() + after)
    (fault,) = found(Index.of(forger.home, ledger.origin), ledger)

    assert (fault.code, fault.index) == ("index", None)
    assert fault.message.startswith("the index is damaged (")
    assert fault.message.endswith("; run `answerable reindex`")


def test_one_that_cannot_be_read_on_is_given_up(index: Index, ledger: Ledger) -> None:
    with Departures(index, ledger) as departures:
        index._database.set_progress_handler(lambda: 1, 1)  # from here on it is interrupted
        try:
            assert verify(ledger, index=departures, workers=0).holds
            assert not departures.asks
            with pytest.raises(UnusableIndexError):
                departures.faults()
        finally:
            index._database.set_progress_handler(None, 0)


def test_only_what_was_taken_in_is_compared(forger: Forger, index: Index, ledger: Ledger) -> None:
    for _ in range(6):
        forger.append(forger.sign(forger.decision()))

    assert found(index, ledger) == []


def test_the_index_of_another_history_is_not_compared(
    forger: Forger, index: Index, ledger: Ledger
) -> None:
    change(forger.path, "DELETE FROM entries WHERE idx > 5")

    with Departures(index, ledger) as departures:
        assert not departures.asks
        assert not verify(ledger, index=departures).holds
        assert departures.faults() == []


def test_one_that_cannot_be_read_is_told_of_once_all_is_verified(
    forger: Forger, index: Index, ledger: Ledger
) -> None:
    index.close()
    size = file_of(forger).stat().st_size
    with file_of(forger).open("r+b") as file:
        file.seek(size // 3)
        file.write(b"\xff" * (size // 3))
    index = Index.of(forger.home, ledger.origin)

    with Departures(index, ledger) as departures:
        assert verify(ledger, index=departures).holds
        told: list[Fault] | None = None
        with suppress(UnusableIndexError):
            told = departures.faults()
        assert told != []


def test_each_record_is_read_once_for_all_that_is_verified(
    index: Index, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, made = list[bytes](), list[bytes]()
    told, exactly = usual.told, statement.exactly_from_bytes

    def reading(payload: bytes) -> usual.Told | None:
        read.append(payload)
        return told(payload)

    def making(payload: bytes) -> Record:
        made.append(payload)
        return exactly(payload)

    monkeypatch.setattr(usual, "told", reading)
    monkeypatch.setattr(statement, "exactly_from_bytes", making)

    assert found(index, ledger) == []

    # The delegation is also made into a record, by a reader of its own, and asked for its row.
    assert len(read) - len(set(read)) == 1 and len(set(read)) == SIZE
    assert made == []
