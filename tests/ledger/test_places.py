"""A ledger is read where there is one, made where there is nothing, and nothing else is touched."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from pathlib import Path

import pytest

from answerable.errors import (
    ConfigurationError,
    LedgerError,
    NotALedgerError,
    NotFoundError,
)
from answerable.ledger import Ledger, engine, fsck
from answerable.ledger.engine import database_path
from tests.privileges import reachable_folder, unprivileged


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:////var/a.db", "/var/a.db"),
        ("/var/a.db", "/var/a.db"),
        ("sqlite:////var/a b?c#d%20.db", "/var/a b?c#d%20.db"),
    ],
)
def test_an_address_names_a_file(uri: str, path: str) -> None:
    assert database_path(uri) == Path(path)


def test_a_relative_address_is_meant_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert database_path("sqlite:///a/b.db") == tmp_path / "a" / "b.db"
    assert database_path("b.db") == tmp_path / "b.db"


@pytest.mark.parametrize(
    "uri", ["", " ", "sqlite:", "sqlite://", "sqlite:///", "sqlite:a.db", "sqlite:///a\x00b"]
)
def test_what_is_no_address_is_refused_with_an_example(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="not a ledger address") as caught:
        database_path(uri)

    assert "sqlite:///decisions.db" in (caught.value.hint or "")


def test_another_kind_of_address_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigurationError, match=r"no ledger of this kind: mysql://…") as caught:
        database_path("mysql://ana:secret@db.example/decisions")

    assert "secret" not in str(caught.value)


def test_a_file_name_with_signs_of_an_address_in_it_is_only_a_name(
    tmp_path: Path, home: Path
) -> None:
    path = tmp_path / "a?mode=memory#b%20 c.db"
    ledger = Ledger.open_or_create(str(path), home)
    ledger.append(b"a")
    ledger.close()

    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [path.name]


def test_reading_never_makes_a_ledger(tmp_path: Path, home: Path) -> None:
    with pytest.raises(NotFoundError, match=r"there is no ledger at .*a\.db"):
        Ledger.open(str(tmp_path / "a.db"), home)

    assert list(tmp_path.iterdir()) == []


def test_a_missing_directory_is_named_with_what_makes_it(tmp_path: Path, home: Path) -> None:
    with pytest.raises(LedgerError, match="no such directory") as caught:
        Ledger.open_or_create(str(tmp_path / "missing" / "a.db"), home)

    assert caught.value.hint == f"mkdir -p {tmp_path / 'missing'}"
    assert list(tmp_path.iterdir()) == []


class TestWhatIsNoLedger:
    """It is refused by reader and writer alike, and stays as it was to the byte."""

    def test_a_directory(self, tmp_path: Path, home: Path) -> None:
        for opening in (Ledger.open, Ledger.open_or_create):
            with pytest.raises(NotALedgerError, match="is a directory"):
                opening(str(tmp_path), home)

    @pytest.mark.parametrize(
        "content", [b"# a text\n", b"\x00" * 5000, b"SQLite format 3\x00" + b"x" * 200]
    )
    def test_a_file_of_another_kind(self, tmp_path: Path, home: Path, content: bytes) -> None:
        path = tmp_path / "a.db"
        path.write_bytes(content)

        _refused_and_untouched(path, home)

    @pytest.mark.parametrize(
        "table",
        [
            "CREATE TABLE runs (id TEXT)",
            "CREATE TABLE meta (key TEXT, value TEXT)",
            "CREATE TABLE meta (name TEXT)",
            "CREATE VIEW meta AS SELECT 'format' AS key, 'answerable-ledger/2' AS value",
        ],
    )
    @pytest.mark.parametrize("mode", ["delete", "wal"])
    def test_the_database_of_another_program(
        self, tmp_path: Path, home: Path, table: str, mode: str
    ) -> None:
        path = tmp_path / "a.db"
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute(table)
        connection.commit()
        connection.close()

        _refused_and_untouched(path, home)

    def test_a_ledger_of_a_later_format(self, tmp_path: Path, home: Path) -> None:
        path = tmp_path / "a.db"
        Ledger.open_or_create(str(path), home).close()
        connection = sqlite3.connect(path)
        connection.execute("UPDATE meta SET value = 'answerable-ledger/2' WHERE key = 'format'")
        connection.commit()
        connection.close()

        _refused_and_untouched(path, home)
        with pytest.raises(
            NotALedgerError, match=r"of the format 'answerable-ledger/2', and"
        ) as told:
            Ledger.open(str(path), home)
        assert "with the version that wrote it" in str(told.value.hint)

    @pytest.mark.parametrize(
        "change",
        [
            "DELETE FROM meta WHERE key = 'vkey'",
            "UPDATE meta SET value = 'nonsense' WHERE key = 'vkey'",
            "UPDATE meta SET value = x'ff00' WHERE key = 'vkey'",
        ],
    )
    def test_a_ledger_that_does_not_say_its_key_is_a_damaged_one(
        self, tmp_path: Path, home: Path, change: str
    ) -> None:
        path = tmp_path / "a.db"
        Ledger.open_or_create(str(path), home).close()
        connection = sqlite3.connect(path)
        connection.execute(change)
        connection.commit()
        connection.close()

        for opening in (Ledger.open, Ledger.open_or_create):
            with pytest.raises(LedgerError, match="does not say its log's key"):
                opening(str(path), home)


class TestAnEmptyFile:
    """What a process leaves that was killed while it made the ledger; and what `touch` leaves."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "a.db"
        path.touch()
        return path

    def test_a_reader_finds_no_ledger_in_it(self, path: Path, home: Path) -> None:
        with pytest.raises(NotFoundError):
            Ledger.open(str(path), home)

        assert path.stat().st_size == 0

    def test_a_writer_makes_one_there(self, path: Path, home: Path) -> None:
        ledger = Ledger.open_or_create(str(path), home)

        assert ledger.append(b"a").index == 0
        assert list(fsck(ledger)) == []
        ledger.close()


def test_no_ledger_is_made_whose_key_could_not_be_kept(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigurationError, match="cannot keep a key"):
        Ledger.open_or_create(str(tmp_path / "a.db"), tmp_path / "home")

    with pytest.raises(NotFoundError):
        Ledger.open(str(tmp_path / "a.db"), tmp_path / "another home")
    ledger = Ledger.open_or_create(str(tmp_path / "a.db"), tmp_path / "another home")
    assert ledger.append(b"a").index == 0
    ledger.close()


class TestAPlaceThatCannotBeWritten:
    def test_no_ledger_is_made_in_it(self, home: Path) -> None:
        with reachable_folder() as folder:
            (folder / "closed").mkdir(mode=0o555)

            with (
                unprivileged(),
                pytest.raises(LedgerError, match="cannot use the ledger") as caught,
            ):
                Ledger.open_or_create(str(folder / "closed" / "a.db"), home)

            assert not isinstance(caught.value, NotALedgerError)
            assert list((folder / "closed").iterdir()) == []

    def test_a_ledger_is_read_from_it(self) -> None:
        with reachable_folder() as folder:
            uri = _closed_ledger(folder)

            with unprivileged():
                reader = Ledger.open(uri, folder / "a home of one's own")
                assert [entry.envelope for entry in reader.entries()] == [b"a"]
                assert list(fsck(reader)) == []
                reader.close()

    def test_nothing_is_appended_in_it(self) -> None:
        with reachable_folder() as folder:
            uri = _closed_ledger(folder)

            with unprivileged(), pytest.raises(LedgerError) as caught:
                Ledger.open_or_create(uri, folder / "home").append(b"b")

            assert not isinstance(caught.value, NotALedgerError)

    def test_a_file_that_may_not_be_read_is_no_other_kind_of_file(self) -> None:
        with reachable_folder() as folder:
            uri = _closed_ledger(folder)
            database_path(uri).chmod(0o000)

            with unprivileged(), pytest.raises(LedgerError, match="unable to open") as caught:
                Ledger.open(uri, folder / "home")

            assert not isinstance(caught.value, NotALedgerError)


def test_a_ledger_that_somebody_locks_for_too_long_is_refused_as_locked(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    Ledger.open_or_create(str(path), home).close()
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0.1)
    ledger = Ledger.open_or_create(str(path), home)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LedgerError, match="locked"):
        ledger.append(b"a")

    other.execute("ROLLBACK")
    other.close()
    assert ledger.append(b"a").index == 0
    ledger.close()


def test_two_that_make_one_ledger_at_once_make_one_log(tmp_path: Path, home: Path) -> None:
    origins: list[str] = []
    ready = threading.Barrier(4)

    def make() -> None:
        ready.wait()
        ledger = Ledger.open_or_create(str(tmp_path / "a.db"), home)
        origins.append(ledger.origin)
        ledger.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(origins) == 4
    assert len(set(origins)) == 1


def _closed_ledger(folder: Path) -> str:
    closed = folder / "closed"
    closed.mkdir()
    uri = f"sqlite:///{closed / 'a.db'}"
    ledger = Ledger.open_or_create(uri, folder / "home")
    ledger.append(b"a")
    ledger.close()
    database_path(uri).chmod(0o444)
    closed.chmod(0o555)
    return uri


def _refused_and_untouched(path: Path, home: Path) -> None:
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    beside = sorted(p.name for p in path.parent.iterdir())
    for opening in (Ledger.open, Ledger.open_or_create):
        with pytest.raises(NotALedgerError):
            opening(str(path), home)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert sorted(p.name for p in path.parent.iterdir()) == beside
