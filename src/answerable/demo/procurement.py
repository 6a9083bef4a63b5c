"""Procurement: who supplies credit histories in production, on whose word, under which terms."""

from __future__ import annotations

from pathlib import Path

import answerable as ans
from answerable.demo import columns
from answerable.demo.reviews import in_months
from answerable.demo.telemetry import observed

TERMS = """Terms of service (fictional): Bureau Score at bureau-score.example.org

1. The supplier delivers, for each applicant named, the number of reports and credit lines and
   the codes for consumer and mortgage payments and bankruptcy.
2. Available 99.5% of each month. How complete or correct the codes are is not part of this.
3. How the codes are made is the supplier's secret. It may change after 30 days' notice.
"""
STATEMENT = """Supplier's statement (fictional): Bureau Score at bureau-score.example.org

Our codes follow the Boston Fed's coding of 1990. In our own tests they agreed in 99% of cases.
The tests are not published.
"""


@ans.step("vendor selection", phase="data")
def choose_vendor() -> None:
    """One supplier, taken at its word."""
    Path("vendor-terms.txt").write_text(TERMS, encoding="utf-8")
    Path("vendor-statement.txt").write_text(STATEMENT, encoding="utf-8")
    statement = ans.artifact(
        "report:bureau-score-statement@1",
        path="vendor-statement.txt",
        uri="https://bureau-score.example.org/statement",
    )
    supplied = ", ".join(columns.FROM_CREDIT_REPORT)
    with ans.decide(
        "vendor",
        f"Who supplies {supplied} in production?",
        about=["vendor:bureau-score", "contract:bureau-score@1"],
    ) as d:
        d.consider("code the credit reports by hand, as in 1990", "an hour for each application")
        d.consider("compare two suppliers on our own files", "no second supplier made an offer")
        d.evidence(statement, kind="vendor_assertion", valid_until=in_months(12))
        d.assume(
            "the supplier's codes mean what the codes of 1990 meant",
            review_by=in_months(3),
            holds_while="no notice of change has come",
            owner="role:head-of-data",
        )
        d.choose(
            "vendor:bureau-score",
            "its statement names our coding; nobody here has tested it on a single applicant",
        )
    ans.current().produced(ans.artifact("contract:bureau-score@1", path="vendor-terms.txt"))


if __name__ == "__main__":
    with observed():
        choose_vendor()
