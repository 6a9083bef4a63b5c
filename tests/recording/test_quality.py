"""What a decision leaves unsaid is said at once, once for each place in the code."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest

import answerable as ans
from tests.recording.kept import Kept

WHOLE: dict[str, Any] = {"over": {0.5: "declines more"}, "because": "measured"}


@contextmanager
def told() -> Iterator[list[warnings.WarningMessage]]:
    """What is warned of meanwhile."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield found


def test_a_whole_decision_is_not_spoken_of(kept: Kept) -> None:
    with told() as found:
        ans.choose("threshold", 0.62, **WHOLE)

    assert found == []


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("because", "gives no reason"),
        ("over", "names no alternative"),
    ],
)
def test_what_is_left_out_is_named(kept: Kept, left_out: str, said: str) -> None:
    with told() as found:
        ans.choose("threshold", 0.62, **{k: v for k, v in WHOLE.items() if k != left_out})

    (warning,) = found
    assert warning.category is ans.QualityWarning
    assert said in str(warning.message)
    assert warning.filename == __file__


def test_nobody_who_answers_for_it_is_named(kept: Kept) -> None:
    ans.configure(ledger=kept.uri)
    with told() as found:
        ans.choose("threshold", 0.62, **WHOLE)

    assert "nobody who answers for it" in str(found[0].message)


def test_a_reason_that_was_given_for_another_question_is_noticed(kept: Kept) -> None:
    with told() as found:
        ans.choose("threshold", 0.62, **WHOLE)
        ans.choose("threshold", 0.63, **WHOLE)
        ans.choose("dataset", "all", over={"some": "too few"}, because="  measured ")

    (warning,) = found
    assert "the reason of another question, word for word" in str(warning.message)


def test_each_place_in_the_code_is_spoken_of_once(kept: Kept) -> None:
    with told() as found:
        for value in range(5):
            ans.choose("threshold", value)
        ans.choose("threshold", 5)

    assert len(found) == 2
    assert len(kept.decisions()) == 6


def test_nothing_is_asked_of_what_nobody_decided(kept: Kept) -> None:
    @ans.step("train")
    def train(depth: Annotated[int, ans.Choice("hyperparameter")] = 3) -> None:
        """Trains."""

    with told() as found:
        train()
        train(depth=4)
        with pytest.raises(RuntimeError), ans.decide("threshold"):
            raise RuntimeError

    assert found == []


def test_strict_raises_and_records_nothing(kept: Kept) -> None:
    ans.configure(ledger=kept.uri, accountable="role:head", strict=True)
    with pytest.raises(ans.IncompleteDecisionError, match="gives no reason"):
        ans.choose("threshold", 1)
    assert kept.size() == 0
    ans.choose("threshold", 0.62, **WHOLE)

    assert kept.decision().chosen == 0.62


@pytest.mark.parametrize("told_so", ["true", "1"])
def test_strict_can_be_set_from_outside(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, told_so: str
) -> None:
    monkeypatch.setenv("ANSWERABLE_STRICT", told_so)
    ans.configure(ledger=kept.uri)
    with pytest.raises(ans.IncompleteDecisionError):
        ans.choose("threshold", 1)


def test_another_word_is_refused(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_STRICT", "perhaps")
    with pytest.raises(ans.ConfigurationError, match="strict is 'perhaps'"):
        ans.configure(ledger=kept.uri)


def test_a_program_can_silence_it(tmp_path: Path) -> None:
    program = (
        "import warnings, answerable as ans\n"
        "warnings.simplefilter('ignore', ans.QualityWarning)\n"
        "ans.choose('threshold', 1)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
