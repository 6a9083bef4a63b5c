"""Strings as SSH writes them: so many, whole, and nothing after them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import MalformedError
from answerable.signing.sshwire import string, strings


def test_a_string_is_its_length_and_its_octets() -> None:
    assert string(b"") == bytes(4)
    assert string(b"abc") == b"\x00\x00\x00\x03abc"
    assert string(b"x" * 0x10203)[:4] == b"\x00\x01\x02\x03"


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_strings_read_back(made: list[bytes]) -> None:
    assert strings(b"".join(map(string, made)), len(made)) == made


@pytest.mark.parametrize(
    "data", [b"", bytes(3), b"\x00\x00\x00\x01", string(b"abc")[:-1], b"\xff" * 9]
)
def test_what_is_cut_off_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match=r"^cut off$"):
        strings(data, 1)
    with pytest.raises(MalformedError, match=r"^cut off$"):
        strings(string(b"first") + data, 2)


@pytest.mark.parametrize("count", [0, 1])
def test_what_holds_more_is_refused(count: int) -> None:
    for more in (b"x", string(b"another")):
        with pytest.raises(MalformedError, match=r"^more than it should hold$"):
            strings(string(b"one") * count + more, count)
