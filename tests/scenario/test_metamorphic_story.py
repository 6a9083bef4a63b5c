"""The story, told otherwise: in any order, twice, beside another, up to a day, in another ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable.history import moment
from answerable.lineage import AccountabilityTrace, MemoryLookup, diff, stitch
from answerable.model import Record
from tests.lineage.answers import answers
from tests.scenario.conftest import Asking
from tests.scenario.story import Story, tell
from tests.scenario.telling import ACME, AUTUMN, CARDS, LOANS, SPRING, SUMMER

SUBJECTS = (LOANS, CARDS, "model:loans@1", "model:loans@2", ACME, "dataset:training@1")
KINDS = ("threshold", "vendor", "data_window", "hyperparameter")
TIMES = (SPRING, SUMMER, AUTUMN)


def of(records: Iterable[Record], at: str) -> dict[tuple[str, ...], object]:
    return answers(MemoryLookup(records), end(at), SUBJECTS, KINDS)


def end(at: str) -> datetime:
    return moment(at, end_of_day=True)


@pytest.fixture
def records(ask: Asking) -> list[Record]:
    return [*ask.history.records()]


@pytest.mark.parametrize("at", TIMES)
def test_neither_order_nor_duplicates_change_an_answer(records: list[Record], at: str) -> None:
    shuffled = [*records[::-2], *records[::3], *records[1::2], *records[::2]]

    assert of(shuffled, at) == of(records, at)


@pytest.mark.parametrize("at", TIMES)
def test_what_came_later_changes_no_answer(records: list[Record], at: str) -> None:
    assert of(records, at) == of((r for r in records if r.recorded_at <= end(at)), at)


@pytest.mark.parametrize("at", TIMES)
def test_another_system_changes_nothing_about_the_loans(
    ask: Asking, records: list[Record], at: str
) -> None:
    """But for what rests on the vendor, whom the two share."""
    cards = {id for name, id in ask.story.ids.items() if name.startswith("cards-")}
    alone = [record for record in records if record.id not in cards]
    subjects = (LOANS, "model:loans@1", "model:loans@2", "dataset:training@1")

    assert len(alone) == len(records) - 6
    assert answers(MemoryLookup(alone), end(at), subjects, KINDS) == answers(
        MemoryLookup(records), end(at), subjects, KINDS
    )


@pytest.mark.parametrize("at", TIMES)
def test_a_trace_is_made_again_of_its_own_records(ask: Asking, at: str) -> None:
    trace = ask.history.trace(LOANS, at)

    own = MemoryLookup(placed.record for placed in trace.placed())
    # What it was before, and who fills which role, are told by the ledger and not by the trace.
    alone = attrs.evolve(trace, predecessor=None, unheld=())
    assert stitch(LOANS, own, trace.as_of) == alone


def test_what_lies_between_two_times_is_the_same_from_either_side(ask: Asking) -> None:
    then, now = ask.history.trace(LOANS, SPRING), ask.history.trace(LOANS, AUTUMN)
    there, back = diff(then, now), diff(now, then)

    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.opened, there.closed) == (back.closed, back.opened)
    assert not any((diff(now, now).added, diff(now, now).changed, diff(now, now).opened))


def test_what_rests_on_a_thing_is_what_has_it_in_its_trace(ask: Asking) -> None:
    for ref in (ACME, "guideline:income@1", "dataset:training@1", "model:loans@1"):
        reached = {r.subject for r in ask.history.impact(ref, at=AUTUMN).reached}
        for subject in {LOANS, CARDS, "model:cards@1", "report:thin-files@1"} - {ref}:
            assert (subject in reached) == (ref in _names(ask.history.trace(subject, AUTUMN)))


def test_told_again_into_another_ledger_it_has_the_same_answers(
    ask: Asking, tmp_path: Path
) -> None:
    """Under other keys, so that digests differ."""
    again = tell(tmp_path)

    assert again.ids == ask.story.ids
    with ans.open(again.ledger, home=again.home) as history:
        for at in TIMES:
            assert told(history, again, at) == told(ask.history, ask.story, at)


def test_told_again_into_postgresql_it_has_the_same_answers(
    ask: Asking, tmp_path: Path, postgres_url: str
) -> None:
    again = tell(tmp_path, postgres_url)

    assert again.ids == ask.story.ids
    with ans.open(again.ledger, home=again.home) as history:
        for at in TIMES:
            assert told(history, again, at) == told(ask.history, ask.story, at)


def told(history: ans.History, story: Story, at: str) -> dict[str, Any]:
    """What is asked for in this story, by the names of its records."""
    trace, review = history.trace(LOANS, at), history.review(LOANS, at)
    return {
        "trace": [(p.record.id, p.phase, p.parent, p.links, p.standing) for p in trace.placed()],
        "gaps": history.gaps(LOANS, at),
        "certainty": review.certainty,
        "unseen": [voiced.unseen for voiced in review.approvals],
        "against": review.opposition,
        "risks": review.risks,
        "overrides": review.overrides,
        "authority": history.why("threshold", LOANS, at).authorities,
        "evidence": history.why("threshold", LOANS, at).evidence,
        "impact": history.impact(ACME, at).reached,
        "explained": [
            [d.id for d in history.explain(id).thresholds] for id in story.outcomes.values()
        ],
    }


def _names(trace: AccountabilityTrace) -> set[str]:
    """Every artifact that the trace's records in force used, produced or speak of."""
    found = set()
    for placed in trace.placed():
        if not placed.is_history:
            record = placed.record
            found |= {*record.about, *(e.artifact.ref for e in getattr(record, "evidence", ()))}
            for role in ("used", "produced"):
                found |= {artifact.ref for artifact in getattr(record, role, ())}
    return found
