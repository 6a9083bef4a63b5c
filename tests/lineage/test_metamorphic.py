"""What may be changed about a history without changing any answer to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import NotFoundError
from answerable.lineage import AccountabilityTrace, MemoryLookup, diff, stitch
from answerable.model import Artifact, Custody, Decision, Record, Step
from tests.lineage.answers import answers
from tests.strategies import END, IDS, KINDS, REFS, histories, subjects, times

ASKED = (*REFS, *(f"record:{id}" for id in IDS[:3]))
VERIFIED = Custody(envelope=b"", digest="sha256:" + "0" * 64, verified=True)
UNVERIFIED = attrs.evolve(VERIFIED, verified=False, fault="bad-signature")


def all_of(records: list[Record], at: datetime = END) -> dict[tuple[str, ...], object]:
    return answers(MemoryLookup(records), at, ASKED, KINDS)


def stitched(subject: str, records: list[Record]) -> AccountabilityTrace | None:
    try:
        return stitch(subject, MemoryLookup(records), END)
    except NotFoundError:
        return None


@given(histories(), st.data())
def test_neither_order_nor_duplicate_delivery_changes_an_answer(
    records: list[Record], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records)))))

    assert all_of(again) == all_of(records)


@given(histories(), times(), st.booleans())
def test_an_unrelated_record_changes_no_answer(
    records: list[Record], when: datetime, is_step: bool
) -> None:
    """It may be of any time, and of the same kind and question as others: it names nothing of
    theirs."""
    thing = Artifact(ref="dataset:elsewhere@1", digest="sha256:" + "e" * 64)
    named: dict[str, Any] = {
        "id": "elsewhere",
        "decided_at": when,
        "recorded_at": when,
        "team": "another",
    }
    fields = named | {"used": (thing,), "produced": (Artifact(ref="model:elsewhere@1"),)}
    other: Record
    if is_step:
        other = Step(**fields, name="train", started_at=when)
    else:
        other = Decision(
            **fields, kind=KINDS[0], question="Which one?", chosen=1, about=("deployment:other",)
        )

    assert all_of([*records, other]) == all_of(records)


@given(histories(), times())
def test_an_answer_never_depends_on_what_was_recorded_later(
    records: list[Record], at: datetime
) -> None:
    known = [record for record in records if record.recorded_at <= at]

    assert all_of(records, at) == all_of(known, at)


@given(histories(), times(), st.data())
def test_nor_on_another_record_that_came_later_under_the_same_id(
    records: list[Record], at: datetime, data: st.DataObject
) -> None:
    """Even one that verifies, where the first does not."""
    first = data.draw(st.sampled_from(records))
    copy = data.draw(st.sampled_from(records))
    later = attrs.evolve(copy, id=first.id, recorded_at=at + timedelta(hours=1), custody=VERIFIED)
    before = [attrs.evolve(r, custody=UNVERIFIED) if r is first else r for r in records]
    known = [record for record in before if record.recorded_at <= at]

    assert all_of([*before, later], at) == all_of(known, at)


@given(histories(), subjects(), subjects())
def test_a_difference_turned_round_is_the_difference_the_other_way(
    records: list[Record], one: str, other: str
) -> None:
    before, after = stitched(one, records), stitched(other, records)
    if before is None or after is None:
        return
    there, back = diff(before, after), diff(after, before)

    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.opened, there.closed) == (back.closed, back.opened)
    for name in ("changed", "remade", "defaults"):
        turned = [(pair.after, pair.before) for pair in getattr(back, name)]
        assert [(pair.before, pair.after) for pair in getattr(there, name)] == turned
    assert {(c.what, c.before, c.after) for c in there.without_decision} == {
        (c.what, c.after, c.before) for c in back.without_decision
    }
    itself = attrs.asdict(diff(before, before), recurse=False)
    compared = {"before", "after", "before_at", "after_at"}
    assert not any(itself[name] for name in itself.keys() - compared)


@given(histories(), subjects())
def test_the_records_of_a_trace_give_every_answer_about_its_subject_again(
    records: list[Record], subject: str
) -> None:
    trace = stitched(subject, records)
    own = [placed.record for placed in trace.placed()] if trace is not None else []
    if own:
        told, again = (
            answers(MemoryLookup(some), END, (subject,), KINDS) for some in (records, own)
        )
        for question in told.keys() - {("impact", subject), ("informed", subject)}:
            assert told[question] == again[question]
