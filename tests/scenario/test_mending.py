"""Question 19, and the way back from the incident: who mends it, by what right, who checked."""

from __future__ import annotations

from typing import Any

import pytest

from answerable import NotFoundError
from tests.scenario.conftest import Asking
from tests.scenario.telling import (
    AUTUMN,
    BANK,
    BO,
    CREDIT,
    DATA,
    DI,
    EVE,
    LOANS,
    OPERATIONS,
    SUMMER,
)

# The day after it was told, two days on, and at the end.
TOLD, DONE = "2025-09-23", "2025-09-24"
RIGHT = "policy:incidents@2"
COURSES: dict[str, list[dict[str, Any]]] = {
    TOLD: [{"record": "action-officers", "state": "open", "verified_by": None}],
    DONE: [{"record": "action-officers-done", "state": "done", "verified_by": None}],
    AUTUMN: [
        {"record": "action-officers-verified", "state": "verified", "verified_by": DI},
        {"record": "action-retrain", "state": "open", "verified_by": None},
    ],
}
OWNER = {"action-retrain": BO}
DUE = {"action-retrain": "2025-10-15"}


@pytest.mark.parametrize("at", [TOLD, DONE, AUTUMN])
class TestQuestion19WhoOwnsEachCorrectiveAction:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("incident", ask.id("incident"), "--at", at)

        courses = found.json["courses"]
        for course, true in zip(courses, COURSES[at], strict=True):
            (name,) = ask.names([course["record"]])
            assert {"record": name, **{k: course[k] for k in ("state", "verified_by")}} == true
            assert course["owner"] == OWNER.get(name, EVE)
            assert course["due"] == DUE.get(name, "2025-09-24")
            assert course["right"] == (None if name == "action-retrain" else RIGHT)
            assert course["overdue"] == (name == "action-retrain")
            assert course["by_another"] == (True if course["verified_by"] else None)
        assert found.status == (0 if at == DONE else 1)

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.investigate(ask.id("incident"), at=at)

        told = [(*ask.names([c.record]), c.state, c.verified_by) for c in found.courses]
        assert told == [(c["record"], c["state"], c["verified_by"]) for c in COURSES[at]]

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("incident", ask.id("incident"), "--at", at)

        assert f"{COURSES[at][0]['state']} officers decide on thin files · eve@bank.example" in told
        assert ("verified by di@bank.example" in told) == (at == AUTUMN)
        assert ("no right is named" in told) == (at == AUTUMN)


@pytest.mark.parametrize("at", [TOLD, AUTUMN])
def test_what_was_in_force_then_is_the_same_whenever_it_is_asked(ask: Asking, at: str) -> None:
    found = ask.json("incident", ask.id("incident"), "--at", at).json

    thresholds = [d["id"] for d in found["in_force"] if d["kind"] == "threshold"]
    assert ask.names(thresholds) == ["threshold-2"]
    assert {who["id"] for who in found["accountable"]} == {BANK, CREDIT, DATA, OPERATIONS}
    assert [who["id"] for who in found["responding"]] == ([BO, EVE] if at == AUTUMN else [EVE])


def test_what_was_learned_later_is_known_only_later(ask: Asking) -> None:
    told = ask.json("incident", ask.id("incident"), "--at", TOLD).json
    later = ask.json("incident", ask.id("incident"), "--at", AUTUMN).json

    assert told["gaps"]["then"] == later["gaps"]["then"]
    assert told["assumptions"] == []
    (broken,) = later["assumptions"]
    assert (*ask.names([broken["record"]]), broken["state"], broken["owner"]) == (
        *("vendor", "violated"),
        DATA,
    )
    learned = {g["code"] for g in later["gaps"]["learned"]}
    assert {"violated-assumption", "open-action", "lapsed"} <= learned


def test_before_it_happened_there_was_no_incident(ask: Asking) -> None:
    assert ask.json("incident", ask.id("incident"), "--at", SUMMER).status == 2
    with pytest.raises(NotFoundError, match="was recorded only at"):
        ask.history.investigate(ask.id("incident"), at=SUMMER)
    assert ask.json("log", "--type", "incident", "--artifact", LOANS, "--until", SUMMER).json == []
