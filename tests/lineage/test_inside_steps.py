from __future__ import annotations

from tests.lineage.story import artifact, choice, ids, links, placed, step, trace

MODEL = artifact("model:loan@7", "weights")


def test_every_decision_and_default_inside_a_step_belongs_to_what_it_produced() -> None:
    told = trace(
        "model:loan@7",
        choice("C", 1, step="train"),
        choice("folds", 1, step="train", capture="default"),
        choice("elsewhere", 1, step="other"),
        step("train", 2, produced=[MODEL]),
    )
    assert ids(told) == {"C", "folds", "train"}
    assert placed(told, "C").parent == placed(told, "folds").parent == "train"
    assert links(told, "C") == set()


def test_about_narrows_a_decision_inside_a_step_to_one_thing() -> None:
    history = (
        choice("layout", 1, step="train", about=("report:fit@1",)),
        choice("C", 1, step="train", about=("model:loan@7",)),
        choice("both", 1, step="train"),
        step("train", 2, produced=[MODEL, "report:fit@1"]),
    )
    told = trace("model:loan@7", *history)
    assert ids(told) == {"C", "both", "train"}
    assert links(told, "C") == links(told, "train") == set()
    assert ids(trace("report:fit@1", *history)) == {"layout", "both", "train"}


def test_a_narrowed_decision_belongs_where_it_is_used_all_the_same() -> None:
    told = trace(
        "model:loan@7",
        choice("layout", 1, step="train", about=("report:fit@1",), produced=["config:x@1"]),
        step("train", 2, used=["config:x@1"], produced=[MODEL]),
    )
    assert ids(told) == {"layout", "train"}
    assert links(told, "train") == {("layout", "config:x@1", "name")}


def test_a_decision_that_is_reached_brings_its_step_and_the_decisions_beside_it() -> None:
    told = trace(
        "config:x@1",
        choice("made", 1, step="tune", produced=["config:x@1"]),
        choice("beside", 1, step="tune"),
        step("tune", 2, used=["dataset:a@1"], step="pipeline"),
        choice("outside", 1, step="pipeline"),
        step("pipeline", 3),
        choice("data", 0, produced=["dataset:a@1"]),
    )
    assert ids(told) == {"made", "beside", "tune", "outside", "pipeline", "data"}
    assert [placed(told, id).parent for id in ("made", "tune", "pipeline")] == [
        "tune",
        "pipeline",
        None,
    ]
    assert links(told, "tune") == {("data", "dataset:a@1", "name")}


def test_a_nested_step_with_products_of_its_own_answers_for_those_only() -> None:
    history = (
        step("select", 1, step="pipeline"),
        choice("rows", 1, step="select"),
        step("train", 2, step="pipeline", produced=[MODEL]),
        step("report", 3, step="pipeline", produced=["report:fit@1"]),
        choice("layout", 3, step="report"),
        step("pipeline", 4),
    )
    assert ids(trace("model:loan@7", *history)) == {"select", "rows", "train", "pipeline"}


def test_what_a_step_produced_rests_on_every_step_nested_in_it() -> None:
    told = trace(
        "model:loan@7",
        step("report", 1, step="pipeline", produced=["report:fit@1"]),
        choice("layout", 1, step="report"),
        step("pipeline", 4, produced=[MODEL]),
    )
    assert ids(told) == {"report", "layout", "pipeline"}


def test_a_step_first_met_as_surroundings_is_opened_wholly_when_it_is_a_cause() -> None:
    told = trace(
        "deployment:prod/loan",
        choice("deploy", 5, used=["config:x@1", "model:loan@7"], produced=["deployment:prod/loan"]),
        choice("made", 1, step="pipeline", produced=["config:x@1"]),
        step("report", 1, step="pipeline", produced=["report:fit@1"]),
        step("pipeline", 4, produced=["model:loan@7"]),
    )
    assert "report" in ids(told)


def test_a_decision_inside_a_decision_stands_under_it() -> None:
    told = trace(
        "dataset:a@1",
        choice("age", 1, step="select", within="rows", capture="default"),
        choice("rows", 2, step="select", produced=["dataset:a@1"]),
        step("select", 3),
    )
    assert [placed(told, id).parent for id in ("age", "rows", "select")] == ["rows", "select", None]


def test_an_inner_decision_brings_the_decision_around_it() -> None:
    told = trace(
        "dataset:a@1",
        choice("age", 1, within="rows", produced=["dataset:a@1"]),
        choice("rows", 2),
        choice("income", 1, within="rows"),
    )
    assert ids(told) == {"age", "rows", "income"}


def test_a_step_whose_process_was_killed_leaves_its_decisions_joined_by_their_own_ties() -> None:
    told = trace(
        "model:loan@7",
        choice("made", 1, step="killed", produced=["dataset:a@1"]),
        choice("beside", 1, step="killed"),
        step("train", 2, used=["dataset:a@1"], produced=[MODEL]),
    )
    assert ids(told) == {"made", "train"}
    assert placed(told, "made").parent is None


def test_what_was_abandoned_is_shown_inside_its_step_and_brings_nothing() -> None:
    told = trace(
        "model:loan@7",
        choice("tried", 1, step="train", used=["dataset:a@1"], abandoned="ValueError"),
        choice("unharmed", 0),
        choice("undone", 1, step="train", supersedes=("unharmed",), abandoned="ValueError"),
        choice("data", 0, produced=["dataset:a@1"]),
        step("attempt", 1, step="train", produced=["config:x@1"], abandoned="MemoryError"),
        choice("in-attempt", 1, step="attempt"),
        choice("for-model", 1, step="train", about=("model:loan@7",), abandoned="ValueError"),
        choice("for-report", 1, step="train", about=("report:fit@1",), abandoned="ValueError"),
        choice("nowhere", 1, about=("model:loan@7",), abandoned="ValueError"),
        step("train", 2, produced=[MODEL]),
    )
    assert ids(told) == {"tried", "undone", "attempt", "for-model", "train"}
    assert links(told, "tried") == set()
    assert told.gaps == ()


def test_an_abandoned_step_is_shown_around_what_came_of_it() -> None:
    told = trace(
        "config:x@1",
        choice("made", 1, step="train", produced=["config:x@1"]),
        choice("beside", 1, step="train"),
        step("train", 2, used=["dataset:a@1"], abandoned="MemoryError", step="pipeline"),
        step("pipeline", 3),
    )
    assert ids(told) == {"made", "train", "pipeline"}
    assert placed(told, "train").parent == "pipeline"


def test_records_that_stand_inside_each_other_are_cut_at_the_later_and_reported() -> None:
    told = trace(
        "config:x@1",
        choice("a", 1, within="b", produced=["config:x@1"]),
        choice("b", 2, within="a"),
        choice("c", 3, within="c", about=("config:x@1",)),
    )
    assert [placed(told, id).parent for id in "abc"] == ["b", None, None]
    assert [(gap.code, gap.record) for gap in told.gaps] == [("conflict", "b")]
    assert told.gaps[0].message.endswith("stand inside each other.")


def test_such_a_circle_is_reported_at_a_record_in_force_if_there_is_one() -> None:
    history = (
        choice("a", 1, within="b", produced=["config:x@1"]),
        choice("b", 2, within="a"),
        choice("c", 3, supersedes=("b",)),
    )
    assert [(g.code, g.record) for g in trace("config:x@1", *history).gaps] == [("conflict", "a")]
    both = choice("d", 4, supersedes=("a",))
    assert trace("config:x@1", *history, both).gaps == ()


def test_a_link_to_the_parent_is_left_out() -> None:
    told = trace(
        "model:loan@7",
        choice("inner", 1, step="train", used=["model:loan@7"]),
        step("train", 2, produced=[MODEL]),
    )
    assert placed(told, "inner").parent == "train"
    assert links(told, "inner") == set()
