"""March: the first model, its threshold, a committee that is not of one mind, two approvals."""

from __future__ import annotations

from typing import Annotated

import answerable as ans
from answerable.model import Approval
from tests.scenario.founding import APPLICANTS, PURPOSE, REQUIREMENT
from tests.scenario.gathering import LABELS, TRAINING
from tests.scenario.outcomes import say_how_to_contest
from tests.scenario.telling import (
    ACME,
    BO,
    CREDIT,
    CY,
    DI,
    EVE,
    LOANS,
    OPERATIONS,
    Telling,
    acting,
    content,
)

MODEL = content("model:loans@1", "trees of depth 4")
EVALUATION = content("report:evaluation@1", "7% of those who would repay are declined at 0.62")


@ans.step("train", used=[TRAINING, LABELS, REQUIREMENT, ACME], produced=[MODEL])
def train(
    depth: Annotated[int, ans.Choice("hyperparameter")],
    shrinkage: Annotated[float, ans.Choice("hyperparameter")] = 0.1,
) -> ans.Decision:
    """The depth is given, the shrinkage is left at its default."""
    with ans.decide("architecture") as d:
        d.consider("a neural network", because="nobody could explain a denial")
        d.choose("boosted trees", because="explainable, and as good")
    return d.record


def make_first(told: Telling) -> None:
    """Train, evaluate, decide, put it to the committee, deploy, approve."""
    told.on("2025-03-04")
    with acting(BO, "credit-risk", CREDIT):
        told.keep("architecture-1", train(4))
        with ans.open() as history:
            depth, shrinkage = history.decisions(kind="hyperparameter")[::-1]
        told.keep("depth-1", depth)
        told.keep("shrinkage-1", shrinkage)
        told.newest("step-train-1", "step")
        told.on("2025-03-07")
        with ans.step("evaluate", used=MODEL, produced=EVALUATION) as step:
            metric = _metric()
        told.keep("metric", metric)
        told.keep("step-evaluate-1", step.record)
        told.on("2025-03-10")
        told.keep("threshold-1", _threshold(told))
    told.on("2025-03-14")
    with acting(CY, "credit-risk", CREDIT):
        _risk(told)
    say_how_to_contest(told)
    told.on("2025-03-18")
    with acting(EVE, "operations", OPERATIONS):
        _deploy(told)
    told.on("2025-03-20")
    told.keep("approval-cy", approve(told, CY, "seen in the committee"))
    told.keep("approval-di", approve(told, DI, "with my doubt on record"))


def approve(told: Telling, actor: str, because: str) -> Approval:
    """An approval of all that there is to see of the deployment now."""
    with acting(actor, "credit-risk", None):
        with ans.open() as history:
            seen = history.review(LOANS, at=told.clock.now).digest
        return ans.approve(LOANS, digest=seen, because=because)


def _metric() -> ans.Decision:
    with ans.decide("metric") as d:
        d.consider("accuracy", because="most applicants repay, so that it says little")
        d.choose("false declines at 3% losses", because="what a wrong denial costs an applicant")
    return d.record


def _threshold(told: Telling) -> ans.Decision:
    with ans.decide(
        "threshold",
        "At which score do we decline?",
        about=MODEL,
        authority=told.ref("mandate"),
        informed=OPERATIONS,
    ) as d:
        d.consider(0.5, because="declines 9% more applicants")
        d.consider("no threshold: officers decide each", because="nine days until an answer")
        d.evidence(EVALUATION, valid_until="2025-08-31")
        d.assume("applicants stay as in 2024", review_by="2025-06-30", owner=BO)
        d.choose(0.62, because="7% false declines, below the 8% that were asked for")
    return d.record


def _risk(told: Telling) -> None:
    with ans.decide("risk_acceptance", about=LOANS, decided_by="committee:model-risk") as d:
        d.consider("do not deploy", because="officers decline more of them today")
        d.vote(CY, "for", because="better than today")
        d.vote(EVE, "for")
        d.vote(DI, "against", because="thin files are not measured")
        d.dissent(DI, because="nobody has measured thin files")
        d.risk("thin files are declined more often", owner=CREDIT, until="2025-09-30")
        d.choose("accepted for half a year", because="it is watched, and better than today")
    told.newest("dissent-di", "dissent")
    told.keep("risk", d.record)


def _deploy(told: Telling) -> None:
    with ans.step("deploy", used=MODEL, produced=LOANS) as step:
        with ans.decide(
            "deploy",
            scope={"deployment": LOANS, "intended_purpose": PURPOSE, "population": APPLICANTS},
        ) as d:
            d.consider(
                "a tenth of the applicants first", because="too few thin files to learn from"
            )
            d.choose("all applicants", because="the committee has accepted the risk")
    told.keep("deploy-1", d.record)
    told.keep("step-deploy-1", step.record)
