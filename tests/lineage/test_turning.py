"""Since when a trace is what it is: its newest record, or the latest date that shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from answerable.lineage import stitch
from answerable.lineage.lookup import MemoryLookup
from answerable.lineage.turning import shown_since
from answerable.model import (
    Acknowledgement,
    Action,
    Artifact,
    Assumption,
    AssumptionEvent,
    Decision,
    Evidence,
    Incident,
    Mandate,
    Override,
    Record,
    ResidualRisk,
)
from tests.lineage.story import choice, day, step

SUBJECT = "deployment:prod/m"
DEPLOY = step("deploy", 5, produced=[SUBJECT])
# Everything is recorded by day 6; these dates end on days 31 and 59, the last of their months.
SOON, LATER = "2026-01-31", "2026-02-28"
TOOK = day(6)
SOON_OVER, LATER_OVER = day(31), day(59)


def since(*records: Record, at: float) -> datetime | None:
    told = stitch(SUBJECT, MemoryLookup([DEPLOY, *records]), day(at))
    found = shown_since(told.placed(), told.gaps, told.as_of)
    if found is not None:
        again = stitch(SUBJECT, MemoryLookup([DEPLOY, *records]), found)
        assert (again.revision, again.gaps) == (told.revision, told.gaps)
    return found


def cut(**fields: Any) -> Decision:
    return choice("cut", 6, about=(SUBJECT,), **fields)


def said(made: Any, id: str, on: float = 6, **fields: Any) -> Any:
    return made(id=id, decided_at=day(on), recorded_at=day(on), about=(SUBJECT,), **fields)


def test_without_dates_it_is_the_newest_record() -> None:
    assert since(cut(), at=300) == TOOK
    assert since(at=300) == day(5)
    assert shown_since((), (), day(9)) is None


REPORT = Artifact(ref="report:r@1")
ENDING: list[tuple[str, list[Record]]] = [
    ("decision", [cut(valid_to=SOON)]),
    (
        "evidence",
        [cut(evidence=(Evidence(artifact=REPORT, kind="third_party", valid_until=SOON),))],
    ),
    ("assumption", [cut(assumptions=(Assumption(statement="s", review_by=SOON),))]),
    ("risk", [cut(residual_risk=(ResidualRisk(statement="s", owner="role:o", until=SOON),))]),
    ("override", [said(Override, "o", control="c", rationale="r", until=SOON)]),
    ("mandate", [said(Mandate, "m", holder="role:o", valid_until=SOON)]),
    (
        "authority",
        [said(Mandate, "m", holder="role:o", valid_until=SOON), cut(authority="record:m")],
    ),
    (
        "action",
        [
            said(Incident, "i", statement="s", occurred_at=day(6)),
            said(Action, "a", statement="s", due=SOON),
        ],
    ),
]


@pytest.mark.parametrize("records", [each for _, each in ENDING], ids=[n for n, _ in ENDING])
def test_a_date_counts_from_the_moment_it_has_passed(records: list[Record]) -> None:
    assert since(*records, at=30.9) == TOOK
    assert since(*records, at=31) == SOON_OVER
    assert since(*records, at=300) == SOON_OVER


def test_what_is_to_hold_later_counts_from_when_it_does() -> None:
    planned = cut(valid_from="2026-02-01")

    assert since(planned, at=30.9) == TOOK
    assert since(planned, at=300) == day(31)


def test_of_several_dates_the_latest_that_has_passed_counts() -> None:
    both = cut(valid_to=SOON, assumptions=(Assumption(statement="s", review_by=LATER),))

    assert since(both, at=40) == SOON_OVER
    assert since(both, at=300) == LATER_OVER


def test_a_date_that_passed_before_it_was_recorded_changes_nothing() -> None:
    assert since(cut(valid_to="2026-01-02"), at=300) == TOOK


def test_a_date_that_shows_nowhere_does_not_count() -> None:
    old = cut(valid_to=SOON)
    new = choice("new", 6.5, about=(SUBJECT,), supersedes=("cut",))

    assert since(old, new, at=300) == day(6.5)


def test_a_look_at_an_assumption_counts_until_the_next_is_due() -> None:
    held = cut(assumptions=(Assumption(statement="s", review_by=SOON),))

    def look(about: str) -> Record:
        return AssumptionEvent(
            id="look",
            decided_at=day(6),
            recorded_at=day(6),
            about=(about, SUBJECT),
            assumption="s",
            state="reviewed",
            review_by=LATER,
        )

    assert since(held, look("record:cut"), at=40) == TOOK
    unowned = attrs.evolve(held, accountable=None)  # a gap, and no date's
    assert since(unowned, look("record:cut"), at=40) == TOOK
    assert since(held, look("record:cut"), at=300) == LATER_OVER
    assert since(held, look("record:deploy"), at=300) == SOON_OVER


def test_who_only_takes_note_sets_no_date() -> None:
    ended = cut(valid_to=SOON)
    noted = attrs.evolve(said(Acknowledgement, "noted"), about=("record:cut",))

    assert since(ended, noted, at=300) == SOON_OVER


def test_a_time_lasts_to_its_very_moment() -> None:
    timed = cut(valid_to="2026-01-31T12:00:00Z")

    assert since(timed, at=300) == day(30.5) + timedelta(microseconds=1)
