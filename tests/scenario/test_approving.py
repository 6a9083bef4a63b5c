"""Questions 6 and 16: what exactly was presented, who approved it, and what was not in view."""

from __future__ import annotations

import pytest

from answerable import Decision, NotFoundError
from tests.scenario.conftest import Asking
from tests.scenario.telling import AUTUMN, CY, DI, LOANS, SPRING, SUMMER

FIRST = [
    *("mandate", "purpose", "fairness", "guideline", "window-1", "rows", "features", "labels"),
    *("vendor", "depth-1", "shrinkage-1", "architecture-1", "metric", "threshold-1", "risk"),
    *("contest", "deploy-1"),
]
LAST = [
    *("purpose", "fairness", "guideline", "window-1", "rows", "features", "labels", "raters"),
    *("vendor", "risk", "contest", "monitor", "window-2", "depth-2", "shrinkage-2", "deploy-2"),
    *("threshold-3", "human-review", "purge"),
]
# The decisions that each approval was shown, and the defaults among them.
SHOWN = {
    "approval-cy": ({*FIRST} - {"mandate"}, ["window-1", "shrinkage-1"]),
    "approval-di": ({*FIRST} - {"mandate"}, ["window-1", "shrinkage-1"]),
    "approval-di-2": ({*LAST}, ["window-1", "shrinkage-2"]),
}
# Who approved the whole, whether that is what there is now, and what is in force and was not seen.
LATER = ["notice", "heard-operations", "monitor", "window-2", "depth-2", "shrinkage-2"]
SEEN: dict[str, list[tuple[str, bool, list[str]]]] = {
    SPRING: [("approval-cy", True, []), ("approval-di", True, [])],
    SUMMER: [
        (name, False, [*LATER, "threshold-2", "override", "deploy-2"])
        for name in ("approval-cy", "approval-di")
    ],
    AUTUMN: [
        *(
            (
                name,
                False,
                [
                    *("raters", *LATER, "deploy-2", "reverted", "incomes-looked-at"),
                    *("heard-credit", "incident", "scale-moved", "action-officers-verified"),
                    *("action-retrain", "threshold-3", "human-review", "purge"),
                ],
            )
            for name in ("approval-cy", "approval-di")
        ),
        ("approval-di-2", True, []),
    ],
}


@pytest.mark.parametrize("name", SHOWN)
class TestQuestion6WhatWasPresented:
    def test_on_the_command_line(self, ask: Asking, name: str) -> None:
        found = ask.json("show", ask.id(name), "--presented")

        assert found.status == 0
        shown = found.json["presented"]
        assert shown["digest"] == found.json["approval"]["binds"]
        assert ({*ask.names(d["id"] for d in shown["records"])}, ask.names(shown["defaults"])) == (
            SHOWN[name]
        )

    def test_in_python(self, ask: Asking, name: str) -> None:
        found = ask.history.presented(ask.id(name))

        assert found.trace is not None and found.trace.digest == found.approval.digest
        shown = [p.record for p in found.trace.records if not p.is_history]
        decisions = {*ask.names(r.id for r in shown if isinstance(r, Decision))}
        assert decisions == SHOWN[name][0]

    def test_nobody_claims_that_it_was_read(self, ask: Asking, name: str) -> None:
        told = ask.text("show", ask.id(name), "--presented")

        assert "this was presented; whether it was read, nobody can tell" in told
        assert ("threshold = 0.62" in told) == (name != "approval-di-2")
        assert ("threshold = 0.7" in told) == (name == "approval-di-2")


def test_what_one_record_alone_was_approved_for_is_that_record(ask: Asking) -> None:
    found = ask.json("show", ask.id("confirmed"), "--presented")

    assert (found.status, found.json["presented"]) == (0, None)
    assert ask.names([found.json["record"]]) == ["purge"]
    assert f"one record alone was presented: {ask.id('purge')}" in ask.text(
        "show", ask.id("confirmed"), "--presented"
    )


def test_what_is_no_approval_presented_nothing(ask: Asking) -> None:
    assert ask.json("show", ask.id("risk"), "--presented").status == 2
    with pytest.raises(NotFoundError, match="is no approval"):
        ask.history.presented(ask.id("risk"))


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion16WhoApprovedTheWhole:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("review", LOANS, "--at", at).json

        whole = [a for a in found["approvals"] if a["about"] == [LOANS]]
        assert [(*ask.names([a["id"]]), a["present"], ask.names(a["unseen"])) for a in whole] == (
            SEEN[at]
        )
        assert found["required"] == {"threshold": 2, "principals": ["cy", "di", "eve"]}

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.review(LOANS, at=at)

        whole = [v for v in found.approvals if v.approval.about == (LOANS,)]
        told = [(v.approval, v.is_present, ask.names(v.unseen or ())) for v in whole]
        assert [(*ask.names([a.id]), present, unseen) for a, present, unseen in told] == SEEN[at]

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("review", LOANS, "--at", at)

        count = len(SEEN[at][0][2])
        assert (f"not in view {count} of what is in force now" in told) == (at != SPRING)
        assert "the policy asks for 2 of cy, di, eve" in told
        for who in (CY, DI):
            assert who.removeprefix("person:") in told


def test_what_confirms_a_draft_is_said_to_be_of_that_alone(ask: Asking) -> None:
    assert f"of {ask.ref('purge')} alone" in ask.text("review", LOANS, "--at", AUTUMN)
