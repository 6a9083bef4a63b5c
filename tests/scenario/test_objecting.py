"""Questions 13 and 14: who was against it, and did anybody answer; what was bypassed, and until when."""

from __future__ import annotations

import pytest

from tests.scenario.conftest import Asking
from tests.scenario.telling import ANA, AUTUMN, DI, EVE, LOANS, OPERATIONS, SPRING, SUMMER

VOTE = ("risk", DI, "against", "thin files are not measured")
DISSENT = ("dissent-di", DI, "dissent", "nobody has measured thin files")
AGAINST: dict[str, list[tuple[object, ...]]] = {
    SPRING: [(*VOTE, []), (*DISSENT, [])],
    SUMMER: [(*VOTE, ["monitor"]), (*DISSENT, ["monitor"])],
    AUTUMN: [
        *((*VOTE, ["monitor"]), (*DISSENT, ["monitor"])),
        ("dissent-ana", ANA, "dissent", "its data bear an old name", []),
    ],
}
STATE: dict[str, list[tuple[str, str | None]]] = {
    SPRING: [],
    SUMMER: [("overdue", None)],
    AUTUMN: [("reverted", "reverted")],
}


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion13WhoWasAgainstIt:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("review", LOANS, "--at", at).json["opposition"]

        told = [
            (*ask.names([o["record"]]), o["actor"], o["how"], o["because"],
             ask.names(o["answered_by"])) for o in found
        ]  # fmt: skip
        assert told == AGAINST[at]

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.review(LOANS, at=at).opposition

        assert [(o.actor, o.how, ask.names(o.answered_by)) for o in found] == [
            (actor, how, answers) for _, actor, how, _, answers in AGAINST[at]
        ]

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("review", LOANS, "--at", at)

        assert "di@bank.example · voted against" in told
        assert ("answered by nobody" in told) == (at != SUMMER)


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion14WhatWasBypassed:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("review", LOANS, "--at", at).json["overrides"]

        assert [(o["state"], o["reverted_by"] and ask.names([o["reverted_by"]])[0]) for o in found] == (
            STATE[at]
        )  # fmt: skip
        for override in found:
            assert ask.names([override["record"]]) == ["override"]
            assert override["control"] == "two approvers for a deployment"
            assert (override["actor"], override["accountable"]) == (EVE, OPERATIONS)
            assert override["until"] == "2025-07-20"
        if at == AUTUMN:
            assert found[0]["reverted_at"].startswith("2025-08-05T09:00:00")

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.review(LOANS, at=at).overrides

        assert [o.state for o in found] == [state for state, _ in STATE[at]]

    def test_they_are_listed_with_what_is_said_around_decisions(self, ask: Asking, at: str) -> None:
        words = ("log", "--type", "override", "--artifact", LOANS, "--until", at)

        found = ask.names(r["id"] for r in ask.json(*words).json)
        assert found == ([] if at == SPRING else ["override"])

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("review", LOANS, "--at", at)

        assert ("controls that were bypassed" in told) == (at != SPRING)
        for state, _ in STATE[at]:
            assert f"{state} two approvers for a deployment · eve@bank.example" in told
