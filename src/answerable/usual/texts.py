"""What compiled types do not say of a value. Each is as strict as the exact reader, or stricter: what is
refused here is only passed on to that."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from answerable.errors import InvalidReferenceError
from answerable.jsontext import MAX_DEPTH, MAX_INTEGER
from answerable.model import parse_actor, parse_ref

_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")
_SIMPLE: Final = frozenset((str, float, bool, type(None)))
_WITHIN: Final = 5  # levels of a statement, at the most, around a value that may be anything


def _says(parse: Callable[[str], object]) -> Callable[[str], bool]:
    # The same names come again and again; the compiled types see to it that none is long.
    @lru_cache(maxsize=4096)
    def says(text: str) -> bool:
        # A bare address is a person, and so not what it says.
        try:
            return str(parse(text)) == text
        except InvalidReferenceError:
            return False

    return says


is_actor: Final = _says(parse_actor)
is_ref: Final = _says(parse_ref)


def is_digest(text: str) -> bool:
    """True of `sha256:` and 64 lower-case hex digits."""
    # Most are met once, so that none is worth keeping.
    return _DIGEST.fullmatch(text) is not None


def is_utc(moment: datetime) -> bool:
    """True of a time that was spelled in UTC."""
    return moment.tzinfo is UTC


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
