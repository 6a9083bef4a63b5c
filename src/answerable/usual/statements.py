"""Statements in the usual spelling."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import attrs
import msgspec

from answerable import jsontext
from answerable.canonical import canonical
from answerable.model.types import PREDICATE_TYPE, STATEMENT_TYPE, TYPES
from answerable.usual.envelopes import UNUSUAL
from answerable.usual.plans import Plan, plan

_TYPE: Final = b'"type":"'
# What is spelled before and after a predicate; the subjects follow.
_HEAD: Final = b'{"_type":"%b","predicate":' % STATEMENT_TYPE.encode()
_TAIL: Final = b',"predicateType":"%b","subject":[' % PREDICATE_TYPE.encode()
_ENCODER: Final = msgspec.json.Encoder()
# A time at a full second: as the writer spells it, and as compiled code does.
_FULL: Final = b'.000000Z"', b'Z"'
_SUBJECT: Final = b'{"digest":{"sha256":"%b"},"name":%b}'
_END: Final = b"]}"
_ALONE: Final = _TAIL + _SUBJECT + _END

Told = tuple[Any, Plan]


@attrs.frozen
class _Reader:
    """What reads predicates of one type. `rest` spells what stands after one: what its statement is about."""

    plan: Plan
    decoder: msgspec.json.Decoder[Any]
    rest: Callable[[Any], bytes]


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
    if len(payload) > jsontext.MAX_BYTES or not payload.startswith(_HEAD):
        return None
    # In the usual spelling nothing after it is called so. Elsewhere it misleads, and nothing comes of it.
    end = payload.rfind(_TAIL)
    start = payload.rfind(_TYPE, 0, end) + len(_TYPE)
    reader = _READERS[payload[start : payload.find(b'"', start)]]
    if reader is None:
        return None
    spelled = payload[len(_HEAD) : end]
    try:
        predicate = reader.decoder.decode(spelled)
        written = _ENCODER.encode(predicate)
    except UNUSUAL:
        return None
    # Nothing but a time is spelled in two ways.
    if written != spelled and written != spelled.replace(*_FULL):
        return None
    test = reader.plan.test
    if (test is None or test(predicate)) and payload[end:] == reader.rest(predicate):
        return predicate, reader.plan
    return None


def _reader(name: str) -> _Reader:
    cls: Any = TYPES[name]
    made = plan(cls, name)
    produces = "produced" in attrs.fields_dict(cls)
    rest = _what_it_made if produces else _itself
    return _Reader(made, msgspec.json.Decoder(made.struct), rest)


_NAMES: Final = {name.encode(): name for name in TYPES}
_READERS: Final = _Readers()


def _what_it_made(predicate: Any) -> bytes:
    """What it produced, else the choice itself, as `answerable.statement` has it."""
    made = [a for a in predicate.produced if a.digest] if predicate.produced else ()
    if not made:
        return _itself(predicate)
    subjects = [_SUBJECT % (each.digest[7:].encode(), _ENCODER.encode(each.ref)) for each in made]
    return _TAIL + b",".join(subjects) + _END


def _itself(predicate: Any) -> bytes:
    bare = canonical(getattr(predicate, "chosen", predicate.id))
    return _ALONE % (sha256(bare).hexdigest().encode(), _ENCODER.encode("record:" + predicate.id))
