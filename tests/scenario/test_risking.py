"""Questions 12, 17 and 18: who owns what stays at risk, who watches it, and is the use as decided."""

from __future__ import annotations

import pytest

from tests.scenario.conftest import Asking
from tests.scenario.founding import APPLICANTS, PURPOSE
from tests.scenario.second_model import WIDER
from tests.scenario.telling import AUTUMN, CREDIT, CY, LOANS, SPRING, SUMMER

ACMES = ("vendor", "Acme scores thin files too low", CREDIT, "2025-12-31")
THIN = ("risk", "thin files are declined more often", CREDIT, "2025-09-30")
# Each with its state, and what watches it.
RISKS: dict[str, list[tuple[object, ...]]] = {
    SPRING: [(*ACMES, "accepted", []), (*THIN, "accepted", [])],
    SUMMER: [(*ACMES, "accepted", []), (*THIN, "accepted", ["monitor"])],
    AUTUMN: [(*ACMES, "accepted", []), (*THIN, "lapsed", ["monitor"])],
}
# Which decision says what it is for, over whom, and in what it is not as first decided.
SCOPES = {
    SPRING: [("purpose", APPLICANTS, []), ("deploy-1", APPLICANTS, [])],
    SUMMER: [("purpose", APPLICANTS, []), ("deploy-2", WIDER, ["population"])],
    AUTUMN: [("purpose", APPLICANTS, []), ("deploy-2", WIDER, ["population"])],
}


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestions12And18WhoOwnsAndWhoWatchesEachRisk:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("review", LOANS, "--at", at).json

        told = [
            (*ask.names([r["record"]]), r["statement"], r["owner"], r["until"], r["state"],
             ask.names(r["monitors"])) for r in found["risks"]
        ]  # fmt: skip
        assert told == RISKS[at]
        assert ask.names(d["id"] for d in found["monitors"]) == (
            [] if at == SPRING else ["monitor"]
        )

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.review(LOANS, at=at)

        told = [(r.owner, r.until, r.state, ask.names(r.monitors)) for r in found.risks]
        assert told == [tuple(risk[2:]) for risk in RISKS[at]]
        for monitor in found.monitors:
            assert monitor.chosen == "above 12% declined in a week"
            assert monitor.decided_by is not None and monitor.decided_by.id == CY

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("review", LOANS, "--at", at)

        assert "accepted Acme scores thin files too low · role:head-of-credit-risk" in told
        assert ("lapsed thin files are declined more often" in told) == (at == AUTUMN)
        assert (f"watched by {ask.id('monitor')}" in told) == (at != SPRING)
        assert "nothing watches it" in told
        assert (
            f"id {ask.id('risk')} ▲ no-evidence" in told
        )  # where it is missing, not at the end alone


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion17IsTheUseAsDecided:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("review", LOANS, "--at", at).json["scopes"]

        told = [(*ask.names([s["record"]]), s["scope"]["population"], s["differs"]) for s in found]
        assert told == SCOPES[at]
        assert {s["scope"]["intended_purpose"] for s in found} == {PURPOSE}
        assert {*ask.names(s["first"] for s in found)} == {"purpose"}

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.review(LOANS, at=at).scopes

        told = [(*ask.names([s.record]), s.scope.population, [*s.differs]) for s in found]
        assert told == SCOPES[at]

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("review", LOANS, "--at", at)

        assert (f"{WIDER} · deploy · not as first decided" in told) == (at != SPRING)
