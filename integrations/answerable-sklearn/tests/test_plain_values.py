"""Parameter values become JSON data that reads the same in every run."""

import functools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.gaussian_process.kernels import RBF

from answerable_sklearn.plain import plain

# NumPy's own strings drop a NUL at their end.
TEXT = st.text(st.characters(exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | TEXT | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


class Opaque:
    pass


def to_numpy(value: object) -> object:
    match value:
        case bool() | int() | float():
            return np.asarray(value)[()]
        case list():
            return tuple(to_numpy(item) for item in value)
        case dict():
            return {np.str_(key): to_numpy(item) for key, item in value.items()}
        case _:
            return value


def without_infinities(value: object) -> object:
    match value:
        case float() if math.isinf(value):
            return str(value)
        case list():
            return [without_infinities(item) for item in value]
        case dict():
            return {key: without_infinities(item) for key, item in value.items()}
        case _:
            return value


@given(JSON)
def test_numpy_and_python_values_come_out_as_the_same_json(value: object) -> None:
    expected = without_infinities(value)
    assert plain(value) == expected
    assert plain(to_numpy(value)) == expected
    assert json.loads(json.dumps(plain(to_numpy(value)), allow_nan=False)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), "nan"),
        (np.float32("-inf"), "-inf"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(True), True),
        ({0: 1, 1: 5.0}, {"0": 1, "1": 5.0}),
        ({"b", "a"}, ["a", "b"]),
        (range(3), "builtins.range(0, 3)"),
        (json.dumps, "json.dumps"),
        (dict, "builtins.dict"),
        (functools.partial(json.dumps, 1, indent=2), "functools.partial(json.dumps, 1, indent=2)"),
        (Opaque(), f"{__name__}.Opaque"),
        ([Opaque], [f"{__name__}.Opaque"]),
        (RBF(2.0), "sklearn.gaussian_process.kernels.RBF(length_scale=2)"),
        (RBF(2.0) + 1, "sklearn.gaussian_process.kernels.Sum: RBF(length_scale=2) + 1**2"),
    ],
)
def test_what_json_has_no_word_for_is_named(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_two_lambdas_are_told_apart_by_their_line() -> None:
    one = lambda: 1  # noqa: E731
    other = lambda: 2  # noqa: E731
    assert plain(one) != plain(other)
    assert str(plain(one)).endswith(f"<lambda> (line {one.__code__.co_firstlineno})")
