"""What users choose, made plain JSON; text and sizes checked before anything is written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from answerable import jsontext
from answerable.errors import IncompleteDecisionError, InvalidValueError

MAX_TEXT = 8_192
MAX_DEPTH = 16

_HINT = "record a number, a string, a list or a dict of those; larger things go in as artifacts"


def plain(value: Any, depth: int = 0) -> Any:
    """`value` as JSON types that survive every reader: finite, within 2^53, shallow.

    Enums give their value; dates, paths and Decimals their text; numpy scalars their item.
    Raises `InvalidValueError`.
    """
    if depth > MAX_DEPTH:
        raise InvalidValueError(f"a value nested deeper than {MAX_DEPTH}", hint=_HINT)
    if isinstance(value, Enum):
        return plain(value.value, depth)
    if isinstance(value, str):
        return _text(value, "a chosen value")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, Mapping):
        if not all(isinstance(k, str) for k in value):
            raise InvalidValueError("a mapping with keys that are not strings", hint=_HINT)
        return {_text(k, "a key"): plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((plain(v, depth + 1) for v in value), key=repr)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(v, depth + 1) for v in value]
    if type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "shape", None) == ():
        item = value.item()
        if type(item) is not type(value):  # a long double has no Python number
            return plain(item, depth)
    return _other(value)


def _text(value: str, what: str) -> str:
    # A subclass of str may print as something else; this is what it is equal to.
    return text(str.__str__(value), what)


def _number(value: float | Decimal) -> Any:
    if isinstance(value, int):
        if abs(value) > jsontext.MAX_INTEGER:
            raise InvalidValueError("an integer beyond 2^53 - 1", hint="record it as a string")
        return int(value)
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    if not finite:
        raise InvalidValueError(f"not a finite number: {value}", hint=_HINT)
    return str(value) if isinstance(value, Decimal) else float(value)


def _other(value: Any) -> Any:
    # To isinstance, pandas' missing time is a datetime too.
    if isinstance(value, datetime | date | time | timedelta) and str(value) != "NaT":
        return value.total_seconds() if isinstance(value, timedelta) else value.isoformat()
    if isinstance(value, PurePath):
        return text(str(value), "a path")
    raise InvalidValueError(
        f"a value of type {type(value).__name__} cannot be recorded", hint=_HINT
    )


def text(value: str, what: str) -> str:
    """`value` if it is text that fits a record; raises `InvalidValueError`."""
    if not isinstance(value, str):
        raise InvalidValueError(f"{what} is a {type(value).__name__}, not text")
    if len(value) > MAX_TEXT:
        raise InvalidValueError(
            f"{what} has {len(value):,} characters, more than {MAX_TEXT:,}",
            hint="keep long documents as artifacts, and say the reason in a sentence",
        )
    if "\x00" in value or not jsontext.is_text(value):
        raise InvalidValueError(f"{what} holds a character that is not text")
    return value


def required(value: str, what: str) -> str:
    """`text`, and not blank; raises `IncompleteDecisionError` if it is."""
    if not text(value, what).strip():
        raise IncompleteDecisionError(
            f"{what} is empty", hint="say in one sentence what was decided"
        )
    return value


def optional(value: str | None, what: str) -> str | None:
    """`text`, or None for nothing said."""
    return None if value is None or not text(value, what).strip() else value
