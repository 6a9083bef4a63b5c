from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from answerable import wording
from answerable.lineage.trace import By, GapCode, Placed
from answerable.model.actors import KnownBy
from answerable.model.records import Capture, EvidenceKind, Meaning
from tests.parts.loans import loans, records, signed


@pytest.mark.parametrize(
    ("phrases", "codes"),
    [
        (wording.GAPS, GapCode),
        (wording.JOINS, By),
        (wording.KNOWN_BY, KnownBy),
        (wording.CAPTURES, Capture),
        (wording.EVIDENCE, EvidenceKind),
        (wording.MEANINGS, Meaning),
    ],
)
def test_every_code_has_its_words(phrases: Mapping[str, str], codes: Any) -> None:
    assert set(phrases) == set(get_args(codes))


def test_no_phrase_needs_more_than_ascii() -> None:
    for phrases in (
        wording.GAPS,
        wording.JOINS,
        wording.KNOWN_BY,
        wording.CAPTURES,
        wording.VERDICTS,
    ):
        assert all(phrase.isascii() for phrase in phrases.values())
    assert all(limit.isascii() for limit in wording.LIMITS)


def test_a_default_was_decided_by_nobody() -> None:
    by = {record.id: wording.decided_by(record) for record in records()}
    assert by["d-default"] == "nobody (a default)"
    assert by["d-vendor"] == "committee:vendor-board"
    assert by["d-deploy"] == "release@bank.example.org"


def test_a_signature_is_said_to_hold_only_where_it_was_verified() -> None:
    record = records()[0]
    assert wording.signature(record).state == "unknown"
    assert wording.signature(signed(record, 0)).state == "verified"
    broken = wording.signature(signed(record, 0, fault="no key of that id"))
    assert broken == wording.Signature("fault", "does not verify: no key of that id")


def test_the_outline_has_every_record_once_and_under_what_it_stands_in() -> None:
    trace = loans()
    entries = wording.outline(trace)
    shown = [(e.shows.record.id, e.parent) for e in entries if isinstance(e.shows, Placed)]
    assert sorted(id for id, _ in shown) == sorted(p.record.id for p in trace.placed())
    assert dict(shown)["d-threshold"] == "s-evaluate"
    assert [e.shows for e in entries if e.depth == 1] == [
        *("requirements", "data", "training", "evaluation", "approval", "deployment")
    ]
    assert sum(len(e.gaps) for e in entries) == len(trace.gaps)
