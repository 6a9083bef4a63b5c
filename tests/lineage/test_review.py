"""What an approver is shown, and what the digest binds."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from answerable.errors import NotFoundError
from answerable.lineage import MemoryLookup, Review, review, stitch
from answerable.model import Approval, Assumption, AssumptionEvent, Custody, Dissent, Record
from tests import strategies
from tests.lineage.story import approval, choice, day, decision, dissent, step, trace

SUBJECT = "model:m@1"
TRAIN = step("train", 5, used=["vendor:v@1"], produced=[SUBJECT])
BASE = (
    TRAIN,
    decision("threshold", 4, step="train", assumptions=(Assumption(statement="it lasts"),)),
    choice("depth", 4, step="train", capture="default", decided_by=None),
)


def of(*records: Record) -> Review:
    return review(trace(SUBJECT, *BASE, *records))


def test_it_holds_decisions_defaults_assumptions_walls_gaps_and_voices() -> None:
    found = of(
        approval("yes", 6, about=(SUBJECT,)),
        dissent("no", 6, about=(SUBJECT,)),
        decision("old", 1, about=(SUBJECT,)),
        decision("new", 2, about=(SUBJECT,), supersedes=("old",)),
        decision("given-up", 3, step="train", abandoned="ValueError"),
    )

    assert [d.id for d in found.decisions] == ["new", "depth", "threshold"]
    assert [d.id for d in found.defaults] == ["depth"]
    assert [(h.record, h.assumption.statement) for h in found.assumptions] == [
        ("threshold", "it lasts")
    ]
    assert found.walls == ("vendor:v@1",)
    assert {gap.code for gap in found.gaps} >= {"default", "opaque"}
    assert [v.approval.id for v in found.approvals] == ["yes"]
    assert [d.id for d in found.dissents] == ["no"]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ((), "assumed"),
        (("lapsed",), "lapsed"),
        (("violated",), "violated"),
        (("violated", "reviewed"), "violated"),
        (("violated", "confirmed"), "assumed"),
        (("lapsed", "reviewed"), "assumed"),
    ],
)
def test_of_an_assumption_it_says_what_became_of_it(said: tuple[Any, ...], state: str) -> None:
    events = [
        AssumptionEvent(
            id=f"event-{n}",
            assumption="it lasts",
            state=word,
            decided_at=day(6 + n),
            recorded_at=day(6 + n),
            about=("record:threshold",),
        )
        for n, word in enumerate(said)
    ]

    assert [held.state for held in of(*events).assumptions] == [state]


def test_an_assumption_whose_date_has_passed_is_overdue() -> None:
    due = Assumption(statement="it lasts", review_by="2026-01-05")
    kept = [decision("other", 3, step="train", assumptions=(due,))]

    assert [h.state for h in of(*kept, decision("late", 9, step="train")).assumptions] == [
        "overdue",
        "assumed",
    ]


def test_an_approval_is_present_if_it_binds_what_there_is_to_see() -> None:
    digest = of().digest
    yes = approval("yes", 6, about=(SUBJECT,), digest=digest)
    other = approval("other", 6, about=(SUBJECT,))

    assert [(v.approval.id, v.is_present) for v in of(yes, other).approvals] == [
        ("other", False),
        ("yes", True),
    ]


@pytest.mark.parametrize(
    "added",
    [
        decision("more", 6, about=(SUBJECT,)),
        choice("left", 6, about=(SUBJECT,), capture="default", decided_by=None),
        step("again", 6, produced=[SUBJECT]),
        decision("newer", 6, about=(SUBJECT,), supersedes=("threshold",)),
    ],
)
def test_what_is_added_to_the_whole_changes_the_digest(added: Record) -> None:
    assert of(added).digest != of().digest


@given(strategies.histories(), strategies.subjects())
def test_the_digest_does_not_depend_on_voices_nor_on_places_in_the_ledger(
    history: list[Record], subject: str
) -> None:
    def moved(record: Record) -> Record:
        custody = record.custody
        if custody is None:
            return record
        return attrs.evolve(record, custody=attrs.evolve(custody, index=99, fault="x"))

    whole = _digest(subject, history)
    assume(whole is not None)
    quiet = [r for r in history if not isinstance(r, Approval | Dissent)]

    assert _digest(subject, [moved(r) for r in history]) == whole
    if _digest(subject, quiet) is not None and not _tied_to_voices(history):
        assert _digest(subject, quiet) == whole


@given(strategies.histories(), strategies.subjects(), st.data())
def test_the_digest_binds_every_decision_that_is_shown(
    history: list[Record], subject: str, data: st.DataObject
) -> None:
    """To the byte: the same decision in other words is another digest."""
    try:
        whole = review(stitch(subject, MemoryLookup(history), strategies.END))
    except NotFoundError:
        return
    assume(whole.decisions)
    one = data.draw(st.sampled_from(whole.decisions))
    other = attrs.evolve(
        one,
        rationale=(one.rationale or "") + " more",
        custody=one.custody and Custody(envelope=b"other", digest="sha256:" + "f" * 64),
    )
    changed = [other if r.id == one.id else r for r in history]

    assert _digest(subject, changed) != whole.digest


def _digest(subject: str, history: list[Record]) -> str | None:
    try:
        return review(stitch(subject, MemoryLookup(history), strategies.END)).digest
    except NotFoundError:
        return None


def _tied_to_voices(history: list[Record]) -> bool:
    """True if something else than a voice names a voice, which may then bring more with it."""
    voices = {r.id for r in history if isinstance(r, Approval | Dissent)}
    named = {
        id.removeprefix("record:")
        for r in history
        for id in (
            *r.about,
            *(r.step or "", r.within or "", getattr(r, "authority", None) or ""),
            *getattr(r, "supersedes", ()),
            *getattr(r, "replaces", ()),
            getattr(r, "successor", None) or "",
        )
    }
    return bool(voices & named)
