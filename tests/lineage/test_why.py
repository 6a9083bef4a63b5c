"""Which decision set it: what is in force, what was, and what is missing there."""

from __future__ import annotations

from hypothesis import given

from answerable.errors import NotFoundError
from answerable.lineage import MemoryLookup, Why, stitch, why
from answerable.model import Decision, Record
from tests import strategies
from tests.lineage.story import decision, step, trace

SUBJECT = "model:m@1"
TRAIN = step("train", 5, produced=[SUBJECT])


def of(kind: str, *records: Record, at: float | None = None) -> Why:
    return why(trace(SUBJECT, *records, TRAIN, at=at), kind)


def ids(records: tuple[Decision, ...]) -> list[str]:
    return [record.id for record in records]


def test_it_gives_the_decision_in_force_and_what_it_replaced() -> None:
    old = decision("old", 1, about=(SUBJECT,))
    new = decision("new", 2, about=(SUBJECT,), supersedes=("old",))
    other = decision("other", 2, kind="dataset", about=(SUBJECT,))

    found = of("threshold", old, new, other)

    assert (ids(found.in_force), ids(found.superseded)) == (["new"], ["old"])
    assert (found.kind, found.subject) == ("threshold", SUBJECT)


def test_before_it_was_replaced_the_old_one_was_in_force() -> None:
    old = decision("old", 1, about=(SUBJECT,))
    new = decision("new", 7, about=(SUBJECT,), supersedes=("old",))

    found = of("threshold", old, new, at=6)

    assert (ids(found.in_force), ids(found.superseded)) == (["old"], [])


def test_what_is_missing_at_it_is_told_and_nothing_else() -> None:
    bare = decision("bare", 1, about=(SUBJECT,), accountable=None)
    other = decision("other", 1, kind="dataset", about=(SUBJECT,), accountable=None)

    found = of("threshold", bare, other)

    assert {(gap.code, gap.record) for gap in found.gaps} == {
        ("unassigned", "bare"),
        ("no-alternatives", "bare"),
    }


def test_an_abandoned_one_decided_nothing() -> None:
    given_up = decision("given-up", 1, step="train", abandoned="ValueError")

    found = of("threshold", given_up)

    assert (found.in_force, found.superseded) == ((), ())


def test_a_kind_that_nobody_decided_has_no_answer() -> None:
    found = of("vendor", decision("one", 1, about=(SUBJECT,)))

    assert (found.in_force, found.superseded, found.gaps) == ((), (), ())


@given(strategies.histories(), strategies.subjects())
def test_every_decision_of_the_trace_is_told_of_once_unless_it_was_abandoned(
    history: list[Record], subject: str
) -> None:
    try:
        whole = stitch(subject, MemoryLookup(history), strategies.END)
    except NotFoundError:
        return
    answers = [why(whole, kind) for kind in strategies.KINDS]

    told = [
        d.id for one in answers for d in (*one.in_force, *one.superseded, *one.over, *one.to_come)
    ]
    assert len(told) == len(set(told))
    assert set(told) == {
        p.record.id
        for p in whole.records
        if isinstance(p.record, Decision) and p.record.abandoned is None
    }
