"""What users choose, made plain JSON; text and sizes checked before anything is written."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from answerable import jsontext, late
from answerable.errors import IncompleteDecisionError, InvalidValueError

MAX_TEXT = 8_192
MAX_DEPTH = 16
MAX_ITEMS = 20_000

_SECRET_NAME = re.compile(
    r"(?i)(?:^|[_. -])(?:pass(?:word|wd|phrase)?|secret|(?:api|private|access)[_-]?key"
    r"|(?:access|auth|bearer|refresh)?[_-]?token|credential|authorization)s?$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECRET_TYPES = frozenset(("SecretStr", "SecretBytes", "Secret"))
_NO_SECRETS = "a ledger is read by many, and for years: record that it was set, not what it is"
_HINT = "record a number, a string, a list or a dict of those; larger things go in as artifacts"


def plain(value: Any, depth: int = 0) -> Any:
    """`value` as JSON types that survive every reader: finite, within 2^53, shallow, of at most
    `MAX_ITEMS` items.

    Enums give their value; dates, paths and Decimals their text; numpy scalars their item; attrs,
    dataclass and pydantic objects their fields; functions and classes their name and the digest
    of their source. Secrets are refused: text under a name such as `password`, and objects that
    hold one. Raises `InvalidValueError`.
    """
    return _Plain().of(value, depth)


class _Plain:
    """One value on its way; counts what it holds, since a range has no end worth waiting for."""

    def __init__(self) -> None:
        self._items = 0

    def of(self, value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise InvalidValueError(f"a value nested deeper than {MAX_DEPTH}", hint=_HINT)
        self._items += 1
        if self._items > MAX_ITEMS:
            raise InvalidValueError(f"a value of more than {MAX_ITEMS:,} items", hint=_HINT)
        if isinstance(value, Enum):
            return self.of(value.value, depth)
        if isinstance(value, str):
            return _text(value, "a chosen value")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float | Decimal):
            return _number(value)
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if isinstance(value, frozenset | set):
            return sorted((self.of(v, depth + 1) for v in value), key=repr)
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
            return [self.of(v, depth + 1) for v in value]
        if _is_scalar_of_numpy(value):
            item = value.item()
            if type(item) is not type(value):  # a long double has no Python number
                return self.of(item, depth)
        if type(value).__name__ in _SECRET_TYPES:
            raise InvalidValueError(f"a {type(value).__name__} is not recorded", hint=_NO_SECRETS)
        if (fields := fields_of(value)) is not None:
            return self._mapping(fields, depth)
        return _other(value)

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        found = {}
        for key, inner in value.items():
            if not isinstance(key, str):
                raise InvalidValueError("a mapping with keys that are not strings", hint=_HINT)
            if is_secret(key, inner):
                raise InvalidValueError(f"{key!r:.60} is named like a secret", hint=_NO_SECRETS)
            found[_text(key, "a key")] = self.of(inner, depth + 1)
        return found


def is_secret(name: str, value: Any) -> bool:
    """True of text under a name that secrets go by. (`max_tokens=100` is a number.)"""
    return (
        isinstance(value, str | bytes)
        and bool(value)
        and bool(_SECRET_NAME.search(_CAMEL.sub("_", name)))
    )


def fields_of(value: Any) -> dict[str, Any] | None:
    """The fields of an attrs, dataclass or pydantic object; None of anything else."""
    kind = type(value)
    if isinstance(value, type):
        return None
    if is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    if "__attrs_attrs__" in vars(kind) or any("__attrs_attrs__" in vars(c) for c in kind.__mro__):
        return {f.name: getattr(value, f.name) for f in kind.__attrs_attrs__}
    if isinstance(getattr(kind, "model_fields", None), Mapping):
        return {name: getattr(value, name) for name in kind.model_fields}
    return None


def _is_scalar_of_numpy(value: Any) -> bool:
    return (
        type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "shape", None) == ()
    )


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
    if callable(value) and (name := getattr(value, "__qualname__", None)):
        return _callable(value, f"{getattr(value, '__module__', None) or '?'}.{name}")
    raise InvalidValueError(
        f"a value of type {type(value).__name__} cannot be recorded", hint=_HINT
    )


def _callable(value: Any, name: str) -> dict[str, str]:
    """A function or class: its qualified name, and the SHA-256 of its source where that is at
    hand."""
    with late.importing:
        import inspect

    found = {"callable": text(name, "a name")}
    try:
        source = inspect.getsource(value)
    except (OSError, TypeError):
        return found
    return found | {"digest": "sha256:" + hashlib.sha256(source.encode()).hexdigest()}


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
