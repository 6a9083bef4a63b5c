"""A value in memory has one digest wherever it is held, and none if it has no stable form."""

from __future__ import annotations

import hashlib
import json
import pickle
import struct
from typing import Any

import numpy as np
import pandas as pd
import pytest

from answerable import digests
from answerable.errors import InvalidValueError

FRAME = pd.DataFrame(
    {
        "whole": [1, 2],
        "real": [0.5, float("nan")],
        "text": ["a", None],
        "kind": pd.Categorical(["x", "y"]),
        "when": pd.to_datetime(["2026-01-31", None], utc=True),
        "perhaps": pd.array([True, None], dtype="boolean"),
    }
)


def _header(**content: Any) -> bytes:
    text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return len(text).to_bytes(8, "big") + text


def _whole(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(8, "little") for number in numbers)


def test_an_arrays_digest_is_that_of_its_header_and_its_bytes() -> None:
    written = _header(dtype="<i8", shape=[2, 3]) + _whole(0, 1, 2, 3, 4, 5)
    found = digests.of_data(np.arange(6, dtype="<i8").reshape(2, 3))

    assert found == "sha256:" + hashlib.sha256(written).hexdigest()
    # As signed records hold it: another value breaks every join by digest.
    assert found == "sha256:6a1801a27c94d1448b77b93650dbccb14e03c6f8cb516ee31cb5fc18647c5658"


def test_a_frames_digest_is_that_of_its_header_its_index_and_its_columns() -> None:
    column = _header(dtype="<i8", shape=[2])
    real = _header(dtype="<f8", shape=[2]) + struct.pack("<2d", 0.5, 1.5)
    written = _header(rows=2, columns=[["a", "int64"], ["b", "float64"]])
    written += column + _whole(0, 1) + column + _whole(1, 2) + real
    found = digests.of_data(pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}))

    assert found == "sha256:" + hashlib.sha256(written).hexdigest()
    assert found == "sha256:08d4309d474f6243525a9424c121f3760253cc39b0f72a0deb3c39d5f21473a6"


def test_a_frame_survives_pickling_and_copying() -> None:
    for other in (pickle.loads(pickle.dumps(FRAME)), FRAME.copy(), FRAME.iloc[:]):  # noqa: S301  # our own
        assert digests.of_data(other) == digests.of_data(FRAME)


def test_a_cut_of_a_frame_has_the_digest_of_its_content_alone() -> None:
    cut = pd.concat([FRAME, FRAME]).iloc[:2]
    assert digests.of_data(cut) == digests.of_data(FRAME)


@pytest.mark.parametrize("column", list(FRAME.columns))
def test_every_column_counts(column: str) -> None:
    without = FRAME.drop(columns=column)
    turned = FRAME.assign(**{column: FRAME[column].iloc[::-1].to_numpy()})
    assert len({digests.of_data(each) for each in (FRAME, without, turned)}) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pd.DataFrame({1: [0]}), pd.DataFrame({"1": [0]})),
        (pd.DataFrame({"a": ["ab", "c"]}), pd.DataFrame({"a": ["a", "bc"]})),
        (pd.DataFrame({"a": ["None"]}), pd.DataFrame({"a": [None]})),
        (pd.DataFrame({"a": [0]}, index=[0]), pd.DataFrame({"a": [0]}, index=[1])),
        (pd.DataFrame({"a": [0]}, index=[0]), pd.DataFrame({"a": [0]}, index=[0.0])),
        (pd.DataFrame(index=[0]), pd.DataFrame(index=[0, 1])),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.DataFrame([[2, 1]], columns=["a", "a"])),
        (np.array([0.0]), np.array([-0.0])),
        (np.array([1], "i8"), np.array([1], "u8")),
        (np.array([], "i8"), np.array([], "i4")),
        (np.zeros((0, 2)), np.zeros((0, 3))),
        (np.array(["a"]), np.array(["a"], dtype=object)),
        (True, 1),
        ([], {}),
        ("", b"\x00"),
    ],
)
def test_what_differs_in_any_way_differs_in_its_digest(one: Any, other: Any) -> None:
    assert digests.of_data(one) != digests.of_data(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(5)[::-1], np.arange(4, -1, -1)),
        (np.float64(0.5), 0.5),
        (np.array(7), 7),
        (bytearray(b"abc"), b"abc"),
        (memoryview(b"abc"), b"abc"),
        (memoryview(b"abcdef")[::2], b"ace"),
        (np.arange(4, dtype="u1").reshape(2, 2).T.data, b"\x00\x02\x01\x03"),
        ((1, 2), [1, 2]),
        (pd.Series([1, 2], name="a"), pd.DataFrame({"a": [1, 2]})),
        (
            pd.DataFrame({"a": pd.Series([None, "x"], dtype=object)}),
            pd.DataFrame({"a": pd.Series([float("nan"), "x"], dtype=object)}),
        ),
        ("a" * 100_000, ("a" * 100_000).encode()),
    ],
)
def test_what_is_the_same_has_the_same_digest(one: Any, other: Any) -> None:
    assert digests.of_data(one) == digests.of_data(other)


def _inside_itself() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    "data",
    [
        "\ud800",
        ["\ud800"],
        {"\ud800": 1},
        _inside_itself(),
        2**53,
        [float("inf")],
        {1, object()},
        np.ma.array([1, 2], mask=[False, True]),
        np.array([1], dtype=np.longdouble),
        np.zeros(2, dtype=[("a", "i4")]),
        np.array([object()]),
        pd.DataFrame({"a": [object()]}),
    ],
    ids=lambda data: type(data).__name__,
)
def test_what_has_no_stable_form_is_refused_in_one_line(data: Any) -> None:
    with pytest.raises(InvalidValueError) as caught:
        digests.of_data(data)
    assert "\n" not in str(caught.value)


def test_the_names_of_a_frames_index_and_of_its_columns_axis_belong_to_it() -> None:
    plain = pd.DataFrame({"a": [1, 2]})
    seen = [
        plain,
        plain.rename_axis(index="id"),
        plain.rename_axis(index="key"),
        plain.rename_axis(columns="id"),
        plain.set_index(pd.MultiIndex.from_arrays([[0, 1], [2, 3]], names=["x", "y"])),
        plain.set_index(pd.MultiIndex.from_arrays([[0, 1], [2, 3]], names=["y", "x"])),
        plain.set_index(pd.MultiIndex.from_arrays([[0, 1], [2, 3]], names=["x", "x"])),
        plain.set_index(pd.MultiIndex.from_arrays([[0, 1], [2, 3]])),
    ]

    assert len({digests.of_data(frame) for frame in seen}) == len(seen)
    series = pd.Series([1, 2], name="a")
    assert digests.of_data(series.rename_axis("id")) != digests.of_data(series)


def test_a_schema_names_columns_and_dtypes_and_is_bounded() -> None:
    assert digests.schema(FRAME) == [
        ["whole", "int64"],
        ["real", "float64"],
        ["text", str(FRAME["text"].dtype)],
        ["kind", "category"],
        ["when", str(FRAME["when"].dtype)],
        ["perhaps", "boolean"],
    ]
    assert digests.schema(FRAME["whole"]) == [["whole", "int64"]]
    assert digests.schema(np.zeros((2, 3))) == [[None, "float64"]]
    assert digests.schema(pd.DataFrame({("a", 1): [1], "x" * 900: [2]})) == [
        [["a", 1], "int64"],
        ["x" * 80, "int64"],
    ]
    assert len(digests.schema(pd.DataFrame(np.zeros((1, 70))))) == 64
