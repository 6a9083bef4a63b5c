"""Spring and summer: a fact is made known, the mandate ends, a second model goes live under an
override, on data that bear an old name; what was approved is no longer what there is."""

from __future__ import annotations

from typing import Annotated

import answerable as ans
from answerable.model import Record
from tests.scenario.founding import PURPOSE, REQUIREMENT, policy
from tests.scenario.gathering import LABELS
from tests.scenario.telling import (
    ACME,
    ANA,
    BO,
    CREDIT,
    CY,
    DATA,
    EVE,
    LOANS,
    OPERATIONS,
    Telling,
    acting,
    content,
)

FRESH = content("dataset:applications@2025", "9,300 applications to June 2025")
EXPORTED = content("dataset:training@1", "7,100 of them, under the old name")
MODEL = content("model:loans@2", "trees of depth 6")
EVALUATION = content("report:evaluation@2", "5% of those who would repay are declined at 0.55")
WIDER = "private applicants in the EEA and Switzerland"


@ans.step("select data", used=[FRESH], produced=[EXPORTED])
def select(months: Annotated[int, ans.Choice("data_window")] = 12) -> int:
    """This time the window is chosen by whoever calls it."""
    return months


@ans.step("train", used=[EXPORTED, LABELS, REQUIREMENT, ACME], produced=[MODEL])
def train(
    depth: Annotated[int, ans.Choice("hyperparameter")],
    shrinkage: Annotated[float, ans.Choice("hyperparameter")] = 0.3,
) -> int:
    """The default is another one than in March, and again nobody chose it."""
    return depth


def go_on(told: Telling) -> None:
    """What is said of the first model while it runs."""
    told.on("2025-05-05")
    with acting(ANA, "data", DATA):
        fact = ans.notify(
            "Acme moves its scale in June", about=ACME, to=[CREDIT, "team:operations"]
        )
        told.keep("notice", fact)
    told.on("2025-05-06")
    with acting(EVE, "operations", OPERATIONS):
        told.keep("heard-operations", ans.acknowledge(fact, "we watch for it"))
    told.on("2025-06-02")
    with acting(CY, "credit-risk", CREDIT):
        told.keep("monitor", _monitor(told))
    told.on("2025-07-01")
    told.adopt("policy-2", 2, policy(told, 2, "di", _until_june()))


def make_second(told: Telling) -> None:
    """Select, train, decide, bypass the control, deploy."""
    told.on("2025-07-02")
    with acting(ANA, "data", DATA):
        select(18)
        told.newest("window-2", "data_window")
        told.newest("step-select-2", "step")
    told.on("2025-07-08")
    with acting(BO, "credit-risk", CREDIT):
        train(6)
        with ans.open() as history:
            shrinkage, depth = history.decisions(kind="hyperparameter", limit=2)
        told.keep("depth-2", depth)
        told.keep("shrinkage-2", shrinkage)
        told.newest("step-train-2", "step")
        told.on("2025-07-09")
        with ans.step("evaluate", used=MODEL, produced=EVALUATION) as step:
            pass
        told.keep("step-evaluate-2", step.record)
        told.on("2025-07-10")
        told.keep("threshold-2", _threshold(told))
    told.on("2025-07-14")
    with acting(EVE, "operations", OPERATIONS):
        told.keep("override", _override())
        told.on("2025-07-15")
        _deploy(told)


def _monitor(told: Telling) -> ans.Decision:
    with ans.decide(
        "monitor",
        "When do we look at thin files?",
        about=[LOANS, told.ref("risk"), told.ref("dissent-di")],
    ) as d:
        d.consider("once a quarter", because="too late for those who are declined")
        d.choose("above 12% declined in a week", because="twice what was measured at first")
    return d.record


def _until_june() -> str:
    return """[[role]]
name = "head-of-credit-risk"
principal = "cy"
from = "2025-01-01"
until = "2025-07-01"
"""


def _threshold(told: Telling) -> ans.Decision:
    with ans.decide(
        "threshold",
        "At which score do we decline?",
        about=MODEL,
        authority=told.ref("mandate"),
        previous=0.62,
    ) as d:
        d.consider(0.62, because="made for the first model")
        d.evidence(EVALUATION, valid_until="2025-12-31")
        d.choose(0.55, because="5% false declines on the data of 2025")
    return d.record


def _override() -> Record:
    return ans.override(
        "two approvers for a deployment",
        "the campaign begins on the 16th",
        about=LOANS,
        until="2025-07-20",
        accountable=OPERATIONS,
    )


def _deploy(told: Telling) -> None:
    with ans.step("deploy", used=MODEL, produced=LOANS) as step:
        with ans.decide(
            "deploy",
            scope={"deployment": LOANS, "intended_purpose": PURPOSE, "population": WIDER},
        ) as d:
            d.consider("wait for approvals", because="the campaign begins on the 16th of July")
            d.choose("all applicants, Switzerland too", because="sales has asked for it")
    told.keep("deploy-2", d.record)
    told.keep("step-deploy-2", step.record)
