"""Parameter values as plain JSON: a record must read the same without scikit-learn."""

import functools
import json
import math
import re
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # differs between runs: no part of a choice


def plain(value: object) -> Json:
    """Return `value` as JSON data that `json.dumps(..., allow_nan=False)` accepts.

    NumPy scalars and arrays become Python numbers and lists, tuples and sets lists, keys
    strings; NaN and infinities the strings "nan", "inf", "-inf". Whatever JSON has no word
    for (estimators, callables, distributions) becomes its qualified name.
    """
    match value:
        case None:
            return None
        case bool() | np.bool_():
            return bool(value)
        case str():
            return str(value)
        case int() | np.integer():
            return int(value)
        case float() | np.floating():
            number = float(value)
            return number if math.isfinite(number) else str(number)
        case np.ndarray() if value.ndim == 0:
            return plain(value[()])
        case list() | tuple() | np.ndarray():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=json.dumps)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case _:
            return qualified(value)


def plain_params(params: Mapping[str, object]) -> dict[str, Json]:
    """Return parameters by name with plain values."""
    return {str(name): plain(value) for name, value in params.items()}


def qualified(value: object) -> str:
    """Return a name for `value` that says where it is defined, the same in every run."""
    if isinstance(value, functools.partial):
        arguments = [json.dumps(plain(argument)) for argument in value.args]
        arguments += [f"{key}={json.dumps(plain(v))}" for key, v in value.keywords.items()]
        return f"functools.partial({', '.join([qualified(value.func), *arguments])})"
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if callable(value) and isinstance(name, str):
        module = getattr(value, "__module__", None)
        named = f"{module}.{name}" if module else name
        # Every lambda of a scope has one name; its line tells them apart.
        code = getattr(value, "__code__", None) if name.endswith("<lambda>") else None
        return f"{named} (line {code.co_firstlineno})" if code else named
    kind = type(value)
    text = " ".join(_ADDRESS.sub("", repr(value)).split())
    if text == f"<{kind.__module__}.{kind.__qualname__} object>":
        return f"{kind.__module__}.{kind.__qualname__}"
    if text.startswith(f"{kind.__qualname__}("):
        return f"{kind.__module__}.{text}"
    return f"{kind.__module__}.{kind.__qualname__}: {text}"
