"""A trace knows what it was before the newest of it came to be."""

from __future__ import annotations

from itertools import permutations

from answerable.lineage import MemoryLookup, stitch
from answerable.lineage.revising import before, with_predecessor
from tests.lineage.story import NOW, approval, choice, day, ids, step

SUBJECT = "deployment:prod/scores"
RECORDS = [
    step("train", 1, produced=["model:scores@1"]),
    choice("threshold", 2, step="train"),
    step("deploy", 3, used=["model:scores@1"], produced=[SUBJECT]),
    approval("yes", 4, about=(SUBJECT,)),
    choice("other", 5),
]


def test_it_is_the_trace_as_of_just_before_its_newest_record() -> None:
    lookup = MemoryLookup(RECORDS)
    trace = with_predecessor(stitch(SUBJECT, lookup, NOW), lookup)

    earlier = before(trace, lookup)

    assert earlier is not None
    assert ids(trace) - ids(earlier) == {"yes"}
    assert trace.predecessor == earlier.revision == stitch(SUBJECT, lookup, day(3)).revision


def test_the_first_of_a_subject_was_nothing_before() -> None:
    lookup = MemoryLookup(RECORDS)
    first = stitch(SUBJECT, lookup, day(3))

    assert before(first, lookup) is None
    assert with_predecessor(first, lookup) == first


def test_what_a_date_changed_was_something_else_the_moment_before() -> None:
    lookup = MemoryLookup(
        [
            choice("tolerance", 1, valid_to=day(10).date().isoformat()),
            step("deploy", 2, used=["model:scores@1"], produced=[SUBJECT]),
            choice("scores", 1.5, kind="model", produced=["model:scores@1"], about=(SUBJECT,)),
            choice("for-a-time", 1, about=(SUBJECT,), valid_to=day(10).date().isoformat()),
        ]
    )
    now, then = (stitch(SUBJECT, lookup, day(n)) for n in (100, 5))
    assert now.revision != then.revision

    assert with_predecessor(now, lookup).predecessor == then.revision


def test_it_is_the_same_in_whatever_order_the_records_came() -> None:
    found = set()
    for records in permutations(RECORDS):
        lookup = MemoryLookup(records)
        found.add(with_predecessor(stitch(SUBJECT, lookup, NOW), lookup).predecessor)

    assert len(found) == 1


def test_it_is_no_part_of_what_the_revision_names() -> None:
    lookup = MemoryLookup(RECORDS)
    plain = stitch(SUBJECT, lookup, NOW)
    linked = with_predecessor(plain, lookup)

    assert (linked.revision, linked.trace_id, linked.digest) == (
        *(plain.revision, plain.trace_id, plain.digest),
    )
