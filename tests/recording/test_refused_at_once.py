"""What can never be recorded is refused before anything runs; an outage stops nothing."""

from __future__ import annotations

import multiprocessing
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from tests.privileges import reachable_folder, unprivileged
from tests.recording.callables import KINDS, Kind
from tests.recording.kept import Kept


def _database(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t (x)")
    other.close()


NO_LEDGERS: dict[str, Callable[[Path], object]] = {
    "a directory": Path.mkdir,
    "text": lambda path: path.write_text("no database\n" * 99),
    "another database": _database,
}


@pytest.fixture(params=KINDS, ids=str)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.mark.parametrize("make", NO_LEDGERS.values(), ids=NO_LEDGERS)
def test_no_function_runs_whose_ledger_can_never_be_one(
    tmp_path: Path, home: Path, kind: Kind, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "place")
    ans.configure(ledger=tmp_path / "place", actor="analyst@bank.example")
    ran: list[int] = []
    for decorate in (ans.step("train"), ans.decision("threshold")):
        with pytest.raises(ans.NotALedgerError):
            kind.call(kind.make(decorate, lambda: ran.append(1)))
    with pytest.raises(ans.NotALedgerError), ans.decide("threshold"):
        ran.append(1)
    assert ran == []
    assert not list(home.rglob("*.envelope"))


def test_no_function_runs_for_which_there_can_be_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A working directory that a superuser left to somebody who may not look into it.
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o700)
    with reachable_folder() as folder, unprivileged():
        ans.configure(ledger=folder / "d.db", home=folder / "home", actor="a@bank.example")
        with pytest.raises(ans.ConfigurationError) as raised, ans.step("train"):
            pytest.fail("it ran")
    assert raised.value.hint is not None and "ANSWERABLE_HOME" in raised.value.hint


def test_a_place_that_was_put_right_is_taken(tmp_path: Path, home: Path) -> None:
    kept = Kept(tmp_path / "place", home)
    kept.path.mkdir()
    ans.configure(ledger=kept.path, actor="analyst@bank.example")
    with pytest.raises(ans.NotALedgerError):
        ans.choose("threshold", 1)
    kept.path.rmdir()
    ans.choose("threshold", 2)
    assert kept.decision().chosen == 2


def test_an_outage_lets_the_function_run(tmp_path: Path, home: Path) -> None:
    kept = Kept(tmp_path / "unmounted" / "d.db", home)
    ans.configure(ledger=kept.path, actor="analyst@bank.example")
    with pytest.warns(ans.CustodyWarning, match="no such directory"):
        assert ans.step("train")(lambda: "ran")() == "ran"
    kept.path.parent.mkdir()
    ans.flush()
    assert kept.step().name == "train"


def test_where_nothing_is_recorded_no_ledger_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERABLE_DISABLED", "1")
    ans.configure(ledger=tmp_path, actor="analyst@bank.example")
    assert ans.step("train")(lambda: "ran")() == "ran"


def _record_first(number: int, meeting: Any, root: Path, told: Any) -> None:
    warnings.simplefilter("error", ans.CustodyWarning)
    for round in range(ROUNDS):
        ans.configure(ledger=root / f"{round}.db", home=root / "home", actor="a@bank.example")
        meeting.wait(60)
        try:
            ans.choose("threshold", number)
        except Exception as error:  # noqa: BLE001  # whatever it is, the test is told
            told.put(repr(error))
    ans.shutdown()
    told.put("done")


ROUNDS, PROCESSES = 25, 4


@pytest.mark.slow
def test_many_processes_whose_first_record_makes_the_ledger_all_record(
    tmp_path: Path, home: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    meeting, told = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=_record_first, args=(number, meeting, tmp_path, told))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    assert [told.get(timeout=120) for _ in processes] == ["done"] * PROCESSES
    for process in processes:
        process.join()

    for round in range(ROUNDS):
        kept = Kept(tmp_path / f"{round}.db", tmp_path / "home")
        assert sorted(str(d.chosen) for d in kept.decisions()) == ["0", "1", "2", "3"]
