"""Strict JSON: what is signed must read the same to everyone who parses it.

RFC 8259 leaves duplicate keys open and lets parsers accept NaN; most keep the last key in
silence. Here both are errors, as are lone surrogates, deep nesting, and integers of 2^53 and more,
which a double does not keep apart from their neighbours (RFC 7493 section 2.2).
"""

from __future__ import annotations

import json
import math
from typing import Any

from answerable.errors import MalformedError

MAX_DEPTH = 32
MAX_BYTES = 65_535
MAX_INTEGER = 2**53 - 1

# `json.dumps` with settings makes one anew for each call.
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def dumps(value: Any) -> bytes:
    """Compact, sorted UTF-8. Raises ValueError for NaN."""
    return spelled(value).encode()


def spelled(value: Any) -> str:
    """The same as text, which may hold what UTF-8 has no octets for. Raises ValueError for NaN."""
    return _ENCODER.encode(value)


def loads(data: bytes, *, limit: int = MAX_BYTES) -> Any:
    """Parse, or raise `MalformedError` saying what is wrong."""
    if len(data) > limit:
        raise MalformedError(f"{len(data):,} bytes, more than {limit:,}")
    try:
        value = _DECODER.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"not strict JSON: {error}") from None
    # A lone surrogate can only stand there as an escape, and depth takes brackets.
    if b"\\u" in data or data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        _check(value, 0)
    return value


def is_text(value: str) -> bool:
    """True unless a half of a surrogate pair stands alone in it, which UTF-8 cannot say."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(value := int(digits)) > MAX_INTEGER:
        raise ValueError("an integer beyond 2^53 - 1")
    return value


def _number(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("a number too large for a double")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_integer, parse_float=_number
)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        if not is_text(value):
            raise MalformedError("a lone surrogate in a string")
    elif isinstance(value, dict):
        for part in (*value, *value.values()):
            _check(part, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
