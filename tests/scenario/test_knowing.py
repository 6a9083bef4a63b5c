"""Question 21: what in an answer was observed, what is somebody's word, what nobody can tell."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.scenario.conftest import Asking
from tests.scenario.telling import AUTUMN, LOANS, SPRING, SUMMER

OBSERVED = {
    SPRING: {
        *("step-requirements", "step-select", "step-label", "step-train-1", "step-evaluate-1"),
        *("step-deploy-1", "window-1", "shrinkage-1", "depth-1"),
    },
    SUMMER: {
        *("step-requirements", "step-select", "step-label", "step-select-2", "step-train-2"),
        *("step-evaluate-2", "step-deploy-2", "window-1", "window-2", "shrinkage-2", "depth-2"),
    },
    AUTUMN: {
        *("step-requirements", "step-select", "step-label", "step-select-2", "step-train-2"),
        *("step-deploy-2", "step-study", "window-1", "window-2", "shrinkage-2", "depth-2"),
    },
}
COUNTS = {
    SPRING: {"observed": 9, "asserted": 17},
    SUMMER: {"observed": 11, "asserted": 19},
    AUTUMN: {"observed": 11, "asserted": 29, "backfilled": 1},
}


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion21HowEachThingIsKnown:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("review", LOANS, "--at", at).json["certainty"]

        assert {*ask.names(found["observed"])} == OBSERVED[at]
        assert ask.names(found["backfilled"]) == (["raters"] if at == AUTUMN else [])
        assert +Counter({word: len(ids) for word, ids in found.items()}) == COUNTS[at]
        assert {*found} == {
            *("observed", "asserted", "backfilled", "imported", "inferred", "unknown")
        }

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.review(LOANS, at=at).certainty

        assert {*ask.names(found["observed"])} == OBSERVED[at]
        assert found["unknown"] == ()

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("review", LOANS, "--at", at)

        for word, count in COUNTS[at].items():
            assert f"{word} {count} ·" in told

    def test_one_answer_says_it_of_what_it_shows(self, ask: Asking, at: str) -> None:
        why = ask.history.why("threshold", LOANS, at=at)
        defaults = ask.history.why("data_window", LOANS, at=at).certainty["observed"]

        assert why.certainty["asserted"] == tuple(d.id for d in why.in_force)
        assert ask.names(defaults) == ["window-1"] + ["window-2"] * (at != SPRING)
