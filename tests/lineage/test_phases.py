from __future__ import annotations

from typing import Any

import pytest

from answerable.lineage import PHASES
from tests.lineage.story import approval, choice, dissent, placed, step, trace

MODEL = "model:loan@7"

KINDS = {
    "requirements": ["requirement", "guideline"],
    "data": ["dataset", "data_window", "feature", "vendor"],
    "labelling": ["labelling"],
    "training": ["architecture", "hyperparameter", "retrain", "something else"],
    "evaluation": ["metric", "fairness", "threshold", "model"],
    "approval": ["risk_acceptance", "approval"],
    "deployment": ["deploy", "rollback"],
    "monitoring": ["monitor"],
    "incident": ["incident"],
}


@pytest.mark.parametrize(("phase", "kind"), [(p, k) for p, kinds in KINDS.items() for k in kinds])
def test_a_decision_outside_steps_stands_where_its_kind_belongs(phase: str, kind: str) -> None:
    told = trace("config:x@1", choice("a", kind=kind, about=("config:x@1",)))
    assert placed(told, "a").phase == phase


def test_a_decision_of_an_open_kind_stands_where_what_it_made_or_is_about_belongs() -> None:
    made = choice("a", kind="naming", produced=["dataset:a@1"], about=("deployment:prod/x",))
    assert placed(trace("dataset:a@1", made), "a").phase == "data"
    about = choice("a", kind="naming", about=("deployment:prod/x",))
    assert placed(trace("deployment:prod/x", about), "a").phase == "deployment"


def test_a_record_inside_a_step_takes_the_steps_phase() -> None:
    told = trace(
        MODEL,
        choice("score", kind="vendor", step="evaluate"),
        step("evaluate", produced=[MODEL]),
    )
    assert placed(told, "score").phase == placed(told, "evaluate").phase == "evaluation"


@pytest.mark.parametrize(
    ("fields", "phase"),
    [
        ({"name": "train", "phase": "monitoring"}, "monitoring"),
        ({"name": "train", "phase": "no phase"}, "training"),
        *(({"name": phase}, phase) for phase in PHASES),
        ({"name": "select-applications"}, "data"),
        ({"name": "Train_Model"}, "training"),
        ({"name": "model training"}, "training"),
        ({"name": "training-data"}, "data"),
        ({"name": "loan.train"}, "training"),
        ({"name": "label"}, "labelling"),
        ({"name": "evaluate"}, "evaluation"),
        ({"name": "approve"}, "approval"),
        ({"name": "sign-off"}, "approval"),
        ({"name": "deploy to prod"}, "deployment"),
        ({"name": "x", "produced": [MODEL, "dataset:a@1"]}, "training"),
        ({"name": "x", "produced": [MODEL, "guideline:a@1"], "phase": None}, "training"),
        ({"name": "42", "produced": ["config:x@1", MODEL]}, "training"),
    ],
)
def test_a_steps_phase_is_what_it_says_or_is_called(fields: dict[str, Any], phase: str) -> None:
    told = trace(MODEL, step("s", **{"produced": [MODEL], **fields}))
    assert placed(told, "s").phase == phase


@pytest.mark.parametrize(
    ("ref", "phase"),
    [
        ("guideline:a@1", "requirements"),
        ("dataset:a@1", "data"),
        ("labels:a@1", "labelling"),
        ("model:a@1", "training"),
        ("report:a@1", "evaluation"),
        ("deployment:prod/a", "deployment"),
        ("config:a@1", "training"),
    ],
)
def test_a_step_that_says_nothing_stands_where_its_products_belong(ref: str, phase: str) -> None:
    assert placed(trace(ref, step("s", name="run", produced=[ref])), "s").phase == phase


def test_most_of_a_steps_decisions_outvote_its_products() -> None:
    told = trace(
        MODEL,
        choice("a", kind="fairness", step="s"),
        choice("b", kind="threshold", step="s"),
        choice("c", kind="hyperparameter", step="s"),
        step("s", name="run", produced=[MODEL]),
    )
    assert placed(told, "s").phase == "evaluation"


def test_a_tie_goes_to_the_earlier_phase() -> None:
    told = trace(
        MODEL,
        choice("a", kind="threshold", step="s"),
        choice("b", kind="hyperparameter", step="s"),
        step("s", name="run", produced=[MODEL]),
    )
    assert placed(told, "s").phase == "training"


def test_a_nested_step_that_says_nothing_stands_where_the_outer_one_does() -> None:
    told = trace(
        MODEL,
        step("inner", name="run", step="outer"),
        step("outer", name="monitor", produced=[MODEL]),
    )
    assert placed(told, "inner").phase == "monitoring"


def test_a_decision_inside_a_decision_stands_where_that_does() -> None:
    told = trace(
        "dataset:a@1",
        choice("age", kind="hyperparameter", within="rows"),
        choice("rows", kind="dataset", produced=["dataset:a@1"]),
    )
    assert placed(told, "age").phase == "data"


def test_steps_and_decisions_inside_each_other_have_a_phase_all_the_same() -> None:
    told = trace(
        "config:x@1",
        choice("a", 3, kind="naming", step="s", produced=["config:x@1"]),
        step("s", 2, name="run", within="a"),
    )
    assert placed(told, "a").phase == placed(told, "s").phase == "training"


def test_a_yes_is_approval_and_a_no_belongs_to_what_it_is_about() -> None:
    told = trace(
        "deployment:prod/loan",
        step("train", 1, produced=[MODEL]),
        choice("deploy", 2, kind="deploy", used=[MODEL], produced=["deployment:prod/loan"]),
        choice("cut", 2, kind="threshold", about=("deployment:prod/loan",)),
        approval("yes", 3, about=("deployment:prod/loan",), step="train"),
        dissent("to-model", 3, about=(MODEL,)),
        dissent("to-cut", 3, about=("record:cut",), step="train"),
        dissent("to-yes", 3, about=("record:yes",)),
        dissent("to-no", 4, about=("record:to-model",)),
    )
    phases = {id: placed(told, id).phase for id in ("yes", "to-model", "to-cut", "to-yes", "to-no")}
    assert phases == {
        "yes": "approval",
        "to-model": "training",
        "to-cut": "evaluation",
        "to-yes": "approval",
        "to-no": "training",
    }


def test_a_no_to_what_nothing_produced_belongs_where_such_things_do() -> None:
    told = trace("dataset:a@1", dissent("no", about=("dataset:a@1",)))
    assert placed(told, "no").phase == "data"
    assert (
        placed(trace("config:a@1", dissent("no", about=("config:a@1",))), "no").phase == "approval"
    )


def test_the_trace_groups_its_records_by_phase_in_order() -> None:
    told = trace(
        MODEL,
        choice("cut", 1, kind="threshold", about=(MODEL,)),
        choice("rows", 2, kind="dataset", about=(MODEL,)),
        step("train", 3, produced=[MODEL]),
    )
    grouped = [(name, [p.record.id for p in records]) for name, records in told.phases]
    assert grouped == [("data", ["rows"]), ("evaluation", ["cut"])]
