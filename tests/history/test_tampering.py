"""Whatever is changed in a ledger's database, or in a file beside it, `verify` exits 1 for it, or
it changes no answer at all."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from answerable.recording import process
from tests.cli.running import Run, running
from tests.history.everything import ACTOR, Place, answers, made
from tests.history.walking import changes
from tests.ledger.tampering import copy_of, restore

# What may be changed in the home directory without an exit status of 1, and why no answer can
# change by it. Of the cells and rows of the ledger's own database, nothing may.
HARMLESS = {
    "decisions.db": "a bit of a page that SQLite does not use",
    "decisions.db.outcomes": "a bit of a page that SQLite does not use",
    "decisions.db.private": "the same",
    "decisions.db-shm": "SQLite's shared memory, or an empty log of writes: made anew by who comes next",
    "home/keys": "private keys sign; what verifies are the public keys in the records themselves",
    "home/index": "thrown away and made anew from the ledger where its file does not do",
    "home/addresses": "a log that nobody's name in the file's own name stands for is passed over",
    "home/checkpoints": "taken away, there is nothing to compare with; the ledger is what it was",
    "home/private": "an empty mark that something was kept: without it nothing is missed",
    "home/spool": "what waits is in no ledger yet; it is checked when it is delivered",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return made(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def status(run: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    def of(place: Place) -> int:
        monkeypatch.setenv("ANSWERABLE_HOME", str(place.home))
        return run("verify", "--ledger", place.uri, "--require-witness", "--json").status

    return of


def test_nothing_is_wrong_with_what_nobody_changed(
    whole: Place, tmp_path: Path, status: Any
) -> None:
    place = whole.copied(tmp_path / "copy")

    assert status(place) == 0
    assert answers(place) == answers(whole)


def changed(
    path: Path,
    whole: bytes,
    statements: Iterable[tuple[str, Any]],
    guards: Iterable[tuple[str, str]] = (),
) -> bool:
    """Make the file whole again, then change it by these statements, its triggers away meanwhile. False
    if the database itself refuses them."""
    path.write_bytes(whole)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        for name, _ in guards:
            database.execute(f"DROP TRIGGER {name}")
        for sql, values in statements:
            database.execute(sql, values)
        for _, sql in guards:
            database.execute(sql)
    except sqlite3.Error:
        return False
    finally:
        database.close()
    return True


@pytest.mark.slow
def test_every_cell_and_row_of_the_ledger_matters(
    whole: Place, tmp_path: Path, status: Any
) -> None:
    place = whole.copied(tmp_path / "copy")
    data = copy_of(place.path)
    tried: Counter[str] = Counter()
    unnoticed = []
    with sqlite3.connect(place.path) as database:
        todo = [*changes(database)]
    database.close()
    for table, what, statements in todo:
        if not changed(place.path, data, statements):
            continue
        tried[table] += 1
        if status(place) != 1:
            unnoticed.append((table, what, statements))

    assert unnoticed == []
    assert set(tried) == {"meta", "entries", "nodes", "checkpoint"}
    assert sum(tried.values()) > 300


@pytest.mark.slow
def test_every_cell_and_row_of_the_index_matters_or_is_made_anew(
    whole: Place, tmp_path: Path, status: Any
) -> None:
    """By somebody who takes the index's own guards away first, and puts them back."""
    place = whole.copied(tmp_path / "copy")
    (index,) = (place.home / "index").glob("*.db")
    data = copy_of(index)
    expected = answers(whole)
    unnoticed = []
    tried: Counter[str] = Counter()
    with sqlite3.connect(index) as database:
        todo = [*changes(database, values=2)]
        guards = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
    database.close()
    for table, what, statements in todo:
        if not changed(index, data, statements, guards):
            continue
        tried[table] += 1
        if status(place) != 1 and answers(place) != expected:
            unnoticed.append((table, what, statements))

    assert unnoticed == []
    assert set(tried) == {"records", "names", "tree"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kept", "tables"),
    [("outcomes", {"batches", "outcomes"}), ("private", {"disclosures"})],
)
def test_every_cell_and_row_of_what_lies_beside_it_matters(
    whole: Place, tmp_path: Path, status: Any, kept: str, tables: set[str]
) -> None:
    place = whole.copied(tmp_path / "copy")
    (beside,) = place.folder.glob(f"*.{kept}")
    data = copy_of(beside)
    expected = answers(place)
    unnoticed = []
    tried: Counter[str] = Counter()
    with sqlite3.connect(beside) as database:
        todo = [*changes(database)]
    database.close()
    for table, what, statements in todo:
        if not changed(beside, data, statements):
            continue
        tried[table] += 1
        if status(place) != 1 and answers(place) != expected:
            unnoticed.append((table, what, statements))

    assert unnoticed == []
    assert set(tried) == tables


def test_yesterdays_copy_of_the_file_is_found_out(
    whole: Place, tmp_path: Path, status: Any
) -> None:
    place = whole.copied(tmp_path / "copy")
    yesterday = copy_of(place.path)
    ans.configure(ledger=place.uri, home=str(place.home), actor=ACTOR, team="scoring")
    ans.choose("metric", "precision", because="asked for")
    ans.shutdown()
    process.exchange(None)

    restore(place.path, yesterday)

    assert status(place) == 1


@pytest.mark.slow
def test_every_file_beside_it_matters_or_changes_no_answer(tmp_path: Path, status: Any) -> None:
    place = made(tmp_path / "made")  # where it was recorded, so that what was kept is known
    expected = answers(place)  # and this user has seen a ledger here
    unnoticed = []
    unchanged = set()
    before = {name: (place.folder / name).read_bytes() for name in place.files()}
    for name, data in before.items():
        for number, mutant in enumerate(_of_file(data)):
            target = place.folder / name
            if mutant is None:
                target.unlink()
            else:
                target.write_bytes(mutant)
            found = status(place)
            kind = "/".join(name.split("/")[:2])
            if found == 2 and mutant is None and name == "decisions.db":
                pass  # nothing is there any more, and that is said
            elif found != 1:
                # Named like their database.
                shared = kind.endswith("-shm") or (kind.endswith("-wal") and not data)
                unchanged.add("decisions.db-shm" if shared else kind)
                if not (shared or kind in HARMLESS) or answers(place) != expected:
                    unnoticed.append((name, number, found))
            shutil.rmtree(place.folder)
            for each, kept in before.items():
                (place.folder / each).parent.mkdir(parents=True, exist_ok=True)
                (place.folder / each).write_bytes(kept)

    assert unnoticed == []
    assert unchanged == set(HARMLESS), "each of them is met, and no other"


def _of_file(data: bytes) -> list[bytes | None]:
    """It is gone, empty, cut, has one bit turned at seven places, or is something else."""
    if not data:
        return [None, b"rubbish"]
    found: list[bytes | None] = [None, b"", data[: len(data) // 2], b"rubbish\n", data + b"\x00"]
    for part in range(7):
        at = len(data) * part // 7
        found.append(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    return found
