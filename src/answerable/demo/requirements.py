"""Credit policy: what the system is for, what binds it, and how its labels are to be read."""

from __future__ import annotations

import json
from pathlib import Path

import answerable as ans
from answerable.demo.reviews import in_months
from answerable.demo.telemetry import observed

GUIDELINE = """Labelling guideline for loan applications, version 1

1. An application counts as good if the lender approved it: action 1 (loan made) or 2 (approved,
   but not taken up by the applicant).
2. It counts as bad if the lender turned it down: action 3.
3. Nothing else is labelled: withdrawn and incomplete applications are not in the file.
4. The label says what a lender decided in 1990. It does not say who would have paid.
"""


@ans.step("requirements", phase="requirements")
def require() -> None:
    """What the system may do, and the two limits that it must keep."""
    purpose = ans.Scope(
        deployment="deployment:prod/loan-approval",
        intended_purpose="advice to underwriters on mortgage applications",
        population="applicants for a mortgage on the home they will live in",
    )
    with ans.decide(
        "requirement", "What may the system do with an application?", scope=purpose
    ) as d:
        d.consider("decline by itself", "an applicant is owed specific reasons (ECOA) by somebody")
        d.consider("no system", "files wait; like cases are treated differently by different desks")
        d.choose("advise approval; an underwriter decides the rest", "no decline without a person")

    declined = ans.choose(
        "requirement",
        0.70,
        question="Which share of those declined in 1990 may it advise to approve, at most?",
        over={
            0.50: "underwriters would get so many files that advice saves them little",
            1.00: "no limit on the risk that the bank takes in",
        },
        because="a limit of credit policy, set before anything was measured",
    )
    ratio = ans.choose(
        "fairness",
        0.80,
        question="How low may the approval rate of Black and Hispanic applicants be, as a share of "
        "the others'?",
        over={
            1.00: "equal rates would correct for the past, and nobody here was asked to do that",
            "equal error rates": "would take the decisions of 1990 for the truth",
        },
        because="the four-fifths rule, made for hiring and used as a screen here",
        legal_refs=["29 CFR 1607.4 D", "12 CFR 1002.4 (Regulation B)"],
    )
    limits = {"max_share_of_declined_approved": declined, "min_approval_ratio": ratio}
    Path("requirements.json").write_text(json.dumps(limits, indent=2), encoding="utf-8")
    ans.current().produced(ans.artifact("requirements:loan-approval@1", path="requirements.json"))


@ans.step("labelling guideline", phase="labelling")
def write_guideline() -> None:
    """Past outcomes are taken as labels: the choice that everything else stands on."""
    Path("labelling-guideline.txt").write_text(GUIDELINE, encoding="utf-8")
    with ans.decide("labelling", "What counts as a good application?") as d:
        d.consider("repaid for five years", "the truth we want, and not in the file")
        d.consider("loan made (action 1 alone)", "whether an offer is taken says nothing of risk")
        d.consider("two underwriters judge each anew", "about 2,000 files: months of two people")
        d.assume(
            "the decisions of 1990 were mostly right, for every group of applicants",
            review_by=in_months(6),
            owner="role:head-of-fair-lending",
        )
        d.choose(
            "approved in 1990 (action 1 or 2)",
            "every file has it; it repeats what lenders did, right or wrong",
        )
    ans.current().produced(ans.artifact("guideline:labelling@1", path="labelling-guideline.txt"))


if __name__ == "__main__":
    with observed():
        require()
        write_guideline()
