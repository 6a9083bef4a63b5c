from __future__ import annotations

from tests.lineage.story import (
    approval,
    artifact,
    choice,
    codes,
    decision,
    dissent,
    gaps_of,
    ids,
    links,
    placed,
    step,
    trace,
)

MODEL = "model:loan@7"


def test_a_superseded_record_is_history_behind_its_successor_and_no_cause() -> None:
    told = trace(
        MODEL,
        choice("data", 1, produced=["dataset:a@1"]),
        choice("old", 2, about=(MODEL,), used=["dataset:a@1"], accountable=None),
        choice("new", 3, about=(MODEL,), supersedes=("old",)),
        step("train", 4, produced=[MODEL]),
    )
    assert ids(told) == {"old", "new", "train"}
    assert placed(told, "old").superseded_by == "new"
    assert placed(told, "new").superseded_by is None
    assert links(told, "new") == {("old", "supersedes", "supersedes")}
    assert links(told, "old") == set()
    assert gaps_of(told) == ()


def test_whoever_finds_a_superseded_record_finds_its_successor_wherever_that_stands() -> None:
    told = trace(
        MODEL,
        choice("old", 1, step="train"),
        step("train", 2, produced=[MODEL]),
        choice("new", 3, supersedes=("old",), used=["report:why@1"]),
        step("study", 2.5, produced=["report:why@1"]),
    )
    assert ids(told) == {"old", "train", "new", "study"}
    assert placed(told, "old").superseded_by == "new"
    assert placed(told, "old").parent == "train"


def test_before_the_successor_was_recorded_the_old_record_was_in_force() -> None:
    history = (
        choice("old", 1, produced=[MODEL]),
        choice("new", 5, produced=[MODEL], supersedes=("old",)),
    )
    assert placed(trace(MODEL, *history, at=4), "old").superseded_by is None
    assert placed(trace(MODEL, *history, at=5), "old").superseded_by == "new"


def test_a_superseded_producer_is_not_what_its_users_rest_on() -> None:
    told = trace(
        "deployment:prod/loan",
        choice("old", 1, produced=["dataset:a@1"]),
        choice("new", 2, produced=["dataset:a@2"], supersedes=("old",)),
        choice("deploy", 3, used=["dataset:a@1"], produced=["deployment:prod/loan"]),
    )
    assert ids(told) == {"old", "new", "deploy"}
    assert links(told, "deploy") == set()
    assert gaps_of(told) == ()


def test_a_superseded_occupant_leaves_the_slot_to_the_one_before() -> None:
    slot = "deployment:prod/loan"
    told = trace(
        slot,
        choice("deploy-6", 1, used=["model:loan@6"], produced=[slot]),
        choice("deploy-7", 2, used=["model:loan@7"], produced=[slot]),
        choice("withdraw", 3, supersedes=("deploy-7",)),
    )
    assert ids(told) == {"deploy-6", "deploy-7", "withdraw"}
    assert codes(told) == [("unrecorded", "deploy-6", "model:loan@6")]


def test_a_chain_of_supersession_shows_every_link_of_it() -> None:
    told = trace(
        MODEL,
        choice("a", 1, about=(MODEL,)),
        choice("b", 2, supersedes=("a",)),
        choice("c", 3, supersedes=("b",)),
    )
    assert [placed(told, id).superseded_by for id in "abc"] == ["b", "c", None]
    assert links(told, "c") == {("b", "supersedes", "supersedes")}
    assert links(told, "b") == {("a", "supersedes", "supersedes")}


def test_of_two_successors_the_newest_stands_for_both_and_both_are_in_force() -> None:
    told = trace(
        MODEL,
        choice("a", 1, about=(MODEL,)),
        choice("b", 2, supersedes=("a",)),
        choice("c", 3, supersedes=("a",)),
    )
    assert [placed(told, id).superseded_by for id in "abc"] == ["c", None, None]
    assert links(told, "b") == links(told, "c") == {("a", "supersedes", "supersedes")}


def test_in_a_circle_of_supersession_the_newest_is_in_force_and_the_circle_is_reported() -> None:
    told = trace(
        MODEL,
        choice("a", 1, about=(MODEL,), supersedes=("b",)),
        choice("b", 2, supersedes=("c",)),
        choice("c", 3, supersedes=("a",)),
    )
    assert [placed(told, id).superseded_by for id in "abc"] == ["c", "c", None]
    assert links(told, "c") == {("a", "supersedes", "supersedes")}
    assert codes(told) == [("unrecorded", None, MODEL), ("conflict", "c", None)]
    assert "supersede each other in a circle" in told.gaps[1].message


def test_a_record_cannot_supersede_itself_nor_an_abandoned_one_anything() -> None:
    told = trace(
        MODEL,
        choice("a", 1, about=(MODEL,), supersedes=("a",)),
        choice("b", 2, supersedes=("a",), abandoned="ValueError"),
    )
    assert ids(told) == {"a"}
    assert placed(told, "a").superseded_by is None
    assert codes(told) == [("unrecorded", None, MODEL)]


def test_superseded_records_have_no_gaps() -> None:
    old = decision("old", 1, about=(MODEL,), rationale=None, accountable=None, capture="default")
    new = choice("new", 2, supersedes=("old",))
    assert {code for code, *_ in codes(trace(MODEL, old))} >= {"default", "unassigned"}
    assert codes(trace(MODEL, old, new)) == [("unrecorded", None, MODEL)]


def test_a_withdrawn_approval_stays_visible_behind_what_withdrew_it() -> None:
    told = trace(
        MODEL,
        step("train", 1, produced=[MODEL]),
        approval("yes", 2, about=(MODEL,)),
        choice("withdraw", 3, supersedes=("yes",)),
    )
    assert placed(told, "yes").superseded_by == "withdraw"
    assert links(told, "yes") == set()


def test_a_dissent_about_a_superseded_record_stays_beside_it() -> None:
    told = trace(
        MODEL,
        choice("old", 1, about=(MODEL,)),
        dissent("no", 2, about=("record:old",)),
        choice("new", 3, supersedes=("old",)),
    )
    assert links(told, "no") == {("old", "about", "about")}


def test_a_superseded_record_holds_no_link_to_what_is_about_it() -> None:
    told = trace(
        MODEL,
        choice("plan", 1, about=("record:old",)),
        choice("old", 2, about=(MODEL,)),
        choice("new", 3, supersedes=("old",)),
    )
    assert ids(told) == {"plan", "old", "new"}
    assert links(told, "plan") == links(told, "old") == set()


def test_the_digest_that_a_superseded_record_gave_a_name_is_not_followed() -> None:
    told = trace(
        MODEL,
        step("train", 1, produced=[artifact("model:candidate@3", "weights")]),
        choice("old", 2, produced=[artifact(MODEL, "weights")]),
        choice("new", 3, supersedes=("old",)),
    )
    assert ids(told) == {"old", "new"}


def test_a_superseded_step_is_shown_around_what_is_still_in_force() -> None:
    told = trace(
        "config:x@1",
        choice("kept", 1, step="run", produced=["config:x@1"]),
        choice("dropped", 1, step="run"),
        step("run", 2, used=["dataset:a@1"]),
        step("rerun", 3),
        choice("redo", 3, supersedes=("run",), step="rerun"),
    )
    assert ids(told) == {"kept", "run", "redo", "rerun"}
    assert placed(told, "kept").parent == "run"
    assert placed(told, "run").superseded_by == "redo"
