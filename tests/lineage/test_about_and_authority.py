from __future__ import annotations

from datetime import timedelta

from answerable.model import Delegation, Evidence
from tests.lineage.story import (
    approval,
    artifact,
    choice,
    codes,
    day,
    dissent,
    gaps_of,
    ids,
    links,
    placed,
    step,
    trace,
)

MODEL = artifact("model:loan@7", "weights")
SLOT = "deployment:prod/loan"


def test_what_is_about_anything_in_the_ancestry_joins() -> None:
    told = trace(
        SLOT,
        step("train", 1, used=["dataset:a@1"], produced=[MODEL]),
        choice("purpose", 2, about=("model:loan@7",)),
        choice("licence", 2, about=("dataset:a@1",)),
        approval("yes", 3, about=(SLOT,)),
        dissent("no", 3, about=("record:purpose",)),
        dissent("to-the-yes", 4, about=("record:yes",)),
        choice("deploy", 5, used=[MODEL], produced=[SLOT]),
        choice("strange", 5, about=("model:other@1",)),
        dissent("stranger", 5, about=("record:strange",)),
    )
    assert ids(told) == {
        *("train", "purpose", "licence", "deploy"),
        *("yes", "no", "to-the-yes"),
    }
    assert links(told, "yes") == {("deploy", "about", "about")}
    assert links(told, "no") == {("purpose", "about", "about")}
    assert links(told, "to-the-yes") == {("yes", "about", "about")}


def test_the_later_of_two_decisions_holds_the_link() -> None:
    told = trace(
        "model:loan@7",
        choice("plan", 1, about=("model:loan@7",), produced=["config:x@1"]),
        step("train", 2, used=[artifact("config:x@1")], produced=[MODEL]),
        choice("threshold", 3, about=("model:loan@7",), used=[MODEL]),
    )
    assert links(told, "plan") == set()
    assert ("plan", "about", "about") in links(told, "train")
    assert links(told, "threshold") == {
        ("train", "about", "about"),
        ("train", "model:loan@7", "digest"),
    }
    assert [gap.code for gap in told.gaps] == ["asserted-link"]


def test_a_yes_or_a_no_holds_its_link_even_before_what_it_is_about() -> None:
    told = trace(
        SLOT,
        approval("yes", 1, about=(SLOT,)),
        choice("deploy", 2, produced=[SLOT]),
        choice("answer", 3, about=("record:yes",)),
    )
    assert links(told, "yes") == {("deploy", "about", "about")}
    assert links(told, "deploy") == set()
    assert links(told, "answer") == {("yes", "about", "about")}


def test_a_yes_brings_nothing_but_what_is_about_it() -> None:
    told = trace(
        SLOT,
        choice("deploy", 1, produced=[SLOT]),
        step("review", 2, used=["report:fit@1"], produced=["report:minutes@1"]),
        choice("agenda", 2, step="review"),
        approval("yes", 2, about=(SLOT, "report:fit@1"), step="review"),
    )
    assert ids(told) == {"deploy", "yes"}
    assert placed(told, "yes").parent is None


def test_a_yes_stands_in_its_step_where_that_is_in_the_trace() -> None:
    told = trace(
        SLOT,
        step("release", 2, produced=[SLOT]),
        approval("yes", 1, about=(SLOT,), step="release"),
    )
    assert placed(told, "yes").parent == "release"
    assert links(told, "yes") == set()


def test_what_was_decided_about_a_slot_for_an_earlier_occupant_stays_with_that() -> None:
    told = trace(
        SLOT,
        choice("deploy-6", 1, about=(SLOT,), used=["model:loan@6"], produced=[SLOT]),
        choice("weights", 2, about=(SLOT,), step="release-6"),
        step("release-6", 3, used=["model:loan@6"], produced=[SLOT]),
        choice("standing", 3, about=(SLOT,)),
        choice("weights-7", 4, about=(SLOT,), step="release-7"),
        step("release-7", 5, about=(SLOT,), produced=[SLOT]),
    )
    assert ids(told) == {"standing", "weights-7", "release-7"}


def test_what_was_decided_about_a_slot_in_an_attempt_to_fill_it_stands_by_itself() -> None:
    told = trace(
        SLOT,
        choice("weights", 1, about=(SLOT,), step="release"),
        step("release", 2, produced=[SLOT], abandoned="TimeoutError"),
        choice("deploy", 3, produced=[SLOT]),
    )
    assert ids(told) == {"weights", "release", "deploy"}


def test_an_authority_that_is_a_record_joins() -> None:
    told = trace(
        SLOT,
        choice("mandate", 1),
        choice("limit", 1),
        choice("deploy", 2, produced=[SLOT], authority="record:mandate", about=()),
        choice("price", 2, about=(SLOT,), authority="limit"),
        choice("free", 2, about=(SLOT,), authority="the board's minutes of May"),
        choice("lost", 2, about=(SLOT,), authority="record:gone"),
    )
    assert ids(told) == {"mandate", "limit", "deploy", "price", "free", "lost"}
    assert ("mandate", "authority", "authority") in links(told, "deploy")
    assert ("limit", "authority", "authority") in links(told, "price")
    assert gaps_of(told) == ()


def test_a_yes_that_gave_the_authority_for_what_it_is_about_is_no_contradiction() -> None:
    told = trace(
        SLOT,
        approval("yes", 1, about=(SLOT,)),
        choice("deploy", 2, produced=[SLOT], authority="record:yes"),
    )
    assert links(told, "deploy") == {("yes", "authority", "authority")}
    assert links(told, "yes") == set()
    # Nor does it bind what was then deployed.
    assert codes(told) == [("stale-approval", "yes", SLOT)]


def test_an_authority_that_is_an_artifact_joins_with_what_produced_it() -> None:
    told = trace(
        SLOT,
        choice("policy", 1, produced=["policy:credit@3"]),
        choice("comment", 1, about=("policy:credit@3",)),
        choice("deploy", 2, produced=[SLOT], authority="policy:credit@3"),
    )
    assert ids(told) == {"policy", "comment", "deploy"}
    assert links(told, "deploy") == {("policy", "authority", "authority")}
    assert gaps_of(told) == ()


def test_a_superseded_authority_is_history_and_an_abandoned_one_nothing() -> None:
    told = trace(
        SLOT,
        choice("old", 1),
        choice("new", 2, supersedes=("old",)),
        choice("given-up", 1, abandoned="ValueError"),
        choice("deploy", 3, produced=[SLOT], authority="record:old"),
        choice("price", 3, about=(SLOT,), authority="record:given-up"),
    )
    assert ids(told) == {"old", "new", "deploy", "price"}
    assert links(told, "deploy") == set()


def test_evidence_is_followed_as_what_was_used_is() -> None:
    report = Evidence(artifact=artifact("report:fit@1", "auc"), kind="own_test")
    told = trace(
        SLOT,
        step("evaluate", 1, produced=[artifact("report:fit@1", "auc")]),
        choice("deploy", 2, produced=[SLOT], evidence=(report,)),
    )
    assert links(told, "deploy") == {("evaluate", "report:fit@1", "digest")}


def test_how_keys_were_lent_is_no_part_of_the_story() -> None:
    lent = Delegation(
        id="lent",
        decided_at=day(1),
        recorded_at=day(1),
        about=(SLOT,),
        session_key="ab" * 32,
        identity_key="cd" * 32,
        principal="person:owner@example.org",
        not_before=day(1),
        not_after=day(1) + timedelta(hours=12),
    )
    told = trace(SLOT, lent, choice("deploy", 2, produced=[SLOT], authority="record:lent"))
    assert ids(told) == {"deploy"}
    assert codes(told) == []
