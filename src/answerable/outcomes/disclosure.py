"""An outcome as the bytes that its batch seals, and back.

A disclosure is a JSON array of a salt and the outcome, as for an array's element in RFC 9901 section
4.2.2. The salt has 128 bits: whoever has the leaf hash alone cannot find the outcome by trying.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any, Final, get_args

from answerable import jsontext, statement
from answerable.errors import (
    AnswerableError,
    InvalidReferenceError,
    InvalidValueError,
    MalformedError,
)
from answerable.model import Outcome, parse_actor, parse_ref
from answerable.model.outcomes import Part
from answerable.values import MAX_TEXT, is_secret, plain

SALT_BYTES = 16
_SALT: Final = re.compile(r"[0-9a-f]{32}")
# ASCII that stands in JSON as it is. A digit, since names have none; a letter, or few digits, since
# the numbers by which people are known (of telephones, passports, birth dates) have seven or more.
_TOKEN: Final = re.compile(
    r"(?=[^0-9]*[0-9])(?=.*[A-Za-z]|(?:[^0-9]*[0-9]){1,6}[^0-9]*$)[A-Za-z0-9._:/+=~-]{1,128}"
)
_ID: Final = re.compile(r"(.{1,128})\.(0|[1-9][0-9]{0,8})")
_MANY = 4096
_SAID: Final = "…"  # some text: under a number, no name is a secret's
_names: dict[str, str] = {}
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring


def checked_token(token: str) -> str:
    """The pseudonym, if it may be one; raises `InvalidValueError` for what looks like a person's
    name, address or number."""
    if isinstance(token, str) and _TOKEN.fullmatch(token):
        return token
    # Not repeated in the message, which goes to logs: it may be the very thing to keep out of them.
    raise InvalidValueError(
        "not a pseudonym of a person",
        hint="letters and digits, as in application-4711: no name, no address, no telephone number",
    )


def split(id: str) -> tuple[str, int]:
    """The id of the batch, and the place in it; raises `InvalidReferenceError`."""
    found = _ID.fullmatch(id) if isinstance(id, str) else None
    if found is None:
        raise InvalidReferenceError(
            f"not an outcome: {id!r:.80}", hint="its batch's id, a point, and its number in it"
        )
    return found[1], int(found[2])


def write(salt: str, id: str, subject: str, at: datetime, said: str) -> bytes:
    """The disclosure. `id` and `subject` hold nothing that JSON would escape; `said` is the value and
    what else was said, as `written` gives it."""
    # Put together by hand: this is what each outcome costs.
    when = statement.timestamp(at)
    return f'["{salt}",{{"id":"{id}","subject":"{subject}","decided_at":"{when}",{said}}}]'.encode()


def written(value: Any, elements: Mapping[str, Any] | None = None, others: str = "") -> str:
    """The value, the elements and the `others` as members of a JSON object. Raises
    `InvalidValueError`, as `values.plain` does."""
    if elements:
        return f'"value":{_json(value)},"elements":{_members(elements)}{others}'
    return f'"value":{_json(value)}{others}'


@lru_cache(maxsize=1024)
def others(part: Part | None, model: str | None, reviewed_by: str | None) -> str:
    """What is the same for many, as members of a JSON object, a comma first. Raises
    `InvalidValueError`, `InvalidReferenceError`."""
    if part is not None and part not in get_args(Part):
        raise InvalidValueError(f"no part: {part!r:.40}", hint=", ".join(get_args(Part)))
    told = {
        "part": part,
        "model": None if model is None else str(parse_ref(model)),
        "reviewed_by": None if reviewed_by is None else parse_actor(reviewed_by),
    }
    return "".join(f',"{name}":{_encode(said)}' for name, said in told.items() if said is not None)


def _json(value: Any) -> str:
    # What nearly every outcome is made of, without the way round by an encoder.
    kind = type(value)
    if kind is str and value.isascii() and value.isprintable() and len(value) <= MAX_TEXT:
        return _quoted(value)
    if kind is float and isfinite(value):
        return float.__repr__(value)
    if kind is bool:
        return "true" if value else "false"
    return _encode(plain(value))


def _members(elements: Mapping[str, Any]) -> str:
    if type(elements) is not dict:
        if not isinstance(elements, Mapping):
            raise InvalidValueError("elements are not a mapping", hint='{"debt_ratio": 0.45}')
        return _encode(plain(elements))
    try:
        found = [
            _names[name] + (repr(v) if type(v) is float and isfinite(v) else _json(v))
            for name, v in elements.items()
        ]
    except (KeyError, TypeError):
        # A system names the same elements again and again. No secret's name is ever known.
        made = _encode(plain(elements))
        if len(_names) < _MANY and not any(is_secret(name, _SAID) for name in elements):
            _names.update((name, _encode(name) + ":") for name in elements)
        return made
    return "{" + ",".join(found) + "}"


def read(disclosure: bytes) -> Outcome:
    """The outcome that was disclosed; raises `MalformedError`."""
    found = jsontext.loads(disclosure)
    try:
        salt, said = found
        if not isinstance(salt, str) or not _SALT.fullmatch(salt):
            raise ValueError("no salt of 128 bits")
        return _outcome(said)
    except (TypeError, ValueError, KeyError, AttributeError, AnswerableError) as error:
        raise MalformedError(f"not an outcome: {error}") from None


def _outcome(said: dict[str, Any]) -> Outcome:
    split(said["id"])
    part, elements = said.get("part"), said.get("elements") or {}
    if part not in (None, *get_args(Part)) or not isinstance(elements, dict):
        raise ValueError("a field of another form")
    model, reviewed_by = said.get("model"), said.get("reviewed_by")
    return Outcome(
        id=said["id"],
        subject=checked_token(said["subject"]),
        value=said["value"],
        decided_at=statement.parse_time(said["decided_at"]),
        part=part,
        elements=elements,
        model=None if model is None else str(parse_ref(model)),
        reviewed_by=None if reviewed_by is None else parse_actor(reviewed_by),
    )
