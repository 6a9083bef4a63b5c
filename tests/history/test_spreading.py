"""However many processes check a ledger, the same is found, in the same order."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from answerable.history import spreading, verify, workers
from answerable.ledger import Ledger
from answerable.ledger.fsck import Fault
from tests.history.forging import Forger
from tests.ledger.tampering import change

SIZE = 40


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "SHARE", 7)


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    """Two sessions of a person, the second of which is introduced in the middle."""
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    for _ in range(SIZE // 2 - 1):
        made.append(made.sign(made.decision()))
    other = Forger(home=home, path=tmp_path / "decisions.db", identity=made.identity)
    other._ids = 1000
    other.append(other.sign(other.delegation()))
    for _ in range(SIZE // 2 - 1):
        other.append(other.sign(other.decision()))
    return made


def found(forger: Forger, number: int) -> tuple[Fault, ...]:
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        return verify(ledger, workers=number).faults
    finally:
        ledger._database.close()


def test_nothing_is_found_where_nothing_is_wrong(forger: Forger) -> None:
    assert [found(forger, number) for number in (0, 1, 2, 3)] == [()] * 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET envelope = replace(envelope, 'a', 'b') WHERE idx IN (3, 9, 20, 31)",
        "UPDATE entries SET envelope = x'00' || idx WHERE idx % 5 = 0",
        "UPDATE entries SET leaf = zeroblob(30) || idx WHERE idx > 20",
        "DELETE FROM entries WHERE idx IN (0, 20)",
        "UPDATE entries SET idx = 9223372036854775807 WHERE idx = 20",
        "DELETE FROM entries WHERE idx > 4 AND idx < 33",
        "UPDATE entries SET idx = -5 WHERE idx = 17",
        "UPDATE entries SET idx = 9000000000000000000 WHERE idx = 17",
        "DELETE FROM nodes WHERE level = 1",
        "DELETE FROM entries",
    ],
)
def test_the_same_faults_are_found_in_the_same_order(forger: Forger, statement: str) -> None:
    change(forger.path, statement)

    alone = found(forger, 0)

    assert alone
    assert found(forger, 2) == alone
    assert found(forger, 3) == alone


def test_a_delegation_in_an_unusual_spelling_counts_as_it_does_for_one(
    tmp_path: Path, home: Path
) -> None:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    usual = made.sign(made.delegation())
    made.append(usual.replace(b'"keyid"', b'"\\u006beyid"'))
    for _ in range(20):
        made.append(made.sign(made.decision()))
    # Another, which cannot widen the first one: its records are not those of the first.
    narrower = attrs.evolve(made, seq=0, prev=None)
    made.append(narrower.sign(narrower.delegation(team="another")))
    for _ in range(10):
        made.append(made.sign(made.decision(team="another")))

    alone = found(made, 0)

    assert {fault.code for fault in alone} >= {"signature"}
    assert found(made, 2) == alone


def test_what_a_killed_process_should_have_done_is_done_all_the_same(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(forger.path, "UPDATE entries SET envelope = x'00' || idx WHERE idx % 5 = 0")
    alone = found(forger, 0)
    killed = []
    look = workers.Workers.look

    def killing(self: workers.Workers, ranges: list[tuple[int, int]]) -> Iterator[object]:
        for number, each in enumerate(look(self, ranges)):
            yield each
            process = self._workers[0]._process
            if number == 0 and process is not None:
                os.kill(process.pid, signal.SIGKILL)
                killed.append(process.pid)

    monkeypatch.setattr(workers.Workers, "look", killing)

    assert found(forger, 2) == alone
    assert killed


def test_where_no_process_can_be_started_this_one_does_it(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    assert found(forger, 2) == ()


def test_progress_is_told_from_the_first_entry_on(forger: Forger) -> None:
    told: list[tuple[int, int]] = []
    ledger = Ledger.open(forger.uri, forger.home)
    verify(ledger, workers=2, progress=lambda done, of: told.append((done, of)))
    ledger.close()

    assert told == [(done, SIZE) for done in range(0, SIZE, 7)]


def test_each_other_core_has_a_process_where_there_are_many_entries(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger.open(forger.uri, forger.home)
    started = []
    begin = workers.Workers.__init__

    def counting(self: workers.Workers, ledger: Ledger, number: int, **more: bool) -> None:
        started.append(number)
        begin(self, ledger, number, **more)

    monkeypatch.setattr(workers.Workers, "__init__", counting)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    for many, number in ((SIZE + 1, []), (SIZE, [2])):
        monkeypatch.setattr(spreading, "MANY", many)
        assert verify(ledger).holds
        assert started == number
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert verify(ledger).holds
    assert started == [2]
    ledger.close()
