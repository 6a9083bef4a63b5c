"""Records of every type, with any of their fields, made from the types of those fields."""

from __future__ import annotations

import string
import types
import typing
from datetime import UTC, datetime
from typing import Any, Literal

import attrs
from hypothesis import strategies as st

from answerable.model import Record
from answerable.model.types import TYPES

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30)
NAME = st.text(string.ascii_letters + string.digits + "._/-é漢", min_size=1, max_size=20)
DIGESTS = st.binary(min_size=32, max_size=32).map(lambda b: f"sha256:{b.hex()}")
REFS = st.builds(
    lambda kind, name, version: f"{kind}:{name}" + (f"@{version}" if version else ""),
    st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True),
    NAME,
    st.none() | NAME,
)
ACTORS = st.builds(
    lambda kind, name: f"{kind}:{name}",
    st.sampled_from(["person", "role", "team", "committee", "org", "service", "agent"]),
    st.lists(NAME, min_size=1, max_size=3).map(" ".join),
)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
# A float below 1e16 in size: JSON's 1e16 and the integer read alike in some parsers.
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)

# Fields whose text has a form that reading it back insists on.
FORMS: dict[str, st.SearchStrategy[Any]] = {
    "ref": REFS,
    "accountable": ACTORS,
    "principal": ACTORS,
    "holder": ACTORS,
    "owner": ACTORS,
    "drafted_by": ACTORS,
    "consulted": ACTORS,
    "informed": ACTORS,
    "addressees": ACTORS,
    "Ballot.actor": ACTORS,
    "Actor.id": ACTORS,
    "digest": DIGESTS,
    "chosen": JSON,
    "previous": JSON.filter(lambda value: value is not None),
    "value": JSON,
}


def records() -> st.SearchStrategy[Record]:
    """A record of any type."""
    return st.one_of([record_of(cls) for cls in TYPES.values()])


def record_of(cls: type[Any]) -> st.SearchStrategy[Any]:
    """A record, or a part of one, with every field set or, where it may be, unset."""
    made = _fields(cls, whole=False)
    fields = {f.name: f for f in attrs.fields(cls)}
    required = {n: s for n, s in made.items() if fields[n].default is attrs.NOTHING}
    optional = {n: s for n, s in made.items() if n not in required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: cls(**given))


def whole(cls: type[Any]) -> st.SearchStrategy[Any]:
    """A record, or a part of one, with every field set to something."""
    return st.fixed_dictionaries(_fields(cls, whole=True)).map(lambda given: cls(**given))


def _fields(cls: type[Any], *, whole: bool) -> dict[str, st.SearchStrategy[Any]]:
    hints = typing.get_type_hints(cls, include_extras=True)
    names = [f.name for f in attrs.fields(cls) if f.name != "custody"]
    return {name: _field(f"{cls.__name__}.{name}", hints[name], whole) for name in names}


def _field(field: str, hint: Any, entire: bool) -> st.SearchStrategy[Any]:
    form = FORMS.get(field, FORMS.get(field.partition(".")[2]))
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        present = st.one_of(
            [_field(field, each, entire) for each in inner if each is not type(None)]
        )
        return present if entire else st.none() | present
    if origin is tuple:
        items = st.lists(_field(field, inner[0], entire), min_size=int(entire), max_size=3)
        return items.map(tuple)
    if form is not None:
        return form
    if origin is Literal:
        return st.sampled_from(inner)
    if attrs.has(hint):
        return whole(hint) if entire else record_of(hint)
    return {
        str: TEXT,
        int: st.integers(0, 2**53 - 1),
        bool: st.booleans(),
        datetime: TIMES,
    }[hint]
