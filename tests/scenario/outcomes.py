"""What the system did to single applicants, and what such a person may ask."""

from __future__ import annotations

import answerable as ans
from tests.scenario.telling import BANK, CREDIT, CY, EVE, LOANS, OPERATIONS, Telling, acting


def say_how_to_contest(told: Telling) -> None:
    """In March, before anybody is declined."""
    told.on("2025-03-17")
    with acting(CY, "credit-risk", BANK), ans.decide("contest", about=LOANS) as d:
        d.consider("a form on the website", because="not everybody has one")
        d.choose("write to the loan desk within 60 days", because="anybody can")
    told.keep("contest", d.record)


def have_officers_look(told: Telling) -> None:
    """In October, after what happened."""
    told.on("2025-10-03")
    with acting(EVE, "operations", OPERATIONS), ans.decide("human_review", about=LOANS) as d:
        d.consider("none", because="thin files were declined by the score alone")
        d.choose("an officer sees each denial of a thin file", because="asked for by credit risk")
    told.keep("human-review", d.record)


def decline(told: Telling, day: str, name: str, subject: str, model: str, score: float) -> None:
    """One applicant is declined on that day."""
    told.on(day)
    with acting(EVE, "operations", CREDIT):
        said = ans.outcome(
            LOANS, subject, "declined", part="decided", elements={"score": score}, model=model
        )
        ans.flush()
        told.newest(f"batch-of-{name}", "outcomes")
    told.outcomes[name] = str(said)
