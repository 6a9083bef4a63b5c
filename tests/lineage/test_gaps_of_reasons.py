"""A reason that is given again and again is nobody's reason."""

from __future__ import annotations

from typing import Any

import pytest

from answerable.model import Decision
from tests.lineage.story import choice, codes, decision, trace

MODEL = "model:loan@7"
REASON = "It was best on what was held out."
RIVALS: dict[str, Any] = {"capture": "imported", "rationale": REASON}


def told(*decisions: Decision) -> list[tuple[str, str | None, str | None]]:
    return codes(trace(MODEL, choice("model", 9, produced=[MODEL], rationale=None), *decisions))


def of(id: str, on: float, **fields: Any) -> Decision:
    return decision(id, on, **{**RIVALS, "about": (MODEL,), **fields})


def test_the_same_sentence_on_two_questions_is_reported_at_the_later() -> None:
    later = of("b", 2, accountable="team:d", kind="metric")
    found = trace(MODEL, choice("m", 9, produced=[MODEL]), later, of("a", 1))
    (gap,) = found.gaps
    assert (gap.code, gap.record, gap.ref, gap.owner) == (
        *("duplicate-rationale", "b", None),
        "team:d",
    )
    assert gap.message == (
        'The metric decision "Which b?" gives the same reason, word for word, as '
        'the threshold decision "Which a?".'
    )


def test_each_further_question_is_reported_once() -> None:
    assert told(of("a", 1), of("b", 2), of("c", 3)) == [
        ("duplicate-rationale", "b", None),
        ("duplicate-rationale", "c", None),
    ]


def test_case_spaces_and_a_full_stop_make_no_other_reason() -> None:
    assert told(of("a", 1), of("b", 2, rationale=" it was  BEST on\nwhat was held out")) == [
        ("duplicate-rationale", "b", None)
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"rationale": "It was best on what was drawn."},
        {"rationale": None},
        {"question": "which a? "},
        {"capture": "default"},
        {"capture": "passed"},
        {"abandoned": "ValueError"},
    ],
)
def test_another_reason_the_same_question_and_what_nobody_said_are_not(
    fields: dict[str, Any],
) -> None:
    found = told(of("a", 1), of("b", 2, **fields))
    assert "duplicate-rationale" not in {code for code, *_ in found}


def test_a_few_words_may_be_said_of_many_things() -> None:
    short = "measured, as before"
    assert told(of("a", 1, rationale=short), of("b", 2, rationale=short)) == []
    longer = short + "."
    assert told(of("a", 1, rationale=longer), of("b", 2, rationale=longer)) == []
    assert told(of("a", 1, rationale=short + "d"), of("b", 2, rationale=short + "d")) == [
        ("duplicate-rationale", "b", None)
    ]


def test_what_was_replaced_gave_its_reason_for_nothing() -> None:
    assert told(of("a", 1), of("b", 2), of("c", 3, supersedes=("a",), rationale="other")) == []
