"""What cannot be recorded is refused with a typed, one-line error, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import answerable as ans
from answerable.errors import (
    AnswerableError,
    IncompleteDecisionError,
    InvalidReferenceError,
    InvalidValueError,
)
from answerable.recording import scope
from tests.recording.kept import Kept


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("must not be asked")


BAD_VALUES = [
    float("nan"),
    float("inf"),
    -float("inf"),
    2**53,
    2**53 + 1,
    10**5000,
    object(),
    b"bytes",
    {1: "a"},
    {"a": object()},
    [[[float("nan")]]],
    "a\x00b",
    "\ud800",
    {"\ud800": 1},
    "a" * 8193,
    1j,
    Unprintable(),
]
TEN_MEGABYTES = "a" * 10_000_000


@pytest.mark.parametrize("value", BAD_VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("first", [True, False], ids=["first record", "later record"])
def test_a_value_that_json_cannot_carry_is_refused(kept: Kept, value: Any, first: bool) -> None:
    if not first:
        ans.choose("threshold", 0.5)
    before = kept.size()

    def block() -> None:
        with ans.decide("threshold") as d:
            d.choose(value)

    calls: list[Callable[[], Any]] = [
        lambda: ans.choose("threshold", value),
        lambda: ans.choose("threshold", 0.5, over=[value]),
        block,
    ]
    for call in calls:
        with pytest.raises(InvalidValueError) as caught:
            call()
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300

    assert kept.size() == before
    assert scope.here() == scope.Scope()


def test_a_block_that_ends_by_such_an_error_leaves_no_record(kept: Kept) -> None:
    with pytest.raises(InvalidValueError), ans.decide("threshold") as d:
        d.choose(float("nan"))
    assert kept.size() == 0
    with pytest.raises(IncompleteDecisionError):
        _ = d.record


@pytest.mark.parametrize(
    "text", [TEN_MEGABYTES, "a\x00b", "\ud800", 5, ["a"]], ids=lambda t: str(t)[:9]
)
def test_text_that_does_not_fit_is_refused_wherever_it_stands(kept: Kept, text: Any) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: ans.choose("threshold", 0.5, because=text),
        lambda: ans.choose("threshold", 0.5, over={"a": text}),
        lambda: ans.choose("threshold", 0.5, question=text),
        lambda: ans.choose(text, 0.5),
        lambda: ans.choose("threshold", 0.5, authority=text),
        lambda: ans.choose("threshold", 0.5, used=text),
        lambda: ans.choose("threshold", 0.5, accountable=text),
        lambda: ans.choose("threshold", 0.5, assumptions=[text]),
        lambda: ans.choose("threshold", 0.5, supersedes=[text]),
        lambda: ans.choose("threshold", 0.5, evidence=[text]),
        lambda: ans.choose("threshold", 0.5, scope={"population": text}),
        lambda: ans.dissent("model:a", text),
        lambda: ans.dissent(text, "no"),
        lambda: ans.artifact(text),
        lambda: ans.artifact("model:a", uri=text),
        lambda: ans.artifact("model:a", digest=text),
        lambda: ans.step(text),
        lambda: ans.step("train", used=[text]),
        lambda: ans.configure(team=text),
        lambda: ans.configure(actor=text),
        lambda: ans.Choice(text),
        lambda: ans.Choice("threshold", text),
    ]
    for call in calls:
        with pytest.raises(AnswerableError) as caught:
            call()
        assert len(str(caught.value)) < 600
    assert kept.size() == 0


def test_the_reason_for_refusing_ten_megabytes_is_one_short_line(kept: Kept) -> None:
    with pytest.raises(
        InvalidValueError, match="the rationale has 10,000,000 characters"
    ) as caught:
        ans.choose("threshold", 0.5, because=TEN_MEGABYTES)
    assert len(str(caught.value)) < 200
    assert kept.size() == 0


@pytest.mark.parametrize("question", ["", " ", "\n"])
def test_a_question_must_ask_something(kept: Kept, question: str) -> None:
    for call in (ans.decide, ans.decision):
        with pytest.raises(IncompleteDecisionError, match="the question is empty"):
            call("threshold", question)
    assert kept.size() == 0


@pytest.mark.parametrize("kind", ["", " ", "two words", "a" * 65, "a\tb"])
def test_a_kind_is_one_word(kept: Kept, kind: str) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: ans.decide(kind),
        lambda: ans.decision(kind),
        lambda: ans.choose(kind, 1),
        lambda: ans.Choice(kind),
    ]
    for call in calls:
        with pytest.raises(InvalidValueError, match="not a kind of decision"):
            call()
    assert kept.size() == 0


@pytest.mark.parametrize(
    "digest", ["", "sha256:0", "md5:" + "0" * 32, "0" * 64, "sha256:" + "A" * 64]
)
def test_a_digest_that_is_none_is_refused(digest: str) -> None:
    with pytest.raises(InvalidReferenceError, match="not a digest"):
        ans.artifact("model:a", digest=digest)


def test_an_artifact_has_one_source_of_its_digest(tmp_path: Any) -> None:
    with pytest.raises(InvalidReferenceError, match="more than one of digest, path and data"):
        ans.artifact("model:a", data=b"a", path=tmp_path)


def test_a_record_too_large_as_a_whole_is_refused_before_anything_is_written(kept: Kept) -> None:
    rivals = {f"{n:05}": "because " + "x" * 8000 for n in range(10)}
    with pytest.raises(InvalidValueError, match=r"the signed record has [\d,]+ bytes"):
        ans.choose("threshold", 0.5, over=rivals)
    assert kept.size() == 0

    ans.choose("threshold", 0.5)
    with pytest.raises(InvalidValueError):
        ans.choose("threshold", 0.6, over=rivals)
    ans.choose("threshold", 0.7)

    assert [d.chosen for d in kept.decisions()] == [0.5, 0.7]
    assert kept.size() == 3  # the refused one cost no new chain


def test_an_unfit_phase_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="no phase: 'cooking'"):
        ans.step("train", phase="cooking")  # type: ignore[arg-type]


def test_only_functions_are_decorated() -> None:
    with pytest.raises(TypeError, match="not a function to decorate"):
        ans.step("train")(5)  # type: ignore[arg-type]
