"""Back from an incident: the responder who mends is not the one who decided."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import answerable as ans
from tests.cli.running import Run, running

SUBJECT = "deployment:prod/scores"
ANA, BO = "person:ana@bank.example", "person:bo@bank.example"


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Ana decides; a campaign is made known and not heard; it fails; Bo responds; and only then
    is the threshold set anew."""
    monkeypatch.setenv("ANSWERABLE_LEDGER", f"sqlite:///{tmp_path / 'decisions.db'}")
    ans.configure(team="scoring", actor=ANA, accountable="role:head-of-scoring")
    found = {}
    with ans.step("deploy", produced=[SUBJECT]):
        with ans.decide("threshold") as d:
            d.consider(0.5, because="declines more")
            d.assume("the mix stays", review_by="2099-01-01")
            d.choose(0.62, because="measured")
    found["threshold"] = d.id
    ans.notify("a campaign runs", about=SUBJECT, to="role:retraining")
    wrong = ans.incident(SUBJECT, "thin files declined", severity="high")
    found["incident"] = wrong.id
    time.sleep(0.002)  # so that what follows was recorded after it happened
    ans.configure(team="operations", actor=BO, accountable="role:head-of-operations")
    fix = ans.action(wrong.id, "back to version 1", owner=BO, due="2099-01-31")
    found["fix"] = fix.id
    ans.assumption_event(d.id, "the mix stays", "violated", because="thin files doubled")
    ans.choose(
        "threshold", 0.5, over={0.62: "failed"}, because="safe", supersedes=d.id, about=SUBJECT
    )
    ans.shutdown()
    return found


def test_it_says_what_was_in_force_then_and_not_what_is_now(run: Run, ids: dict[str, str]) -> None:
    found = run("incident", ids["incident"], "--json").json

    assert [d["id"] for d in found["in_force"]] == [ids["threshold"]]
    assert found["in_force"][0]["chosen"] == 0.62
    assert found["subject"] == SUBJECT
    assert found["incident"]["statement"] == "thin files declined"


def test_who_answers_is_told_apart_from_who_responds(run: Run, ids: dict[str, str]) -> None:
    found = run("incident", ids["incident"], "--json").json

    assert found["accountable"] == [{"id": "role:head-of-scoring", "decisions": [ids["threshold"]]}]
    assert found["responding"] == [{"id": BO, "actions": [ids["fix"]]}]


def test_what_was_learned_later_is_kept_apart(run: Run, ids: dict[str, str]) -> None:
    found = run("incident", ids["incident"], "--json").json

    assert {g["code"] for g in found["gaps"]["then"]} == {
        "no-evidence",
        "unacknowledged",
        "unapproved",
    }
    assert "unacknowledged" not in {g["code"] for g in found["gaps"]["learned"]}
    assert [g["owner"] for g in found["unacknowledged"]] == ["role:retraining"]


def test_an_assumption_that_did_not_hold_is_told_though_its_decision_was_replaced(
    run: Run, ids: dict[str, str]
) -> None:
    found = run("incident", ids["incident"], "--json").json

    assert found["assumptions"] == [
        {
            "record": ids["threshold"],
            "statement": "the mix stays",
            "state": "violated",
            "owner": "role:head-of-scoring",
        }
    ]


def test_an_open_action_exits_1_and_a_done_one_does_not(run: Run, ids: dict[str, str]) -> None:
    assert run("incident", ids["incident"]).status == 1
    ans.configure(actor=BO)
    ans.action(ids["incident"], "back to version 1", state="done", supersedes=ids["fix"])
    ans.shutdown()

    found = run("incident", ids["incident"], "--json")
    assert (found.status, [a["state"] for a in found.json["actions"]]) == (0, ["done"])


def test_people_read_all_of_it(run: Run, ids: dict[str, str]) -> None:
    told = run("incident", ids["incident"]).text

    for said in (
        *("thin files declined (high)", "threshold = 0.62", "role:head-of-scoring", "responds"),
        *("bo@bank.example", "a campaign runs", "back to version 1", "open"),
    ):
        assert said in told


def test_what_is_no_incident_exits_2(run: Run, ids: dict[str, str]) -> None:
    assert run("incident", ids["threshold"]).status == 2
    assert run("incident", "nobody").status == 2
