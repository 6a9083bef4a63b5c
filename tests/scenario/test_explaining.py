"""Question 20: one applicant's outcome, who answers for it, and how to contest it."""

from __future__ import annotations

from typing import Any

import pytest

from answerable import NotFoundError
from tests.scenario.conftest import Asking
from tests.scenario.telling import AUTUMN, BANK, CREDIT, LOANS, SPRING, SUMMER

# One was declined in March, one in July, one in October.
DECLINED: dict[str, dict[str, Any]] = {
    "declined-1": {"score": 0.41, "threshold": "threshold-1", "deploy": "deploy-1"},
    "declined-2": {"score": 0.5, "threshold": "threshold-2", "deploy": "deploy-2"},
    "declined-3": {"score": 0.66, "threshold": "threshold-3", "deploy": "deploy-2"},
}
CHOSEN = {"threshold-1": 0.62, "threshold-2": 0.55, "threshold-3": 0.7}
LOOKED_AT = {"declined-3"}  # by then an officer saw each


@pytest.mark.parametrize("name", DECLINED)
class TestQuestion20OnePersonsOutcome:
    def test_on_the_command_line(self, ask: Asking, name: str) -> None:
        found = ask.json("explain", ask.story.outcomes[name])

        true, told = DECLINED[name], found.json
        assert (found.status, told["verified"], told["deployment"]) == (0, True, LOANS)
        assert told["outcome"]["elements"] == {"score": true["score"]}
        assert (told["outcome"]["part"], told["outcome"]["value"]) == ("decided", "declined")
        assert ask.names(d["id"] for d in told["thresholds"]) == [true["threshold"]]
        assert ask.names(d["id"] for d in told["deployed"]) == [true["deploy"]]
        assert ask.names(d["id"] for d in told["contest"]) == ["contest"]
        review = ["human-review"] * (name in LOOKED_AT)
        assert ask.names(d["id"] for d in told["human_review"]) == review
        assert (told["organisation"], told["accountable"]["id"]) == ({"id": BANK}, CREDIT)
        assert told["accountable"]["held_by"]
        unexplained = [g["message"] for g in told["gaps"] if g["code"] == "unexplained"]
        assert len(unexplained) == (0 if name in LOOKED_AT else 1)

    def test_in_python(self, ask: Asking, name: str) -> None:
        found = ask.history.explain(ask.story.outcomes[name])

        assert found.verified and found.outcome is not None
        assert ask.names(d.id for d in found.thresholds) == [DECLINED[name]["threshold"]]

    def test_as_people_read_it(self, ask: Asking, name: str) -> None:
        told = ask.text("explain", ask.story.outcomes[name])

        true = DECLINED[name]
        for said in (
            *("declined", "the system decided", f"score = {true['score']}", BANK),
            f"threshold = {CHOSEN[true['threshold']]}",
            "write to the loan desk within 60 days",
        ):
            assert said in told


def test_what_was_learned_is_as_of_a_time(ask: Asking) -> None:
    id = ask.story.outcomes["declined-1"]
    summer, autumn = (ask.json("explain", id, "--at", at).json for at in (SUMMER, AUTUMN))

    assert summer["gaps"] == autumn["gaps"]
    assert {"orphaned"} <= {g["code"] for g in summer["learned"]}
    assert {"violated-assumption"} <= {g["code"] for g in autumn["learned"]}
    assert ask.history.explain(id, at=SPRING).learned == ()


def test_before_it_came_about_there_was_nothing_to_explain(ask: Asking) -> None:
    assert ask.json("explain", ask.story.outcomes["declined-2"], "--at", SPRING).status == 2
    with pytest.raises(NotFoundError):
        ask.history.explain(ask.story.outcomes["declined-2"], at=SPRING)
