"""The one spelling of a JSON value by which others can compute its digest again: RFC 8785."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

from answerable import jsontext
from answerable.errors import InvalidValueError


def value_digest(value: Any) -> str:
    """`sha256:<hex>` of the value's canonical JSON; raises `InvalidValueError`."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: Any) -> bytes:
    """The value as RFC 8785 spells it; raises `InvalidValueError` where it has no such form."""
    try:
        return _at_once(value) or rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidValueError(f"a value without a canonical form: {error}") from None


def _at_once(value: Any) -> bytes | None:
    """The same of what Python spells as ECMAScript does (RFC 8785 section 3.2.2): text, and numbers
    without an exponent; None of all else."""
    kind = type(value)
    if kind is str:
        return jsontext.dumps(value)
    if kind is float:
        spelled = repr(value)
        # From 1e16 on and below 1e-4 the two differ, as they do for -0.0; not a number has an `n`.
        if "e" in spelled or "n" in spelled or value == 0:
            return None
        return spelled.removesuffix(".0").encode()
    if kind is int and abs(value) <= jsontext.MAX_INTEGER:
        return b"%d" % value
    return None
