"""Strict JSON: it reads the same to everyone, or it is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable import jsontext
from answerable.errors import MalformedError
from tests.model.generated import JSON


def said(what: str) -> str:
    """The whole of the error's message."""
    return f"^{re.escape(f'not strict JSON: {what}')}$"


@given(JSON)
def test_what_is_written_reads_back(value: Any) -> None:
    data = jsontext.dumps(value)

    assert jsontext.loads(data) == value
    assert json.loads(data) == value


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers(0, 9)))
def test_the_order_of_keys_is_of_no_account(value: dict[str, int]) -> None:
    assert jsontext.dumps(value) == jsontext.dumps(dict(reversed(value.items())))


@given(JSON, st.text(" \t\r\n", max_size=4))
def test_it_is_compact_and_blanks_around_it_are_passed_over(value: Any, blanks: str) -> None:
    data = jsontext.dumps(value)

    assert jsontext.loads(blanks.encode() + data + blanks.encode()) == value
    assert (
        data
        == json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    )


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_a_malformed_error(data: bytes) -> None:
    try:
        value = jsontext.loads(data)
    except MalformedError:
        return
    assert jsontext.loads(jsontext.dumps(value)) == value


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'[{"x":{"a":1,"b":2,"a":1}}]',
    ],
)
def test_a_key_that_stands_twice_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match=said("a key stands twice in one object")):
        jsontext.loads(data)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_word_for_is_refused(word: str) -> None:
    with pytest.raises(MalformedError, match=said(f"{word} is not JSON")):
        jsontext.loads(f"[{word}]".encode())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_has_no_word_for_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsontext.dumps([value])


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_number_too_large_for_a_double_is_refused(number: str) -> None:
    with pytest.raises(MalformedError, match=said("a number too large for a double")):
        jsontext.loads(f'{{"a":{number}}}'.encode())


# RFC 7493 section 2.2: the integers that a double keeps apart from their neighbours.
@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 0, -1])
def test_an_integer_that_every_reader_keeps_is_read(number: int) -> None:
    assert jsontext.loads(str(number).encode()) == number


@pytest.mark.parametrize("number", ["9007199254740992", "-9007199254740992", "1" * 17, "1" * 6000])
def test_an_integer_that_some_readers_would_round_is_refused(number: str) -> None:
    with pytest.raises(MalformedError, match=said("an integer beyond 2^53 - 1")):
        jsontext.loads(number.encode())


@pytest.mark.parametrize(
    "data", [b'"\\ud800"', b'{"\\udfff":1}', b'[["a\\ud83d"]]', b'"\xed\xa0\x80"']
)
def test_half_a_character_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        jsontext.loads(data)


def test_both_halves_are_one_character() -> None:
    assert jsontext.loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}")])
def test_depth_has_a_limit(before: str, after: str) -> None:
    def nested(depth: int) -> bytes:
        return (before * depth + "1" + after * depth).encode()

    assert jsontext.loads(nested(32)) is not None
    for depth in (33, 1_000, 9_000):
        with pytest.raises(MalformedError):
            jsontext.loads(nested(depth))


@pytest.mark.parametrize("beside", ["[[]]", '"\\u0061"', "1"])
@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_counted_along_one_branch(before: str, after: str, beside: str) -> None:
    """However much stands beside it."""
    fits, deeper = (before * depth + "1" + after * depth for depth in (31, 32))
    for around in ("[%s]", f"[{beside},%s,{beside}]", f'{{"b":{beside},"c":%s}}'):
        data = (around % fits).encode()
        assert jsontext.loads(data) == json.loads(data)
        with pytest.raises(MalformedError, match=r"^nested deeper than 32$"):
            jsontext.loads((around % deeper).encode())


def test_half_a_character_is_found_wherever_it_stands() -> None:
    half = "\\ud83d"
    for data in (f'"{half}"', f'["a","{half}"]', f'{{"a":[1,"{half}"]}}', f'{{"{half}":1}}'):
        with pytest.raises(MalformedError, match=r"^a lone surrogate in a string$"):
            jsontext.loads(data.encode())


def test_size_has_a_limit_that_a_caller_may_move() -> None:
    fits = b'"' + b"a" * (jsontext.MAX_BYTES - 2) + b'"'

    assert jsontext.loads(fits) == "a" * (jsontext.MAX_BYTES - 2)
    with pytest.raises(MalformedError, match="65,536 bytes, more than 65,535"):
        jsontext.loads(fits + b" ")
    assert jsontext.loads(fits + b" ", limit=70_000) == "a" * (jsontext.MAX_BYTES - 2)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[1,]",
        b"{'a':1}",
        b"01",
        b"+1",
        b"1 2",
        b"\xff",
        b"\xef\xbb\xbf1",
        b'"\t"',
        b"nul",
    ],
)
def test_what_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match="not strict JSON"):
        jsontext.loads(data)
