"""What is signed is spelled field by field, and is what the exact writer would write of the whole."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable import jsontext, statement
from answerable.model import Considered, Decision, Emission, Observed, Record
from answerable.model.types import PREDICATE_TYPE, STATEMENT_TYPE, TYPES
from answerable.spelling import spelled
from tests.model.generated import records, whole

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
EMISSION = Emission(key_id="ab", seq=7, prev="sha256:cd", observed=Observed(size=6, root="ef"))


class Colour(enum.StrEnum):
    RED = "red"


class Many(int):
    """A number by another name."""


def exact(record: Record) -> bytes:
    said = statement.to_plain(record)
    told = {"_type": STATEMENT_TYPE, "predicateType": PREDICATE_TYPE, "predicate": said}
    return jsontext.dumps(told | {"subject": statement._subjects(record)})


@given(records())
def test_every_record_is_spelled_as_the_exact_writer_spells_it(record: Record) -> None:
    assert spelled(record).encode() == exact(record)


@pytest.mark.parametrize("name", TYPES)
def test_every_field_of_every_type_is_spelled_so(name: str) -> None:
    @given(whole(TYPES[name]))
    def check(record: Record) -> None:
        assert spelled(record).encode() == exact(record)

    check()


@given(records(), st.datetimes(timezones=st.just(timezone(timedelta(hours=-5)))))
def test_what_signing_adds_is_spelled_as_if_the_record_had_it(
    record: Record, moment: datetime
) -> None:
    added = attrs.evolve(record, emission=EMISSION, recorded_at=moment)

    assert spelled(record, EMISSION, moment) == spelled(added)
    assert spelled(added).encode() == exact(added)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, -1, 2**53 - 1, Many(3), 0.0, -0.0, 1.0, 1e16, 1e-7, 5e-324),
        *("", 'é\u2028\x7f\x1f\\"/\b\t', Colour.RED, [], {}, [1, [None, {"b": 1, "a": 2.5}]]),
    ],
)
def test_whatever_is_chosen_considered_or_was_before_is_spelled_so(value: Any) -> None:
    option = Considered(value=value, because=None)
    made = decision(chosen=value, previous=value, considered=(option, option))

    assert spelled(made).encode() == exact(made)


def test_nothing_in_a_place_of_several_is_left_out_as_ever() -> None:
    odd = decision(chosen=None, previous=(), considered=None, used=None, rationale=())

    assert spelled(odd).encode() == exact(odd)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")], "\ud800"])
def test_what_json_has_no_word_for_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON|utf-8|canonical"):
        statement.to_bytes(decision(previous=value))


def test_a_record_of_a_type_that_the_predicate_does_not_know_is_never_spelled() -> None:
    @attrs.frozen(kw_only=True)
    class Own(Decision):
        pass

    made = attrs.asdict(decision(), recurse=False)
    for _ in range(2):  # and not the second time either
        with pytest.raises(KeyError):
            spelled(Own(**made))


def decision(**said: Any) -> Decision:
    told: dict[str, Any] = {"id": "0193", "decided_at": NOW, "recorded_at": NOW, "chosen": 1}
    return Decision(**(told | {"kind": "threshold", "question": "From which on?"} | said))
