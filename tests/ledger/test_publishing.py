"""The log as a directory: what is written, when, and what is refused."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.errors import AnswerableError, ExportError, LedgerRolledBackError
from answerable.ledger import Ledger, TileLog, publish
from answerable.ledger.tiles import tiles
from tests.privileges import reachable_folder, unprivileged


@pytest.fixture
def ledger(tmp_path: Path, home: Path) -> Ledger:
    return Ledger.open_or_create(str(tmp_path / "a.db"), home)


@contextlib.contextmanager
def unprivileged_home(folder: Path) -> Iterator[Path]:
    """A directory of one's own, for somebody to whom others' are closed."""
    folder.chmod(0o777)
    with unprivileged():
        (folder / "own").mkdir()
        yield folder / "own"


def fill(ledger: Ledger, count: int) -> None:
    start = ledger.size()
    ledger.append_all([b"entry %d" % n for n in range(start, start + count)])


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def read(folder: Path, ledger: Ledger) -> TileLog:
    """The log as published, read whole."""
    log = TileLog(lambda path: (folder / path).read_bytes(), ledger.verifier)
    assert sum(1 for _ in log.entries()) == log.checkpoint().size
    return log


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
def test_the_directory_holds_what_the_specification_says(
    ledger: Ledger, tmp_path: Path, size: int
) -> None:
    fill(ledger, size)

    made = publish(ledger, tmp_path / "log")

    expected = {tile.path for tile in tiles(size)} | {"checkpoint", "vkey"}
    assert files(tmp_path / "log").keys() == expected
    assert (made.size, made.root) == (size, ledger.root_at(size).hex())
    log = read(tmp_path / "log", ledger)
    assert [*log.faults()] == []
    assert [log.root_at(n) for n in range(size + 1)] == [ledger.root_at(n) for n in range(size + 1)]


def test_again_only_what_is_new_is_written(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger, 600)
    publish(ledger, tmp_path / "log")
    before = files(tmp_path / "log")
    fill(ledger, 1)

    made = publish(ledger, tmp_path / "log")

    after = files(tmp_path / "log")
    touched = {path for path in after if after[path] != before.get(path)}
    assert touched == {
        *("tile/0/002.p/89", "tile/entries/002.p/89", "checkpoint", "vkey"),
    }
    assert made.written == 4
    assert "tile/0/002.p/88" in after  # who holds the earlier checkpoint still needs it


def test_what_has_become_full_replaces_its_parts(ledger: Ledger, tmp_path: Path) -> None:
    fill(ledger, 200)
    publish(ledger, tmp_path / "log")
    fill(ledger, 100)
    publish(ledger, tmp_path / "log")

    found = files(tmp_path / "log").keys()
    assert {"tile/0/000", "tile/entries/000"} <= found
    assert not any(path.startswith(("tile/0/000.p", "tile/entries/000.p")) for path in found)


def test_a_reader_of_an_earlier_checkpoint_finds_the_full_tile(
    ledger: Ledger, tmp_path: Path
) -> None:
    fill(ledger, 200)
    publish(ledger, tmp_path / "log")
    earlier = (tmp_path / "log" / "checkpoint").read_bytes()
    fill(ledger, 100)
    publish(ledger, tmp_path / "log")

    def fetch(path: str) -> bytes:
        from answerable.errors import NotFoundError

        if path == "checkpoint":
            return earlier
        try:
            return (tmp_path / "log" / path).read_bytes()
        except OSError as error:
            raise NotFoundError(str(error)) from None

    log = TileLog(fetch, ledger.verifier)
    assert sum(1 for _ in log.entries()) == 200
    assert [*log.faults()] == []


def test_it_can_be_read_by_everybody(ledger: Ledger, tmp_path: Path) -> None:
    """A web server is another user."""
    fill(ledger, 3)
    publish(ledger, tmp_path / "log")

    for path in (tmp_path / "log").rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o777 == 0o644
        else:
            assert path.stat().st_mode & 0o055 == 0o055


def test_a_crash_on_the_way_leaves_the_log_that_was_there(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every file that is written."""
    from answerable import durable

    fill(ledger, 300)
    publish(ledger, tmp_path / "log")
    fill(ledger, 300)
    real = durable.replace
    left: list[int] = []

    def dying(path: Path, data: bytes, mode: int | None = None) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        real(path, data, mode)

    sizes = []
    monkeypatch.setattr(durable, "replace", dying)
    for files_until_then in range(12):
        left[:] = range(files_until_then)
        with contextlib.suppress(KeyboardInterrupt):
            publish(ledger, tmp_path / "log")
        log = read(tmp_path / "log", ledger)
        assert [*log.faults()] == []
        sizes.append(log.size())
    assert {*sizes} == {300, 600}


class TestRefusals:
    def test_a_directory_of_another_log(self, ledger: Ledger, tmp_path: Path, home: Path) -> None:
        other = Ledger.open_or_create(str(tmp_path / "b.db"), home)
        fill(other, 3)
        publish(other, tmp_path / "log")

        with pytest.raises(ExportError, match="something else than this log"):
            publish(ledger, tmp_path / "log")

    def test_a_directory_of_something_else(self, ledger: Ledger, tmp_path: Path) -> None:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "index.html").write_text("hello")

        with pytest.raises(ExportError, match="not empty"):
            publish(ledger, tmp_path / "site")
        assert [p.name for p in (tmp_path / "site").iterdir()] == ["index.html"]

    def test_a_ledger_that_is_shorter_than_what_is_published(
        self, ledger: Ledger, tmp_path: Path, home: Path
    ) -> None:
        fill(ledger, 3)
        ledger.close()
        shutil.copy(tmp_path / "a.db", tmp_path / "old.db")
        longer = Ledger.open_or_create(str(tmp_path / "a.db"), home)
        fill(longer, 3)
        publish(longer, tmp_path / "log")
        shutil.rmtree(home / "checkpoints")
        before = files(tmp_path / "log")

        with pytest.raises(LedgerRolledBackError):
            publish(Ledger.open(str(tmp_path / "old.db"), home), tmp_path / "log")
        assert files(tmp_path / "log") == before

    def test_another_history_of_the_log(self, ledger: Ledger, tmp_path: Path, home: Path) -> None:
        fill(ledger, 3)
        ledger.close()
        shutil.copy(tmp_path / "a.db", tmp_path / "copy.db")
        first = Ledger.open_or_create(str(tmp_path / "a.db"), home)
        first.append(b"one")
        publish(first, tmp_path / "log")
        shutil.rmtree(home / "checkpoints")
        second = Ledger.open_or_create(str(tmp_path / "copy.db"), home)
        second.append_all([b"other", b"more"])

        with pytest.raises(LedgerRolledBackError, match="first 4 entries"):
            publish(second, tmp_path / "log")

    def test_a_ledger_that_does_not_hold(self, ledger: Ledger, tmp_path: Path) -> None:
        fill(ledger, 5)
        with sqlite3.connect(tmp_path / "a.db") as database:
            database.execute("DELETE FROM entries WHERE idx = 4")
        database.close()

        with pytest.raises(AnswerableError):
            publish(ledger, tmp_path / "log")
        assert not (tmp_path / "log" / "checkpoint").exists()

    def test_a_directory_that_cannot_be_written(self) -> None:
        with reachable_folder() as folder, unprivileged_home(folder) as home:
            ledger = Ledger.open_or_create(str(home / "a.db"), home)
            fill(ledger, 3)
            (home / "log").mkdir(mode=0o500)

            with pytest.raises(ExportError, match="cannot write"):
                publish(ledger, home / "log")
            ledger.close()


@pytest.mark.parametrize("size", [1, 300])
def test_every_changed_missing_or_longer_file_is_found(
    ledger: Ledger, tmp_path: Path, size: int
) -> None:
    fill(ledger, size)
    publish(ledger, tmp_path / "log")
    whole = {path: data for path, (_, data) in files(tmp_path / "log").items() if path != "vkey"}
    assert len(whole) >= 3

    def verdict(changed: dict[str, bytes]) -> list[object]:
        def fetch(path: str) -> bytes:
            from answerable.errors import NotFoundError

            if path not in changed:
                raise NotFoundError(path)
            return changed[path]

        try:
            log = TileLog(fetch, ledger.verifier)
            for _ in log.entries():
                pass
            return [*log.faults()]
        except AnswerableError as error:
            return [error]

    assert verdict(whole) == []
    for path, data in whole.items():
        assert verdict({k: v for k, v in whole.items() if k != path})
        for changed in (data[:-1], data + b"\x00", bytes([data[0] ^ 1]) + data[1:], b""):
            assert verdict(whole | {path: changed}), (path, changed[:9])
