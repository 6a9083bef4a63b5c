"""January: what is asked for, who may decide, and by which guideline. Three teams begin."""

from __future__ import annotations

import answerable as ans
from tests.scenario.telling import (
    ANA,
    BO,
    CREDIT,
    CY,
    DI,
    EVE,
    FAY,
    LOANS,
    Telling,
    acting,
    content,
)

PURPOSE = "decide on consumer loans up to 20,000"
APPLICANTS = "private applicants in the EEA"
REQUIREMENT = content("requirement:lending@1", "score consumer loans, fairly")
GUIDELINE = content("guideline:income@1", "net income, three months")


def policy(told: Telling, version: int, head: str, before: str = "") -> str:
    """Who signs what; Cy is the root, and `head` is the principal who heads credit risk."""
    people = (ANA, BO, CY, DI, EVE, FAY)
    named = "".join(
        f"[principals.{who.removeprefix('person:').partition('@')[0]}]\n"
        f'keys = ["{told.key(who)}"]\nactor = "{who}"\n'
        for who in people
    )
    return f"""version = {version}
[root]
threshold = 1
keys = ["{told.key(CY)}"]
{named}[[rule]]
kind = "deploy"
principals = ["cy", "di", "eve"]
threshold = 2
{before}[[role]]
name = "head-of-credit-risk"
principal = "{head}"
from = "{"2025-07-01" if before else "2025-01-01"}"
[[role]]
name = "head-of-data"
principal = "ana"
{'until = "2025-10-01"' if before else ""}
[[role]]
name = "head-of-operations"
principal = "eve"
"""


def found(told: Telling) -> None:
    """The policy, a mandate for Bo until the end of June, the requirements, the guideline."""
    told.on("2025-01-07")
    told.adopt("policy-1", 1, policy(told, 1, "cy"))
    told.on("2025-01-10")
    with acting(CY, "credit-risk", CREDIT):
        lent = ans.mandate(
            BO,
            kinds=["threshold", "hyperparameter"],
            limit="declines at most 30%",
            until="2025-06-30",
            because="he builds it",
            authority="policy:lending@4",
        )
        told.keep("mandate", lent)
    told.on("2025-01-14")
    with acting(CY, "credit-risk", CREDIT), ans.step("requirements", produced=REQUIREMENT) as step:
        _purpose(told)
        told.keep("fairness", _fairness())
    told.keep("step-requirements", step.record)
    told.on("2025-01-20")
    with acting(DI, "credit-risk", CREDIT), ans.decide("guideline", produced=GUIDELINE) as d:
        d.consider("gross income", because="says little of what is left to repay with")
        d.choose("net income of three months", because="it is what repays a loan")
    told.keep("guideline", d.record)


def _purpose(told: Telling) -> None:
    with ans.decide(
        "requirement",
        "What is the system for?",
        scope={"deployment": LOANS, "intended_purpose": PURPOSE, "population": APPLICANTS},
        legal_refs="GDPR 22",
        authority="policy:lending@4",
        consulted=DI,
    ) as d:
        d.consider("no model: officers decide", because="nine days until an answer")
        d.consider("small businesses too", because="no data on them")
        d.choose("a score for consumer loans", because="answers within a day")
    told.keep("purpose", d.record)


def _fairness() -> ans.Decision:
    with ans.decide("fairness") as d:
        d.consider("demographic parity", because="says nothing of who repays")
        d.consider("none", because="not an option in lending")
        d.choose({"measure": "equal opportunity", "most": 0.05}, because="it heeds who repays")
    return d.record
