"""The story is what it says it is: enough records, all kept, all verified."""

from __future__ import annotations

from answerable.model import Approval, Decision, Delegation, Dissent, Mandate, Override, Step
from tests.scenario.conftest import Asking


def test_it_has_sixty_records_and_more_and_a_name_for_each(ask: Asking) -> None:
    told = [r for r in ask.history.records() if not isinstance(r, Delegation)]

    assert len(told) >= 60
    assert sorted(r.id for r in told) == sorted(ask.story.ids.values())


def test_three_teams_and_others_tell_it(ask: Asking) -> None:
    teams = {r.team for r in ask.history.records() if not isinstance(r, Delegation)}

    assert teams == {"credit-risk", "data", "operations", "labelling", "cards"}


def test_there_is_something_of_everything_in_it(ask: Asking) -> None:
    types = {type(r) for r in ask.history.records()}

    assert types >= {Decision, Step, Approval, Dissent, Mandate, Override}


def test_all_of_it_verifies_under_the_policy_that_it_adopts(ask: Asking) -> None:
    verdict = ask.json("verify")

    assert (verdict.status, verdict.json["verdict"], verdict.json["policy"]) == (
        0,
        "valid-unwitnessed",
        2,
    )
