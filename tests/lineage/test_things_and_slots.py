from __future__ import annotations

import attrs
import pytest

from answerable.errors import InvalidReferenceError, InvalidValueError, NotFoundError
from answerable.lineage import MemoryLookup, stitch
from tests.lineage.story import (
    NOW,
    artifact,
    choice,
    codes,
    day,
    decision,
    gaps_of,
    ids,
    links,
    placed,
    step,
    trace,
)

DATA = artifact("dataset:loans@1", "rows")
MODEL = artifact("model:loan@7", "weights")


def test_a_chain_of_used_and_produced_things_is_followed_to_its_start() -> None:
    told = trace(
        "deployment:prod/loan",
        choice("select", 1, produced=[DATA]),
        step("train", 2, used=[DATA], produced=[MODEL]),
        choice("deploy", 3, used=[MODEL], produced=["deployment:prod/loan"]),
        step("other", 2, used=[DATA], produced=["model:other@1"]),
    )
    assert [p.record.id for p in told.placed()] == ["select", "train", "deploy"]
    assert links(told, "deploy") == {("train", "model:loan@7", "digest")}
    assert links(told, "train") == {("select", "dataset:loans@1", "digest")}
    assert links(told, "select") == set()
    assert gaps_of(told) == ()


def test_a_name_with_a_version_joins_and_is_marked_as_asserted() -> None:
    told = trace(
        "model:loan@7",
        choice("select", 1, produced=["dataset:loans@1"]),
        step("train", 2, used=[DATA], produced=[MODEL]),
    )
    assert links(told, "train") == {("select", "dataset:loans@1", "name")}
    assert codes(told) == [("asserted-link", "train", "dataset:loans@1")]


def test_the_subject_itself_is_a_name_and_no_asserted_link() -> None:
    assert trace("model:loan@7", step("train", produced=[MODEL])).gaps == ()


def test_one_digest_under_two_names_is_one_thing() -> None:
    told = trace(
        "deployment:prod/loan",
        step("train", 1, produced=[artifact("model:candidate@3", "weights")]),
        choice("name", 2, about=("model:candidate@3",)),
        choice("deploy", 3, used=[MODEL], produced=["deployment:prod/loan"]),
    )
    assert ids(told) == {"train", "name", "deploy"}
    assert links(told, "deploy") == {("train", "model:loan@7", "digest")}
    assert gaps_of(told) == ()


def test_what_a_name_is_said_to_contain_is_followed_under_its_other_name() -> None:
    told = trace(
        "model:loan@7",
        step("train", 1, produced=[artifact("model:candidate@3", "weights")]),
        choice("register", 2, produced=[MODEL]),
    )
    assert ids(told) == {"train", "register"}


def test_whoever_passes_the_bytes_on_later_is_not_where_they_came_from() -> None:
    candidate = artifact("model:candidate@3", "weights")
    train = step("train", 1, produced=[candidate])
    check = step("check", 2, used=[candidate], produced=["report:check@1"])
    register = choice("register", 3, used=[candidate], produced=[MODEL])
    assert ids(trace("model:candidate@3", train, check, register)) == {"train"}
    assert ids(trace("report:check@1", train, check, register)) == {"train", "check"}
    assert ids(trace("model:loan@7", train, check, register)) == {"train", "register"}


def test_whoever_passed_the_bytes_on_before_may_be_where_they_came_from() -> None:
    told = trace(
        "report:check@1",
        choice("register", 1, used=[artifact("file:a@1", "weights")], produced=[MODEL]),
        step("check", 2, used=[artifact("model:prod@1", "weights")], produced=["report:check@1"]),
    )
    assert links(told, "check") == {("register", "model:prod@1", "digest")}


def test_one_version_with_two_digests_is_a_conflict_and_both_ways_are_followed() -> None:
    told = trace(
        "deployment:prod/loan",
        step("train", 1, produced=[MODEL]),
        step("retrain", 2, produced=[artifact("model:loan@7", "other weights")]),
        choice("deploy", 3, used=[MODEL], produced=["deployment:prod/loan"]),
    )
    assert ids(told) == {"train", "retrain", "deploy"}
    assert links(told, "deploy") == {
        ("train", "model:loan@7", "digest"),
        ("retrain", "model:loan@7", "name"),
    }
    assert ("conflict", "retrain", "model:loan@7") in codes(told)
    message = next(gap.message for gap in told.gaps if gap.code == "conflict")
    assert message.startswith("The name model:loan@7 stands for 2 different contents: sha256:")


def test_a_slot_holds_what_was_put_there_last() -> None:
    six = step("train-6", 1, produced=["model:loan@6"])
    seven = step("train-7", 3, produced=["model:loan@7"])
    first = choice("deploy-6", 2, used=["model:loan@6"], produced=["deployment:prod/loan"])
    second = choice("deploy-7", 4, used=["model:loan@7"], produced=["deployment:prod/loan"])
    back = choice("back", 5, used=["model:loan@6"], produced=["deployment:prod/loan"])
    history = (six, seven, first, second, back)
    assert ids(trace("deployment:prod/loan", *history, at=3)) == {"deploy-6", "train-6"}
    assert ids(trace("deployment:prod/loan", *history, at=4)) == {"deploy-7", "train-7"}
    assert ids(trace("deployment:prod/loan", *history, at=5)) == {"back", "train-6"}


def test_a_slot_gives_each_user_what_that_user_found_there() -> None:
    told = trace(
        "report:check@1",
        choice("promote-6", 1, produced=["model:loan"]),
        step("check", 2, used=["model:loan"], produced=["report:check@1"]),
        choice("promote-7", 3, produced=["model:loan"]),
    )
    assert ids(told) == {"promote-6", "check"}


def test_a_system_that_learns_from_its_own_outcomes_is_no_circle() -> None:
    slot = "deployment:prod/loan"
    told = trace(
        slot,
        choice("deploy-1", 1, produced=[slot]),
        step("retrain", 2, used=[slot], produced=[MODEL]),
        choice("deploy-2", 3, used=[MODEL], produced=[slot]),
    )
    assert links(told, "retrain") == {("deploy-1", slot, "name")}
    assert [gap.code for gap in gaps_of(told)] == ["asserted-link"]


def test_what_is_put_into_a_slot_by_digest_is_followed_to_its_maker() -> None:
    told = trace(
        "model:champion",
        step("train-6", 1, produced=[artifact("model:loan@6", "six")]),
        choice("promote-6", 2, produced=[artifact("model:champion", "six")]),
        step("train-7", 3, produced=[artifact("model:loan@7", "seven")]),
        choice("promote-7", 4, produced=[artifact("model:champion", "seven")]),
        choice("promote-6-again", 5, produced=[artifact("model:champion", "six")]),
    )
    assert ids(told) == {"promote-6-again", "train-6"}


def test_a_slot_may_hold_one_content_after_another_without_conflict() -> None:
    told = trace(
        "model:champion",
        choice("promote-6", 1, produced=[artifact("model:champion", "six")]),
        step("check", 2, used=["model:champion"], produced=["report:check@1"]),
        choice("promote-7", 3, used=["report:check@1"], produced=[artifact("model:champion", "7")]),
    )
    assert ids(told) == {"promote-6", "check", "promote-7"}
    assert {gap.code for gap in gaps_of(told)} == {"asserted-link"}


def test_an_unversioned_name_joins_no_content_but_its_own() -> None:
    told = trace(
        "report:check@1",
        step("train", 1, produced=[artifact("model:loan", "old")]),
        step("check", 2, used=[artifact("model:loan", "new")], produced=["report:check@1"]),
    )
    assert ids(told) == {"check"}
    assert codes(told) == [("unrecorded", "check", "model:loan")]


def test_an_abandoned_record_produces_nothing() -> None:
    told = trace(
        "deployment:prod/loan",
        step("crashed", 1, produced=[MODEL], abandoned="MemoryError"),
        choice("deploy", 2, used=[MODEL], produced=["deployment:prod/loan"]),
        choice("undone", 3, produced=["deployment:prod/loan"], abandoned="KeyboardInterrupt"),
    )
    assert ids(told) == {"deploy"}
    assert codes(told) == [("unrecorded", "deploy", "model:loan@7")]
    with pytest.raises(NotFoundError):
        trace("model:loan@7", step("crashed", 1, produced=[MODEL], abandoned="MemoryError"))


def test_names_that_run_in_a_circle_are_cut_at_the_later_record_and_reported() -> None:
    told = trace(
        "model:loan@7",
        step("earlier", 1, used=["model:loan@7"], produced=["dataset:scored@1"]),
        step("later", 2, used=["dataset:scored@1"], produced=["model:loan@7"]),
    )
    assert links(told, "later") == {("earlier", "dataset:scored@1", "name")}
    assert links(told, "earlier") == set()
    assert ("conflict", "later", "model:loan@7") in codes(told)
    message = next(gap.message for gap in told.gaps if gap.code == "conflict")
    assert message == (
        'The step "earlier" rests on the later step "later", and that in turn on it: model:loan@7.'
    )


def test_a_record_that_uses_what_it_produces_is_neither_a_cause_of_itself_nor_a_gap() -> None:
    told = trace("dataset:a@1", choice("fix", used=["dataset:a@1"], produced=["dataset:a@1"]))
    assert links(told, "fix") == set()
    assert gaps_of(told) == ()


def test_a_record_can_be_the_subject() -> None:
    told = trace(
        "record:train",
        choice("select", 1, produced=[DATA]),
        step("train", 2, used=[DATA], produced=[MODEL]),
        choice("deploy", 3, used=[MODEL]),
    )
    assert ids(told) == {"select", "train"}


def test_what_was_only_used_is_a_trace_that_says_nothing_recorded_made_it() -> None:
    told = trace("dataset:raw@1", step("train", used=["dataset:raw@1"]))
    assert ids(told) == set()
    assert codes(told) == [("unrecorded", None, "dataset:raw@1")]
    assert told.gaps[0].message == "No record says what produced dataset:raw@1."


def test_what_records_are_about_counts_as_known() -> None:
    told = trace("model:loan@9", choice("plan", about=("model:loan@9",)))
    assert ids(told) == {"plan"}
    assert codes(told) == [("unrecorded", None, "model:loan@9")]


def test_what_only_abandoned_records_are_about_counts_as_known() -> None:
    told = trace("model:loan@9", choice("plan", about=("model:loan@9",), abandoned="ValueError"))
    assert ids(told) == set()
    assert codes(told) == [("unrecorded", None, "model:loan@9")]


def test_what_was_decided_before_and_recorded_after_was_not_known() -> None:
    late = attrs.evolve(choice("plan", 1, about=("model:loan@7",)), recorded_at=day(5))
    train = step("train", 2, produced=[MODEL])
    assert ids(trace("model:loan@7", train, late, at=4)) == {"train"}
    assert ids(trace("model:loan@7", train, late, at=5)) == {"train", "plan"}


def test_a_subject_that_nothing_names_is_not_found() -> None:
    with pytest.raises(NotFoundError, match=r"produced, used or is about model:none@1"):
        trace("model:none@1", step("train", produced=[MODEL]))
    with pytest.raises(NotFoundError):
        trace("record:none", step("train", produced=[MODEL]))
    with pytest.raises(NotFoundError, match=r"2026-01-02T00:00:00"):
        trace("model:loan@7", step("train", 2, produced=[MODEL]), at=1)


def test_a_subject_that_is_no_reference_is_refused() -> None:
    with pytest.raises(InvalidReferenceError):
        trace("loan", step("train", produced=[MODEL]))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="without a zone"):
        stitch("model:loan@7", MemoryLookup(), NOW.replace(tzinfo=None))


def test_the_records_stand_in_the_order_of_their_decisions() -> None:
    told = trace(
        "model:loan@7",
        decision("b", 2, about=("model:loan@7",)),
        decision("a", 2, about=("model:loan@7",)),
        step("train", 3, produced=[MODEL]),
        decision("z", 1, about=("model:loan@7",)),
    )
    assert [p.record.id for p in told.records] == ["z", "a", "b"]
    assert [p.record.id for p in told.steps] == ["train"]
    assert placed(told, "train").parent is None
    assert told.step("train") is placed(told, "train").record
    assert told.step("a") is told.step(None) is None
