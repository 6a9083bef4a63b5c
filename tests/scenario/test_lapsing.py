"""Questions 7, 10 and 11: what nobody chose, what nobody has the right to, what no longer holds."""

from __future__ import annotations

import pytest

from tests.scenario.conftest import Asking
from tests.scenario.telling import AUTUMN, LOANS, SPRING, SUMMER

NOBODYS = {
    SPRING: {("default", "window-1"), ("default", "shrinkage-1")},
    SUMMER: {
        *(("default", "window-1"), ("default", "shrinkage-2")),
        ("expired-assumption", "rows"),
    },
    AUTUMN: {
        *(("default", "window-1"), ("default", "shrinkage-2")),
        *(("expired-assumption", "vendor"), ("lapsed", "risk")),
    },
}
# Nobody has been head of data since October.
UNFILLED = {
    *(("orphaned", name) for name in ("window-1", "window-2", "rows", "features", "labels")),
    ("orphaned", "raters"),
}
ORPHANED = {SPRING: set(), SUMMER: {("orphaned", "threshold-2")}, AUTUMN: UNFILLED}
RELIED_ON = {
    SPRING: [("rows", "assumed"), ("vendor", "assumed"), ("threshold-1", "assumed")],
    SUMMER: [("rows", "overdue"), ("vendor", "assumed")],
    AUTUMN: [("rows", "assumed"), ("vendor", "violated")],
}
NOT_SO = {
    SPRING: set(),
    SUMMER: {("expired-assumption", "rows")},
    AUTUMN: {("expired-assumption", "vendor"), ("violated-assumption", "vendor")},
}
QUESTIONS = [
    (("default", "lapsed", "expired-assumption"), NOBODYS),
    (("orphaned",), ORPHANED),
    (("expired-assumption", "violated-assumption"), NOT_SO),
]


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
@pytest.mark.parametrize(("codes", "truth"), QUESTIONS, ids=["7", "10", "11"])
class TestQuestions7And10And11:
    def test_on_the_command_line(
        self, ask: Asking, codes: tuple[str, ...], truth: dict[str, set[tuple[str, str]]], at: str
    ) -> None:
        found = ask.json("gaps", LOANS, "--at", at)

        assert found.status == 1
        told = {(g["code"], *ask.names([g["record"]])) for g in found.json if g["code"] in codes}
        assert told == truth[at]

    def test_in_python(
        self, ask: Asking, codes: tuple[str, ...], truth: dict[str, set[tuple[str, str]]], at: str
    ) -> None:
        found = ask.history.gaps(LOANS, at=at)

        told = {(g.code, *ask.names([g.record or ""])) for g in found if g.code in codes}
        assert told == truth[at]


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
def test_a_review_says_of_each_assumption_what_is_known_of_it(ask: Asking, at: str) -> None:
    found = ask.json("review", LOANS, "--at", at).json["assumptions"]
    words = ask.text("review", LOANS, "--at", at)

    assert [(*ask.names([each["record"]]), each["state"]) for each in found] == RELIED_ON[at]
    assert ("nobody has looked at it since its date" in words) == (at == SUMMER)
    assert ("it did not hold" in words) == (at == AUTUMN)
