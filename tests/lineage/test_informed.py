"""Who was informed of a fact, when, relative to a decision."""

from __future__ import annotations

from typing import Any

import pytest

from answerable.errors import InvalidReferenceError, NotFoundError
from answerable.lineage import MemoryLookup, informed
from answerable.model import Acknowledgement, Actor, Notice, Record, Revocation
from tests.lineage.story import choice, day

FACT = "fact:campaign@2026-03"
ANA, BO = Actor(id="person:ana@bank.example"), Actor(id="person:bo@bank.example")


def said(made: Any, id: str, on: float, *about: str, **fields: Any) -> Any:
    return made(id=id, decided_at=day(on), recorded_at=day(on), about=about, **fields)


TOLD = said(
    Notice, "told", 1, FACT, statement="it runs", addressees=("team:fraud", "role:retraining")
)
EARLY = said(Acknowledgement, "early", 2, "record:told", decided_by=ANA)
LATE = said(Acknowledgement, "late", 4, FACT, decided_by=BO)
RETRAIN = choice("retrain", 3, used=[FACT])
RULE = choice("rule", 5, about=(FACT,), informed=("role:operations",))
ALL = (TOLD, EARLY, LATE, RETRAIN, RULE)


def of(
    fact: str, *records: Record, at: float = 100, decision: Record | None = None
) -> list[tuple[str, str, str, bool | None]]:
    found = informed(fact, MemoryLookup(records), day(at), decision)
    return [(each.actor, each.how, each.record, each.before) for each in found]


def test_it_tells_apart_addressing_from_hearing_and_both_from_being_told_of() -> None:
    assert of(FACT, *ALL) == [
        ("team:fraud", "notified", "told", None),
        ("role:retraining", "notified", "told", None),
        (ANA.id, "acknowledged", "early", None),
        (BO.id, "acknowledged", "late", None),
        ("role:operations", "informed", "rule", None),
    ]


def test_each_is_set_against_the_time_of_a_decision() -> None:
    found = of(FACT, *ALL, decision=RETRAIN)

    assert [(record, before) for _, _, record, before in found] == [
        ("told", True),
        ("told", True),
        ("early", True),
        ("late", False),
        ("rule", False),
    ]


def test_of_a_notice_itself_only_what_is_about_it() -> None:
    assert [record for _, _, record, _ in of("record:told", *ALL)] == ["told", "told", "early"]
    assert of("record:rule", *ALL) == [("role:operations", "informed", "rule", None)]


def test_what_was_taken_back_or_is_not_known_yet_was_not_heard() -> None:
    undo = said(Revocation, "undo", 6, "record:late", revokes=("late",), rationale="of another")

    assert "late" not in {record for _, _, record, _ in of(FACT, *ALL, undo)}
    assert "late" in {record for _, _, record, _ in of(FACT, *ALL, undo, at=5)}
    assert "late" not in {record for _, _, record, _ in of(FACT, *ALL, at=3)}


def test_a_word_of_nobody_is_nobodys() -> None:
    anonymous = said(Acknowledgement, "anonymous", 2, FACT)
    assert of(FACT, anonymous) == []


def test_what_nothing_is_about_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="is about fact:other@1"):
        of("fact:other@1", *ALL)
    with pytest.raises(NotFoundError):
        of(FACT, *ALL, at=0.5)
    with pytest.raises(InvalidReferenceError):
        of("no reference", *ALL)
