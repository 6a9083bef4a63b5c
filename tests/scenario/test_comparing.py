"""Questions 8 and 9: what changed, by whom, and what without a decision; what rests on what."""

from __future__ import annotations

import attrs
import pytest

from answerable import NotFoundError
from tests.scenario.conftest import Asking
from tests.scenario.telling import ACME, AUTUMN, CARDS, LOANS, SPRING, SUMMER

BOTH = ("model:loans@1", "model:loans@2")
CHANGED = {
    SUMMER: {("depth-1", "depth-2"), ("threshold-1", "threshold-2")},
    AUTUMN: {("depth-1", "depth-2"), ("threshold-1", "threshold-3")},
}
REMOVED = ["architecture-1", "metric"]
# One name for two contents joins the data of both, so that no decision about them differs.
WITHOUT = [{"what": "Which value for shrinkage?", "before": "0.1", "after": "0.3"}]
CLOSED = {
    SUMMER: {("expired-assumption", "threshold-1")},
    AUTUMN: {
        *(("expired-assumption", "threshold-1"), ("expired-evidence", "threshold-1")),
        ("orphaned", "threshold-1"),
    },
}


class TestQuestion8WhatChangedFromOneModelToTheNext:
    @pytest.mark.parametrize("at", [SUMMER, AUTUMN])
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("diff", *BOTH, "--at", at).json

        pairs = [ask.names((c["before"]["id"], c["after"]["id"])) for c in found["changed"]]
        assert {tuple(pair) for pair in pairs} == CHANGED[at]
        assert ask.names(d["id"] for d in found["removed"]) == REMOVED
        assert (found["added"], found["remade"]) == ([], [])
        assert found["changed_without_decision"] == WITHOUT
        (default,) = found["defaults"]
        assert ask.names((default["before"]["id"], default["after"]["id"])) == [
            "shrinkage-1",
            "shrinkage-2",
        ]
        closed = {(g["code"], *ask.names([g["record"]])) for g in found["gaps"]["closed"]}
        assert (closed, found["gaps"]["opened"]) == (CLOSED[at], [])

    @pytest.mark.parametrize("at", [SUMMER, AUTUMN])
    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.diff(*BOTH, at=at)

        pairs = {tuple(ask.names((c.before.id, c.after.id))) for c in found.changed}
        assert pairs == CHANGED[at]
        assert [attrs.asdict(each) for each in found.without_decision] == WITHOUT

    def test_as_people_read_it(self, ask: Asking) -> None:
        told = ask.text("diff", *BOTH, "--at", SUMMER)

        for said in (
            *("decided otherwise", "before 0.62", "after 0.55", "bo@bank.example", "removed"),
            *("changed without a decision", "shrinkage? 0.1 to 0.3", "gaps closed"),
        ):
            assert said in told

    def test_before_there_was_a_second_it_cannot_be_told(self, ask: Asking) -> None:
        assert ask.json("diff", *BOTH, "--at", SPRING).status == 2
        with pytest.raises(NotFoundError, match="model:loans@2"):
            ask.history.diff(*BOTH, at=SPRING)


# What is other about the deployment since March: then it held the first model.
SINCE = {
    SUMMER: (
        {("depth-1", "depth-2"), ("threshold-1", "threshold-2"), ("deploy-1", "deploy-2")},
        ["monitor", "window-2"],
    ),
    AUTUMN: (
        {("depth-1", "depth-2"), ("threshold-1", "threshold-3"), ("deploy-1", "deploy-2")},
        ["raters", "monitor", "window-2", "human-review", "purge"],
    ),
}


@pytest.mark.parametrize("at", [SUMMER, AUTUMN])
class TestOneDeploymentAtTwoTimes:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("diff", LOANS, LOANS, "--since", SPRING, "--at", at).json

        pairs = {tuple(ask.names((c["before"]["id"], c["after"]["id"]))) for c in found["changed"]}
        assert pairs == SINCE[at][0]
        assert ask.names(d["id"] for d in found["added"]) == SINCE[at][1]
        assert ask.names(d["id"] for d in found["removed"]) == REMOVED
        assert found["changed_without_decision"][0] == WITHOUT[0]
        assert (found["before_as_of"][:10], found["after_as_of"][:10]) == (SPRING, at)

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.diff(LOANS, LOANS, at=at, since=SPRING)

        pairs = {tuple(ask.names((c.before.id, c.after.id))) for c in found.changed}
        assert pairs == SINCE[at][0]

    def test_people_read_the_two_times(self, ask: Asking, at: str) -> None:
        told = ask.text("diff", LOANS, LOANS, "--since", SPRING, "--at", at)

        assert f"as of {SPRING} 23:59:59 UTC to {at} 23:59:59 UTC" in told


# What rests on the vendor: the cards since February, the loans since March.
REACHED = {
    SPRING: {CARDS, LOANS, "model:cards@1", "model:loans@1", "report:evaluation@1"},
    SUMMER: {
        *(CARDS, LOANS, "model:cards@1", "model:loans@1", "model:loans@2"),
        *("report:evaluation@1", "report:evaluation@2"),
    },
    AUTUMN: {
        *(CARDS, LOANS, "model:cards@1", "model:loans@1", "model:loans@2"),
        *("report:evaluation@1", "report:evaluation@2", "report:thin-files@1"),
    },
}


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
class TestQuestion9WhatRestsOnTheVendor:
    def test_on_the_command_line(self, ask: Asking, at: str) -> None:
        found = ask.json("impact", ACME, "--at", at).json

        assert {r["subject"] for r in found["reached"]} == REACHED[at]

    def test_in_python(self, ask: Asking, at: str) -> None:
        found = ask.history.impact(ACME, at=at)

        assert {r.subject for r in found.reached} == REACHED[at]
        assert all(r.path[0] == ACME and r.path[-1] == r.subject for r in found.reached)

    def test_as_people_read_it(self, ask: Asking, at: str) -> None:
        told = ask.text("impact", ACME, "--at", at)

        assert f"{len(REACHED[at])} rest on {ACME}" in told
        assert all(subject in told for subject in REACHED[at])

    def test_the_way_there_is_told_by_names_and_not_by_ids(self, ask: Asking, at: str) -> None:
        found = ask.history.impact(ACME, at=at)
        ids = {name for r in found.reached for name in r.path} & {r.id for r in found.over}
        ways = ask.text("impact", ACME, "--at", at).partition("decisions")[0]

        assert ids
        assert not [id for id in ids if id in ways]


def test_only_the_first_model_rests_on_the_guideline_alone_before_summer(ask: Asking) -> None:
    before = ask.history.impact("guideline:income@1", at=SPRING)
    after = ask.history.impact("guideline:income@1", at=SUMMER)

    assert "model:loans@2" not in {r.subject for r in before.reached}
    assert {"model:loans@2", LOANS} <= {r.subject for r in after.reached}
