"""Whether a record can be signed later: what would be refused then has to be refused at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

import attrs

from answerable import jsontext
from answerable.model import Record

# In JSON a character takes at most six octets, and in an envelope four for every three of those.
_MOST = jsontext.MAX_BYTES // 8
# What a name, a number or a time takes, as characters, and what stands around a record: more than
# they do.
_NAME = 24
_VALUE = 40
_ITEM = 4
_REST = 1000

_values: dict[type[Any], Callable[[Any], tuple[Any, ...]]] = {}


def is_surely_signed(record: Record) -> bool:
    """True if the record is small enough, and text throughout, so that signing it cannot fail.
    Of few records that could be signed it is False: those near the bound."""
    return _object(record, _MOST - _REST) >= 0


def _object(value: Any, left: int) -> int:
    """What is left of `left` characters; below 0 for too many, and for what is not text."""
    kind = type(value)
    if kind not in _values:
        if not attrs.has(kind):
            return -1
        names = [f.name for f in attrs.fields(kind) if f.name != "custody"]
        # Twice the first: of one name alone, there would be no tuple.
        _values[kind] = attrgetter(names[0], *names)
    for inner in _values[kind](value):
        # What is empty is left out, or a word.
        if inner:
            if type(inner) is str and inner.isascii():
                left -= len(inner) + _NAME
            else:
                left = _weight(inner, left - _NAME)
            if left < 0:
                break
    return left


def _weight(value: Any, left: int) -> int:
    kind = type(value)
    if kind is str:
        return left - len(value) - 2 if jsontext.is_text(value) else -1
    if kind is datetime or value is None or kind is bool or kind is float or kind is int:
        return left - _VALUE
    if kind is tuple or kind is list:
        left -= _ITEM * len(value)
        for item in value:
            left = _weight(item, left)
            if left < 0:
                break
        return left
    if kind is dict:
        left -= _ITEM * len(value)
        for key, item in value.items():
            left = _weight(item, _weight(key, left))
            if left < 0:
                break
        return left
    return _object(value, left - _NAME)
