"""What compiled types do not say of a text or a value. Each is as strict as the exact reader, or
stricter: what is refused here is only passed on to that."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from answerable.errors import InvalidReferenceError
from answerable.jsontext import MAX_DEPTH, MAX_INTEGER
from answerable.model import parse_actor, parse_digest, parse_ref

# As `answerable.statement.timestamp` writes it.
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_SIMPLE: Final = frozenset((str, float, bool, type(None)))
_WITHIN: Final = 5  # levels of a statement, at the most, around a value that may be anything
_LONG: Final = 512  # characters, above which no name is looked up among those that were seen


def is_actor(text: str) -> bool:
    """True of `kind:name`."""
    return len(text) <= _LONG and _named(parse_actor, text)


def is_ref(text: str) -> bool:
    """True of an artifact's reference."""
    return len(text) <= _LONG and _named(parse_ref, text)


def is_digest(text: str) -> bool:
    """True of `sha256:<hex>`."""
    try:
        return parse_digest(text) == text
    except InvalidReferenceError:
        return False


@lru_cache(maxsize=4096)
def _named(parse: Callable[[str], object], text: str) -> bool:
    # The same names come again and again. A bare address is a person, and so not what it says.
    try:
        return str(parse(text)) == text
    except InvalidReferenceError:
        return False


def is_moment(text: str) -> bool:
    """True of a time as the writer spells it: RFC 3339 in UTC with microseconds."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_value(value: Any, depth: int = _WITHIN) -> bool:
    """True of plain JSON that is nested no deeper, and counts no higher, than a statement may."""
    kind = type(value)
    if kind in _SIMPLE:
        return depth <= MAX_DEPTH
    if kind is int:
        return -MAX_INTEGER <= value <= MAX_INTEGER and depth <= MAX_DEPTH
    if depth > MAX_DEPTH:
        return False
    return all(is_value(each, depth + 1) for each in (value.values() if kind is dict else value))
