"""Many processes make one ledger at the same moment, and others look at it meanwhile."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from answerable.errors import AnswerableError, NotFoundError
from answerable.ledger import Ledger, fsck

ROUNDS, WRITERS, READERS = 60, 4, 4


def _write(root: Path, round: int, number: int) -> str:
    ledger = Ledger.open_or_create(str(root / f"{round}.db"), root / "home")
    try:
        ledger.append(f"{number}".encode())
    finally:
        ledger.close()
    return "appended"


def _read(root: Path, round: int) -> str:
    for _ in range(100):
        try:
            ledger = Ledger.open(str(root / f"{round}.db"), root / "home")
        except NotFoundError:
            continue
        try:
            ledger.checkpoint()
        finally:
            ledger.close()
        return "read"
    return "not there yet"


def _work(number: int, meeting: Any, root: Path, told: Any) -> None:
    found = Counter[str]()
    for round in range(ROUNDS):
        meeting.wait(60)
        try:
            found[_write(root, round, number) if number < WRITERS else _read(root, round)] += 1
        except AnswerableError as error:
            found[f"{type(error).__name__}: {error}"] += 1
    told.put(found)


@pytest.mark.slow
def test_nobody_takes_a_ledger_that_is_being_made_for_something_else(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    meeting, told = context.Barrier(WRITERS + READERS), context.Queue()
    processes = [
        context.Process(target=_work, args=(number, meeting, tmp_path, told))
        for number in range(WRITERS + READERS)
    ]
    for process in processes:
        process.start()
    found = sum((told.get(timeout=120) for _ in processes), Counter[str]())
    for process in processes:
        process.join()

    assert found.pop("appended") == ROUNDS * WRITERS
    assert found.pop("read", 0) + found.pop("not there yet", 0) == ROUNDS * READERS
    assert not found
    for round in range(ROUNDS):
        ledger = Ledger.open(str(tmp_path / f"{round}.db"), tmp_path / "home")
        assert (ledger.size(), [*fsck(ledger)]) == (WRITERS, [])
        ledger.close()
