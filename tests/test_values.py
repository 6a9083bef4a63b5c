"""What users choose becomes plain JSON that every reader keeps, or is refused with the reason."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable import jsontext
from answerable.canonical import value_digest
from answerable.errors import IncompleteDecisionError, InvalidValueError
from answerable.values import optional, plain, required, text
from tests.model.generated import JSON


class Pair(NamedTuple):
    low: float
    high: float


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


@dataclass
class Point:
    x: int
    inner: Any


@attrs.frozen
class Spot:
    x: int
    inner: Any


class Model:
    """What pydantic's look like from outside."""

    model_fields: ClassVar[dict[str, object]] = {"x": None, "inner": None}

    def __init__(self, x: int, inner: Any) -> None:
        self.x, self.inner = x, inner


class Word(str, Enum):  # noqa: UP042  # a StrEnum would print as its value
    YES = "yes"


class Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "shouted"


@given(JSON)
def test_json_stays_as_it_is(value: Any) -> None:
    assert plain(value) == value


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.binary()
        | st.decimals()
        | st.dates()
        | st.datetimes()
        | st.timedeltas()
        | st.sampled_from([Colour.RED, Level.HIGH, Word.YES, np.float32(0.5), object()]),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.tuples(inner, inner)
            | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_whatever_is_taken_survives_signing_and_reading(value: Any) -> None:
    try:
        made = plain(value)
    except InvalidValueError as error:
        assert error.message  # noqa: PT017  # either outcome is right
        return
    assert jsontext.loads(jsontext.dumps(made), limit=10**9) == made
    assert value_digest(made).startswith("sha256:")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Word.YES, "yes"),
        (Loud("quiet"), "quiet"),
        (True, True),
        (np.bool_(True), True),
        (np.int64(7), 7),
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.str_("a"), "a"),
        (np.array(3), 3),
        (Decimal("0.10"), "0.10"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 9, tzinfo=UTC), "2026-01-31T09:00:00+00:00"),
        (pd.Timestamp("2026-01-31"), "2026-01-31T00:00:00"),
        (time(9, 30), "09:30:00"),
        (timedelta(minutes=1), 60.0),
        (PurePosixPath("a/b"), "a/b"),
        ((1, 2), [1, 2]),
        (Pair(0.1, 0.9), [0.1, 0.9]),
        (range(3), [0, 1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({3, 1}), [1, 3]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (MappingProxyType({"a": (1,)}), {"a": [1]}),
        ({Word.YES: 1}, {"yes": 1}),
        ({Loud("quiet"): 1}, {"quiet": 1}),
        (len, {"callable": "builtins.len"}),
        (Point(1, [Word.YES]), {"x": 1, "inner": ["yes"]}),
        (Spot(2, None), {"x": 2, "inner": None}),
        (Model(2, None), {"x": 2, "inner": None}),
        ({"max_tokens": 100, "tokenizer": "bpe"}, {"max_tokens": 100, "tokenizer": "bpe"}),
        ({"password": "", "token": None}, {"password": "", "token": None}),
    ],
    ids=repr,
)
def test_what_has_a_plain_form_is_given_it(value: Any, expected: Any) -> None:
    made = plain(value)

    assert made == expected
    assert json.dumps(made) == json.dumps(expected)
    assert _all_plain(made)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "not a finite number: nan"),
        (-float("inf"), "not a finite number"),
        (np.float32("nan"), "not a finite number"),
        (Decimal("NaN"), "not a finite number"),
        (Decimal("Infinity"), "not a finite number"),
        (2**53, "beyond 2"),
        (-(2**53), "beyond 2"),
        (10**5000, "beyond 2"),
        (b"bytes", "type bytes"),
        (object(), "type object"),
        (1j, "type complex"),
        (np.longdouble(1), "type longdouble"),
        (Decimal("sNaN"), "not a finite number"),
        (np.arange(3), "type ndarray"),
        (pd.DataFrame({"a": [1]}), "type DataFrame"),
        (pd.NaT, "type NaTType"),
        ({1: "a"}, "keys that are not strings"),
        ({None: "a"}, "keys that are not strings"),
        ("a" * 8193, "8,193 characters, more than 8,192"),
        ({"a" * 8193: 1}, "a key has 8,193 characters"),
        ("\ud800", "not text"),
        ({"\ud800": 1}, "not text"),
        ("a\x00b", "not text"),
        ([[float("nan")]], "not a finite number"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_none_is_refused_with_the_reason(value: Any, reason: str) -> None:
    with pytest.raises(InvalidValueError, match=reason) as caught:
        plain(value)

    assert len(str(caught.value)) < 200


def test_depth_has_a_limit_and_what_holds_itself_is_too_deep() -> None:
    itself: list[Any] = []
    itself.append(itself)

    assert plain(_nested(16)) == _nested(16)
    for value in (_nested(17), itself):
        with pytest.raises(InvalidValueError, match="nested deeper than 16"):
            plain(value)


def test_a_function_is_its_name_and_the_digest_of_its_source() -> None:
    made = plain(_all_plain)

    assert made["callable"].endswith("test_values._all_plain")
    assert made["digest"].startswith("sha256:")
    assert plain(Point)["callable"].endswith("test_values.Point")
    assert plain(Point)["digest"] != made["digest"]


@pytest.mark.parametrize(
    "name",
    [
        *("password", "db_password", "API_KEY", "api-key", "apikey", "secret", "client.secret"),
        *("token", "access_token", "private_key", "credentials", "Authorization", "passwd"),
        *("clientSecret", "dbPassword", "pass"),
    ],
)
def test_text_under_a_name_of_secrets_is_refused_and_not_repeated(name: str) -> None:
    for value in ({name: "hunter2"}, {"inside": [{name: "hunter2"}]}, Point(1, {name: "hunter2"})):
        with pytest.raises(InvalidValueError, match="named like a secret") as raised:
            plain(value)
        assert "hunter2" not in str(raised.value)
        assert raised.value.hint is not None and "record that it was set" in raised.value.hint


def test_an_object_that_holds_a_secret_is_refused() -> None:
    class SecretStr:
        """As pydantic's."""

    with pytest.raises(InvalidValueError, match="a SecretStr is not recorded"):
        plain({"key": SecretStr()})


@pytest.mark.parametrize(
    "value", [range(10**9), [[0] * 1000] * 1000, {"a": [range(10**9)]}, Point(0, range(10**9))]
)
def test_what_has_too_many_items_is_refused_before_it_is_counted(value: Any) -> None:
    with pytest.raises(InvalidValueError, match="more than 20,000 items"):
        plain(value)


@pytest.mark.parametrize("value", ["", " ", "\n\t"])
def test_what_must_be_said_may_not_be_blank(value: str) -> None:
    with pytest.raises(IncompleteDecisionError, match="the question is empty"):
        required(value, "the question")
    assert optional(value, "the rationale") is None


def test_text_comes_back_as_it_is() -> None:
    assert required("Why?", "the question") == "Why?"
    assert optional("Because.", "the rationale") == "Because."
    assert optional(None, "the rationale") is None
    assert text("", "a note") == ""


@pytest.mark.parametrize("value", [None, 5, b"bytes", ["a"]])
def test_what_is_not_text_is_refused_by_its_type(value: Any) -> None:
    with pytest.raises(InvalidValueError, match=f"the question is a {type(value).__name__}"):
        required(value, "the question")


@pytest.mark.parametrize("value", [5, b"bytes", ["a"]])
def test_what_is_optional_is_text_or_nothing(value: Any) -> None:
    with pytest.raises(InvalidValueError, match=f"the rationale is a {type(value).__name__}"):
        optional(value, "the rationale")


def test_ten_megabytes_of_text_are_refused_in_one_line() -> None:
    with pytest.raises(
        InvalidValueError, match="the rationale has 10,000,000 characters"
    ) as caught:
        optional("a" * 10_000_000, "the rationale")

    assert "\n" not in caught.value.message
    assert "artifacts" in (caught.value.hint or "")


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def _all_plain(value: Any) -> bool:
    if type(value) is dict:
        return all(type(k) is str and _all_plain(v) for k, v in value.items())
    if type(value) is list:
        return all(_all_plain(v) for v in value)
    return value is None or type(value) in (str, bool, int, float)
