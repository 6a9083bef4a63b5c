"""Questions 1 and 3: who set it, in what role, and over what."""

from __future__ import annotations

import pytest

from tests.scenario.conftest import Asking
from tests.scenario.telling import AUTUMN, BO, CREDIT, CY, DI, LOANS, SPRING, SUMMER

# What was in force, and what it had replaced by then.
THRESHOLD = {
    SPRING: (["threshold-1"], []),
    SUMMER: (["threshold-2"], []),
    AUTUMN: (["threshold-3"], ["threshold-2"]),
}
CHOSEN = {SPRING: 0.62, SUMMER: 0.55, AUTUMN: 0.7}
# Who was head of credit risk when that was decided, by the policy.
HEAD = {SPRING: CY, SUMMER: DI, AUTUMN: DI}
WHO = {SPRING: BO, SUMMER: BO, AUTUMN: DI}
REJECTED: dict[str, dict[object, str]] = {
    SPRING: {
        0.5: "declines 9% more applicants",
        "no threshold: officers decide each": "nine days until an answer",
    },
    SUMMER: {0.62: "made for the first model"},
    AUTUMN: {
        0.55: "declines 30% of the thin files",
        "take it out of use": "officers decline more of them",
    },
}


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion1WhichDecisionSetIt:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("why", "threshold", "--in", LOANS, "--at", at)

        assert found.status == 0
        in_force, superseded = (
            [d["id"] for d in found.json[k]] for k in ("in_force", "superseded")
        )
        assert (ask.names(in_force), ask.names(superseded)) == THRESHOLD[at]
        (decision,) = found.json["in_force"]
        assert decision["chosen"] == CHOSEN[at]
        assert decision["decided_by"]["id"] == WHO[at]
        assert decision["accountable"] == {"id": CREDIT, "held_by": [HEAD[at]]}
        assert decision["verified"] is True

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.why("threshold", LOANS, at=at)

        assert ask.names(d.id for d in found.in_force) == THRESHOLD[at][0]
        assert ask.names(d.id for d in found.superseded) == THRESHOLD[at][1]
        assert {name for roles in found.holders.values() for name in roles[CREDIT]} == {HEAD[at]}

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("why", "threshold", "--in", LOANS, "--at", at)

        head = f"held by {HEAD[at].removeprefix('person:')}, as {CREDIT}"
        for said in (f"threshold = {CHOSEN[at]}", WHO[at].removeprefix("person:"), head):
            assert said in told
        assert ("replaced or withdrawn" in told) == (at == AUTUMN)


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion3WhatWasRejected:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        (decision,) = ask.json("why", "threshold", "--in", LOANS, "--at", at).json["in_force"]

        assert {c["value"]: c["because"] for c in decision["considered"]} == REJECTED[at]

    def test_in_python(self, ask: Asking, at: str) -> None:
        (decision,) = ask.history.why("threshold", LOANS, at=at).in_force

        assert {c.value: c.because for c in decision.considered} == REJECTED[at]

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("why", "threshold", "--in", LOANS, "--at", at)

        for value, because in REJECTED[at].items():
            assert str(value) in told and because in told
