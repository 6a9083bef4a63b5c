"""A loan model in production, and a ledger for what it does to applicants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import answerable as ans

DEPLOYMENT = "deployment:prod/loan-approval"
BANK, ANA = "org:bank.example", "person:ana@bank.example"
CONTEST = "write to the loan desk within 60 days; a person who was not involved decides anew"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Path]:
    """Where everything is recorded; nothing is yet."""
    path = tmp_path / "decisions.db"
    ans.configure(ledger=path, team="lending", actor=ANA, accountable=BANK, on_failure="raise")
    yield path
    ans.shutdown()


@pytest.fixture
def deployed(ledger: Path) -> Path:
    """The same ledger, with the decisions that stand behind the deployment."""
    with ans.step("deploy", produced=[DEPLOYMENT]):
        ans.choose("deploy", "all", over={"a tenth": "too slow"}, because="the pilot held")
        with ans.decide("threshold") as d:
            d.consider(0.5, because="declines more")
            d.evidence(ans.artifact("report:validation@7", data=b"report"), kind="own_test")
            d.choose(0.62, because="measured on held-out applications")
    ans.choose("contest", CONTEST, because="as the law asks", about=DEPLOYMENT)
    ans.choose(
        "human_review", "an underwriter looks at each denial", because="asked", about=DEPLOYMENT
    )
    return ledger
