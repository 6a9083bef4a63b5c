"""A private field as a salted digest, and back.

Format: RFC 9901 (SD-JWT), section 4.2.1: a disclosure is the base64url of the JSON array `[salt, name,
value]`, the salt has 128 bits, and the digest is SHA-256 over the disclosure's ASCII. Where RFC 9901
has a list of digests that hides the names, a record names its private fields: that something was said
and is withheld is no secret here.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import attrs

from answerable import jsontext, statement
from answerable.errors import InvalidValueError, MalformedError
from answerable.model import (
    Acknowledgement,
    Action,
    Approval,
    AssumptionEvent,
    Decision,
    Dissent,
    Erasure,
    Incident,
    Mandate,
    Notice,
    Override,
    Record,
    Revocation,
    Supersession,
    Withheld,
)

_REASON: Final = ("rationale",)
# What may be withheld of a record, by its type. None of these is what records are joined by.
OF: Final[Mapping[type[Record], tuple[str, ...]]] = {
    Decision: ("question", "chosen", "previous", "considered", "rationale", "votes"),
    Notice: ("statement",),
    Incident: ("statement",),
    Action: ("statement", "rationale"),
    Approval: _REASON,
    Dissent: _REASON,
    Override: _REASON,
    Revocation: _REASON,
    Supersession: _REASON,
    Mandate: _REASON,
    Acknowledgement: _REASON,
    AssumptionEvent: _REASON,
    Erasure: _REASON,
}
FIELDS: Final = tuple(dict.fromkeys(name for names in OF.values() for name in names))
_R = TypeVar("_R", bound=Record)
_TEXT: Final = "withheld"
_FORM: Final = re.compile(rb"[A-Za-z0-9_-]{1,90000}")
_SALT: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def checked_fields(
    given: Iterable[str], what: str, of: type[Record] | None = None
) -> tuple[str, ...]:
    """The names of fields that can be withheld, of a record of that type or of any, each once; raises
    `InvalidValueError`."""
    found = tuple(dict.fromkeys(given))
    known = FIELDS if of is None else OF.get(of, ())
    for name in found:
        if name not in known:
            raise InvalidValueError(
                f"{what}: {name!r:.40} cannot be withheld", hint="it is " + ", ".join(known)
            )
    return found


def digest(disclosure: bytes) -> str:
    """`sha256:<hex>` over the disclosure as it stands."""
    return "sha256:" + hashlib.sha256(disclosure).hexdigest()


def withhold(made: _R, fields: Iterable[str]) -> tuple[_R, tuple[bytes, ...]]:
    """The record with digests in place of those fields, and their disclosures. A field of which
    nothing is said is left as it is, and so is one that a record of its type cannot withhold."""
    known = OF.get(type(made), ())
    wanted = [name for name in fields if name in known]
    if not wanted:
        return made, ()
    said = statement.to_plain(made)
    disclosures = []
    for name in wanted:
        if name not in said or (name == "votes" and _without_reasons(said[name]) == said[name]):
            continue
        salt = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        told = base64.urlsafe_b64encode(jsontext.dumps([salt, name, said[name]])).rstrip(b"=")
        disclosures.append(told)
        part = Withheld(field=name, digest=digest(told))
        said[name] = _in_place(name, part.digest, said[name])
        said["withheld"] = [*said.get("withheld", ()), attrs.asdict(part)]
    found = statement.from_plain(said)
    assert isinstance(found, type(made))
    return found, tuple(disclosures)


def reveal(made: _R, disclosures: Mapping[str, bytes]) -> _R:
    """The record with what was disclosed, by the fields' names, in its place; raises
    `MalformedError` for a disclosure that is not what was signed."""
    said = statement.to_plain(made)
    for part in getattr(made, "withheld", ()):
        if (told := disclosures.get(part.field)) is None:
            continue
        if digest(told) != part.digest:
            raise MalformedError(f"the disclosure of its {part.field} is not what was signed")
        value = _value(told, part.field)
        if said.get(part.field) != _in_place(part.field, part.digest, value):
            # Signed so: it would read otherwise to who has the disclosure than to who has not.
            raise MalformedError(f"it says its {part.field}, and withholds it too")
        said[part.field] = value
    found = statement.from_plain(said)
    assert isinstance(found, type(made))
    if made.custody is None:
        return found
    before = made.custody.disclosed
    custody = attrs.evolve(made.custody, disclosed=(*before, *disclosures))
    return attrs.evolve(found, custody=custody)


def _value(told: bytes, field: str) -> Any:
    if not _FORM.fullmatch(told):
        raise MalformedError("not a disclosure")
    try:
        data = base64.urlsafe_b64decode(told + b"=" * (-len(told) % 4))
        if base64.urlsafe_b64encode(data).rstrip(b"=") != told:
            raise ValueError("base64 that is not in its one canonical form")
        salt, name, value = jsontext.loads(data)
    except (ValueError, TypeError) as error:
        raise MalformedError(f"not a disclosure: {error}") from None
    if not isinstance(salt, str) or not _SALT.fullmatch(salt) or name != field:
        raise MalformedError(f"not a disclosure of the field {field}")
    return value


def _in_place(field: str, digest: str, value: Any) -> Any:
    """What stands in the record where the field was: something of its form."""
    if field in ("question", "rationale", "statement"):
        return _TEXT
    if field == "votes":
        return _without_reasons(value)
    bare = {_TEXT: digest}
    return [{"value": bare}] if field == "considered" else bare


def _without_reasons(votes: Any) -> Any:
    """Who voted, and how, is no secret: whoever was outvoted has to be seen. Why, may be."""
    if not isinstance(votes, list) or not all(isinstance(each, dict) for each in votes):
        raise MalformedError("not a disclosure of votes")
    return [each | {"because": _TEXT} if "because" in each else each for each in votes]
