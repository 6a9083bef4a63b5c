"""February: data, labels by a contractor, and a vendor's score on the vendor's word."""

from __future__ import annotations

from typing import Annotated

import answerable as ans
from tests.scenario.founding import GUIDELINE
from tests.scenario.telling import ACME, ANA, BO, CREDIT, DATA, FAY, Telling, acting, content

APPLICATIONS = content("dataset:applications@2024", "8,112 applications of 2024")
TRAINING = content("dataset:training@1", "6,000 of them")
LABELS = content("labels:training@1", "repaid or not")
BROCHURE = content("report:acme-brochure@3", "97% of applicants are known to us")


@ans.step("select data", used=[APPLICATIONS], produced=[TRAINING])
def select(months: Annotated[int, ans.Choice("data_window")] = 12) -> ans.Decision:
    """The window is left at its default: nobody chose it."""
    with ans.decide("dataset") as rows:
        rows.consider("all branches", because="two branches entered no incomes")
        rows.assume("branches enter incomes", review_by="2025-06-30", owner=DATA)
        rows.choose("the branches with incomes", because="the model needs incomes")
    with ans.decide("feature") as features:
        features.consider("postcode", because="stands for origin")
        features.choose(["income", "debts", "acme"], because="what repayment depends on")
    return rows.record


def gather(told: Telling) -> None:
    """Ana selects, Fay labels, Bo takes the vendor."""
    told.on("2025-02-04")
    with acting(ANA, "data", DATA):
        told.keep("rows", select())
        told.newest("window-1", "data_window")
        told.newest("features", "feature")
        told.newest("step-select", "step")
    told.on("2025-02-14")
    with acting(FAY, "labelling", DATA):
        with ans.step("label", used=[GUIDELINE, TRAINING], produced=LABELS) as step:
            with ans.decide("labelling") as d:
                d.consider("sixty days late", because="most of those repaid")
                d.choose(
                    "ninety days late is not repaid", because="as the guideline's authors mean it"
                )
        told.keep("labels", d.record)
        told.keep("step-label", step.record)
    told.on("2025-02-20")
    with acting(BO, "credit-risk", CREDIT):
        told.keep("vendor", _vendor())


def _vendor() -> ans.Decision:
    with ans.decide("vendor", used=ACME, about=ACME) as d:
        d.consider("no outside score", because="thin files cannot be told apart")
        d.consider("another bureau", because="covers half of the applicants")
        d.evidence(BROCHURE, kind="vendor_assertion", valid_until="2025-08-31")
        d.assume("Acme's scale stays as it is", review_by="2025-09-30", owner=DATA)
        d.risk("Acme scores thin files too low", owner=CREDIT, until="2025-12-31")
        d.choose("acme", because="covers 97% of the applicants")
    return d.record
