"""Question 15: who was informed of a fact, when, relative to the decision."""

from __future__ import annotations

import pytest

from answerable import NotFoundError
from tests.scenario.conftest import Asking
from tests.scenario.telling import ACME, AUTUMN, CREDIT, DATA, EVE, SPRING, SUMMER

# Who, how, and whether that was before the second threshold.
HEARD = {
    SUMMER: [
        (CREDIT, "notified", "notice", True),
        ("team:operations", "notified", "notice", True),
        (EVE, "acknowledged", "heard-operations", True),
    ],
    AUTUMN: [
        (CREDIT, "notified", "notice", True),
        ("team:operations", "notified", "notice", True),
        (EVE, "acknowledged", "heard-operations", True),
        (CREDIT, "acknowledged", "heard-credit", False),
    ],
}


class TestQuestion15WhoWasInformed:
    @pytest.mark.parametrize("at", [SUMMER, AUTUMN])
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        words = ("informed", ACME, "--decision", ask.id("threshold-2"), "--at", at)
        told = ask.json(*words).json

        assert [
            (h["actor"], h["how"], *ask.names([h["record"]]), h["before"]) for h in told
        ] == HEARD[at]

    @pytest.mark.parametrize("at", [SUMMER, AUTUMN])
    def test_in_python(self, ask: Asking, at: str) -> None:
        told = ask.history.informed(ACME, decision=ask.id("threshold-2"), at=at)

        assert [(h.actor, h.how, *ask.names([h.record]), h.before) for h in told] == HEARD[at]

    def test_before_it_was_made_known_nobody_had_heard(self, ask: Asking) -> None:
        with pytest.raises(NotFoundError):
            ask.history.informed(ask.ref("notice"), at=SPRING)
        assert ask.history.informed(ACME, at=SPRING) == ()

    def test_people_read_that_it_came_too_late(self, ask: Asking) -> None:
        words = ("informed", ACME, "--decision", ask.id("threshold-2"), "--at", AUTUMN)
        told = ask.text(*words)

        assert "after the decision" in told and "before the decision" in told
        assert DATA not in told
