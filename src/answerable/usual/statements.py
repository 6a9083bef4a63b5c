"""Statements in the usual spelling."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, Literal

import attrs
import msgspec

from answerable import jsontext
from answerable.canonical import value_digest
from answerable.model.types import PREDICATE_TYPE, STATEMENT_TYPE, TYPES
from answerable.usual.envelopes import UNUSUAL, again
from answerable.usual.plans import Plan, plan

_TYPE: Final = b'"type":"'
_ENCODER: Final = msgspec.json.Encoder()


class _Digest(msgspec.Struct, gc=False):
    sha256: str


class _Subject(msgspec.Struct, gc=False):
    digest: _Digest
    name: str


@attrs.frozen
class Told:
    """What a statement says: the predicate as a compiled struct, whose fields are those of the model's
    class, and the plan by which it was read. Times are text in it, as they are spelled."""

    predicate: Any
    plan: Plan


def told(payload: bytes) -> Told | None:
    """What the statement says, if it is one in the usual spelling."""
    if len(payload) > jsontext.MAX_BYTES:
        return None
    # In the usual spelling nothing after it is called so. Elsewhere it misleads, and nothing comes of it.
    start = payload.rfind(_TYPE) + len(_TYPE)
    readers = _readers(bytes(payload[start : payload.find(b'"', start)]))
    if readers is None:
        return None
    plan, decoder = readers
    try:
        statement = decoder.decode(payload)
        if not again(_ENCODER, statement, payload):
            return None
    except UNUSUAL:
        return None
    predicate = statement.predicate
    if not plan.holds(predicate) or not _is_about(statement.subject, predicate):
        return None
    return Told(predicate, plan)


def _readers(name: bytes) -> tuple[Plan, msgspec.json.Decoder[Any]] | None:
    return _made(name) if len(name) <= _LONGEST and name in _NAMES else None


@cache
def _made(name: bytes) -> tuple[Plan, msgspec.json.Decoder[Any]]:
    tag = name.decode()
    cls: Any = TYPES[tag]
    made = plan(cls, tag)
    statement = msgspec.defstruct(
        "Statement",
        [
            ("kind", Literal[STATEMENT_TYPE], msgspec.field(name="_type")),
            ("predicate", made.struct),
            ("predicateType", Literal[PREDICATE_TYPE]),
            ("subject", tuple[_Subject, ...]),
        ],
        gc=False,
    )
    return made, msgspec.json.Decoder(statement)


_NAMES: Final = frozenset(name.encode() for name in TYPES)
_LONGEST: Final = max(map(len, _NAMES))


def _is_about(subjects: tuple[_Subject, ...], predicate: Any) -> bool:
    """True if the subjects are what the predicate says, as `answerable.statement` does."""
    made = [a for a in getattr(predicate, "produced", ()) if a.digest]
    if made:
        said = [(each.name, each.digest.sha256) for each in subjects]
        return said == [(each.ref, each.digest[7:]) for each in made]
    if len(subjects) != 1 or subjects[0].name != f"record:{predicate.id}":
        return False
    bare = getattr(predicate, "chosen", predicate.id)
    return value_digest(bare)[7:] == subjects[0].digest.sha256
