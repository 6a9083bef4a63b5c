"""What is asked, as a condition on the index."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import answerable as ans
from answerable.errors import InvalidReferenceError, InvalidValueError
from answerable.history import condition, moment
from answerable.model import Actor, Artifact
from tests.history.forging import NOW, Forger

EARLIER = NOW - timedelta(days=1)


def test_nothing_asked_means_every_decision() -> None:
    assert condition({"kind": None, "text": None}) == ("type IN (?)", ["decision"])


def test_a_type_of_record_is_one_that_there_is() -> None:
    asked = {"type": ["override", "revocation"], "team": "scoring"}
    told = ("type IN (?, ?) AND team = ?", ["override", "revocation", "scoring"])
    assert condition(asked) == told
    wrongs: tuple[Any, ...] = ("nonsense", ["override", "decision; --"], [5], [[]])
    for wrong in wrongs:
        with pytest.raises(InvalidValueError, match="no type of record"):
            condition({"type": wrong})


def test_what_was_given_is_a_parameter_and_no_sql() -> None:
    hostile = "x' OR 1=1; DROP TABLE records; --"
    asked = {"kind": hostile, "team": hostile, "step": hostile, "run": hostile, "text": hostile}

    sql, parameters = condition(asked)

    assert "DROP" not in sql
    assert sql.count("?") == len(parameters) == 6


@pytest.fixture
def forger(home: Any, tmp_path: Any) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation(not_before=EARLIER - timedelta(days=9))))
    artifact = Artifact(ref="dataset:cases@1")
    for changes in (
        {"kind": "threshold", "chosen": "a", "run": "r1"},
        {"kind": "metric", "chosen": "b", "decided_by": Actor(id="person:other@bank.example")},
        {"kind": "metric", "chosen": "c", "accountable": "role:head", "decided_at": EARLIER},
        {"kind": "dataset", "chosen": "d", "used": (artifact,), "step": "s1"},
        {"kind": "dataset", "chosen": "e", "produced": (Artifact(ref="dataset:cases-2@1"),)},
        {"kind": "dataset", "chosen": "f", "about": ("dataset:cases",), "capture": "passed"},
    ):
        made.append(made.sign(made.decision(**changes)))
    return made


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "abcdef"),
        ({"kind": "metric"}, "bc"),
        ({"kind": "METRIC"}, ""),
        ({"actor": "other@bank.example"}, "b"),
        ({"actor": "person:other@bank.example"}, "b"),
        ({"accountable": "role:head"}, "c"),
        ({"team": "scoring"}, "abcdef"),
        ({"team": "another"}, ""),
        ({"capture": "passed"}, "f"),
        ({"step": "s1"}, "d"),
        ({"run": "r1"}, "a"),
        # Without a version, any; another name that begins so is another thing.
        ({"artifact": "dataset:cases"}, "df"),
        ({"artifact": "dataset:cases@1"}, "d"),
        ({"artifact": "dataset:cases@2"}, ""),
        ({"artifact": "dataset:cases-2"}, "e"),
        ({"artifact": "dataset:case"}, ""),
        ({"until": EARLIER}, "c"),
        ({"until": EARLIER - timedelta(microseconds=1)}, ""),
        ({"since": NOW}, "abdef"),
        ({"since": NOW + timedelta(microseconds=1)}, ""),
        ({"until": "2026-01-30"}, "c"),
        ({"since": "2026-01-31"}, "abdef"),
        ({"until": "2026-01-31"}, "abcdef"),
        ({"text": "WHICH?"}, "abcdef"),
        ({"text": "which%"}, ""),
        ({"kind": "dataset", "capture": "passed"}, "f"),
    ],
)
def test_every_condition_counts(forger: Forger, asked: dict[str, Any], found: str) -> None:
    with ans.open(forger.uri) as history:
        assert "".join(sorted(d.chosen for d in history.decisions(**asked))) == found


def test_the_newest_come_first_and_a_limit_keeps_those(forger: Forger) -> None:
    with ans.open(forger.uri) as history:
        newest = [d.chosen for d in history.decisions()]
        assert [d.chosen for d in history.decisions(limit=2)] == newest[:2] == ["f", "e"]
        assert newest[-1] == "c"
        assert len(history.decisions(limit=0)) == len(newest) == 6


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"actor": "somebody"}, InvalidReferenceError),
        ({"accountable": ""}, InvalidReferenceError),
        ({"artifact": "no reference"}, InvalidReferenceError),
        ({"since": "yesterday"}, InvalidValueError),
        ({"until": "2026-13-01"}, InvalidValueError),
        ({"until": 20260101}, InvalidValueError),
    ],
)
def test_what_makes_no_sense_is_said(asked: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        condition(asked)


def test_a_bare_date_as_an_end_includes_that_day() -> None:
    assert moment("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    last = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert moment("2026-01-31", end_of_day=True) == last
    assert moment("2026-01-31T12:00:00Z", end_of_day=True) == NOW


def test_an_offset_is_taken_into_account() -> None:
    assert moment("2026-01-31T14:00:00+02:00") == NOW
    assert moment(datetime(2026, 1, 31, 14, tzinfo=timezone(timedelta(hours=2)))) == NOW


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="zone"):
        moment(datetime(2026, 1, 31))


@given(st.dates(), st.booleans())
def test_any_day_of_the_calendar_will_do(day: Any, end: bool) -> None:
    found = moment(day.isoformat(), end_of_day=end)

    assert found.date() == day


@given(st.text(max_size=30))
def test_text_that_is_no_time_is_an_error_and_nothing_else(text: str) -> None:
    with suppress(InvalidValueError):
        assert moment(text, end_of_day=True).tzinfo is not None
