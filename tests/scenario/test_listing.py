"""What was known at a time is listed apart from what was decided before it and recorded later."""

from __future__ import annotations

import pytest

from tests.scenario.conftest import Asking
from tests.scenario.telling import AUTUMN, SPRING, SUMMER

# The second rater was settled in February, and written down in September.
LABELLING = {SPRING: ["labels"], SUMMER: ["labels"], AUTUMN: ["raters", "labels"]}
OVERRIDES = {SPRING: [], SUMMER: ["override"], AUTUMN: ["override"]}


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
def test_decisions_that_were_known(ask: Asking, at: str) -> None:
    found = ask.json("log", "--kind", "labelling", "--at", at).json
    in_python = ask.history.decisions(kind="labelling", at=at)

    assert ask.names(d["id"] for d in found) == LABELLING[at]
    assert ask.names(d.id for d in in_python) == LABELLING[at]


@pytest.mark.parametrize("at", [SPRING, SUMMER, AUTUMN])
def test_what_was_said_around_them(ask: Asking, at: str) -> None:
    found = ask.json("log", "--type", "override", "--at", at).json

    assert ask.names(r["id"] for r in found) == OVERRIDES[at]
    assert ask.names(r.id for r in ask.history.events("override", at=at)) == OVERRIDES[at]


def test_decided_by_then_is_something_else_than_known_by_then(ask: Asking) -> None:
    words = ("log", "--kind", "labelling", "--until", SUMMER)

    assert ask.names(d["id"] for d in ask.json(*words).json) == ["raters", "labels"]
    assert ask.names(d["id"] for d in ask.json(*words, "--at", SUMMER).json) == ["labels"]


def test_as_many_are_listed_as_are_asked_for(ask: Asking) -> None:
    found = ask.history.decisions(at=SUMMER, limit=3)

    assert ask.names(d.id for d in found) == ["deploy-2", "threshold-2", "shrinkage-2"]
    assert ask.names(d["id"] for d in ask.json("log", "--at", SUMMER, "--limit", "3").json) == (
        ask.names(d.id for d in found)
    )
    assert len(ask.history.decisions(at=SPRING, limit=0)) == len(ask.history.decisions(at=SPRING))
