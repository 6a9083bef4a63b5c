"""Statements in the usual spelling."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final, Literal

import attrs
import msgspec

from answerable import jsontext
from answerable.canonical import canonical
from answerable.model.types import PREDICATE_TYPE, STATEMENT_TYPE, TYPES
from answerable.usual.envelopes import UNUSUAL
from answerable.usual.plans import Plan, plan

_TYPE: Final = b'"type":"'
_ENCODER: Final = msgspec.json.Encoder()
# A time at a full second: as the writer spells it, and as compiled code does.
_FULL: Final = b'.000000Z"', b'Z"'

Told = tuple[Any, Plan]


class _Digest(msgspec.Struct, gc=False):
    sha256: str


class _Subject(msgspec.Struct, gc=False):
    digest: _Digest
    name: str


_Subjects = tuple[_Subject, ...]


@attrs.frozen
class _Reader:
    """What reads statements of one type. `is_about` says whether the subjects are what the predicate says."""

    plan: Plan
    decoder: msgspec.json.Decoder[Any]
    is_about: Callable[[_Subjects, Any], bool]


class _Readers(dict[bytes, _Reader | None]):
    """Each is compiled when a statement of its type is met first."""

    def __missing__(self, name: bytes) -> _Reader | None:
        found = _NAMES.get(name)
        if found is not None:
            self[name] = _reader(found)
            return self[name]
        return None


def told(payload: bytes) -> Told | None:
    """The predicate, if the statement is one in the usual spelling: a compiled struct, whose fields are those
    of the model's class and `type`. And the plan of that class."""
    if len(payload) > jsontext.MAX_BYTES:
        return None
    # In the usual spelling nothing after it is called so. Elsewhere it misleads, and nothing comes of it.
    start = payload.rfind(_TYPE) + len(_TYPE)
    reader = _READERS[payload[start : payload.find(b'"', start)]]
    if reader is None:
        return None
    try:
        statement = reader.decoder.decode(payload)
        written = bytearray(len(payload))
        _ENCODER.encode_into(statement, written)
    except UNUSUAL:
        return None
    # Nothing but a time is spelled in two ways.
    if written != payload and written != payload.replace(*_FULL):
        return None
    predicate, test = statement.predicate, reader.plan.test
    if (test is None or test(predicate)) and reader.is_about(statement.subject, predicate):
        return predicate, reader.plan
    return None


def _reader(name: str) -> _Reader:
    cls: Any = TYPES[name]
    made = plan(cls, name)
    statement = msgspec.defstruct(
        "Statement",
        [
            ("kind", Literal[STATEMENT_TYPE], msgspec.field(name="_type")),
            ("predicate", made.struct),
            ("predicateType", Literal[PREDICATE_TYPE]),
            ("subject", _Subjects),
        ],
        gc=False,
    )
    produces = "produced" in attrs.fields_dict(cls)
    about = _is_what_it_made if produces else _is_itself
    return _Reader(made, msgspec.json.Decoder(statement), about)


_NAMES: Final = {name.encode(): name for name in TYPES}
_READERS: Final = _Readers()


def _is_what_it_made(subjects: _Subjects, predicate: Any) -> bool:
    """What it produced, else the choice itself, as `answerable.statement` has it."""
    made = [a for a in predicate.produced if a.digest] if predicate.produced else ()
    if not made:
        return _is_itself(subjects, predicate)
    said = [(each.name, each.digest.sha256) for each in subjects]
    return said == [(each.ref, each.digest[7:]) for each in made]


def _is_itself(subjects: _Subjects, predicate: Any) -> bool:
    if len(subjects) != 1 or subjects[0].name != f"record:{predicate.id}":
        return False
    bare = getattr(predicate, "chosen", predicate.id)
    return sha256(canonical(bare)).hexdigest() == subjects[0].digest.sha256
