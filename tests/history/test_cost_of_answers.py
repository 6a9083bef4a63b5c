"""An answer costs what its subject's ancestry costs, whatever else the ledger holds: counted."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import answerable as ans
from answerable.ledger import Ledger
from tests.house.pages import ROOT

# A script, and of no package: others have packages of that name.
_SPEC = importlib.util.spec_from_file_location("answers", ROOT / "benchmarks" / "answers.py")
assert _SPEC is not None and _SPEC.loader is not None
answers = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(answers)

FEW, MANY = 400, 4_000


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("ledgers")
    return [answers.system(folder / str(size), size) for size in (FEW, MANY)]


@pytest.fixture
def histories(ledgers: list[tuple[str, Path]]) -> Iterator[list[ans.History]]:
    opened = [ans.open(uri, home=home) for uri, home in ledgers]
    for history in opened:
        history.trace(answers.MODEL)  # makes the index
    yield opened
    for history in opened:
        history.close()


def cost(history: ans.History, name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many entries of the ledger the question reads, and how many hundreds of steps the index's
    database takes for it."""
    read, steps = [0], [0]
    those = Ledger.those

    def counted(self: Ledger, places: Sequence[int]) -> object:
        found = those(self, places)
        read[0] += len(found)
        return found

    def stepped() -> int:
        steps[0] += 1
        return 0

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "those", counted)
        history._catalogue._index._database.set_progress_handler(stepped, 100)
        try:
            answers.QUESTIONS[name](history)
        finally:
            history._catalogue._index._database.set_progress_handler(None, 100)
    return read[0], steps[0]


def test_there_are_two_hundred_ancestors_and_all_verify(histories: list[ans.History]) -> None:
    for history in histories:
        trace = history.trace(answers.MODEL)

        assert len([*trace.placed()]) == 5 * answers.STEPS == 200
        assert trace.verdict == "valid-unwitnessed"


@pytest.mark.parametrize("name", answers.QUESTIONS)
def test_ten_times_as_many_records_of_others_cost_nothing(
    histories: list[ans.History], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (few, less), (many, more) = (cost(history, name, monkeypatch) for history in histories)

    assert many == few
    assert 200 <= few <= 3 * 200
    assert more <= 1.2 * less + 10  # a tree of more rows may be one level deeper


def test_the_benchmark_prints_a_ratio_for_each_question(
    ledgers: list[tuple[str, Path]],
) -> None:
    lines = [*answers.measured(ledgers, (FEW, MANY), answers.QUESTIONS, 1)]

    assert [line.partition(":")[0] for line in lines] == [*answers.QUESTIONS]
    assert all(" x in 4,000 records against 400 " in line for line in lines)
