"""How a record's statement is spelled: the text that `jsontext` would write of the whole, field by field
from a plan that is made once for each class, in two thirds of the time.

Signing is what it is for. Views take what `statement.to_plain` gives; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import compress, repeat
from json.encoder import encode_basestring
from math import isfinite
from operator import attrgetter, is_not
from typing import Any, Final, get_args, get_origin, get_type_hints

import attrs

from answerable import jsontext
from answerable.canonical import value_digest
from answerable.model import Artifact, Considered, Emission, Record
from answerable.model.types import PREDICATE_TYPE, STATEMENT_TYPE, TYPES

_Spell = Callable[[Any], str]
_CHOSEN: Final = '"chosen":'
_NAMES: Final = {cls: name for name, cls in TYPES.items()}
_plans: dict[type[Any], _Plan] = {}
_second = datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00"


def spelled(
    record: Record, emission: Emission | None = None, recorded_at: datetime | None = None
) -> str:
    """The statement of the record, as it would be with another `emission` and `recorded_at` where they
    are given. Raises ValueError for what JSON has no word for."""
    plan = _plan(type(record))
    values = [*plan.values(record)]
    if emission is not None:
        values[plan.places["emission"]] = emission
    if recorded_at is not None:
        values[plan.places["recorded_at"]] = recorded_at
    # Most fields are as nobody set them, and are left out before any is looked at.
    are_set = map(is_not, values, plan.unset)
    predicate = ",".join(
        [
            key + spell(value)
            for (key, spell), value in compress(zip(plan.fields, values, strict=True), are_set)
            # `chosen` may be null, and a null choice is not an absent one.
            if (value is not None and (value or type(value) is not tuple)) or key == _CHOSEN
        ]
    )
    return (
        f'{{"_type":"{STATEMENT_TYPE}","predicate":{{{predicate}}},'
        f'"predicateType":"{PREDICATE_TYPE}","subject":{_subjects(record)}}}'
    )


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    global _second  # noqa: PLW0603  # times come in runs, of which all but the end is the same
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    start, text = _second
    since = moment - start
    if since.days or since.seconds:
        start = moment.replace(microsecond=0)
        text = start.isoformat()[:19]
        _second = start, text
        since = moment - start
    return f"{text}.{since.microseconds:06}Z"


@attrs.frozen
class _Plan:
    """One class: its fields in the order of their names, each with what stands before its value and how
    that is spelled; all values at once in that order, what each is that nobody set, and where each is."""

    fields: Sequence[tuple[str, _Spell]]
    values: Callable[[Any], tuple[Any, ...]]
    unset: Sequence[Any]
    places: dict[str, int]


def _plan(cls: type[Any]) -> _Plan:
    if cls not in _plans:
        hints = get_type_hints(cls)
        spells = {f.name: _spell(hints[f.name]) for f in attrs.fields(cls) if f.name != "custody"}
        read = {name: name for name in spells}
        if issubclass(cls, Record):
            # A field that no record has, and that is never left out: read as the id is.
            spells["type"], read["type"] = _constant(_NAMES[cls]), "id"
        names = sorted(spells)
        _plans[cls] = _Plan(
            fields=[(f'"{name}":', spells[name]) for name in names],
            # Every record, and every part of one, has two fields at least: this gives a tuple.
            values=attrgetter(*(read[name] for name in names)),
            unset=[_unset(name, hints.get(name)) for name in names],
            places={name: place for place, name in enumerate(names)},
        )
    return _plans[cls]


def _unset(name: str, hint: Any) -> Any:
    if name == "chosen":
        return _unset  # nothing that anybody chose
    return () if get_origin(hint) is tuple else None


def _spell(hint: Any) -> _Spell:
    inner = get_args(hint)
    if type(None) in inner:
        (present,) = (each for each in inner if each is not type(None))
        return _spell(present)
    if get_origin(hint) is tuple:
        item = _spell(inner[0])
        return lambda value: f"[{','.join([item(each) for each in value])}]"
    if hint is datetime:
        return lambda moment: f'"{timestamp(moment)}"'
    if hint is Considered:
        return _considered
    if attrs.has(hint):
        plan = _plan(hint)
        return lambda part: _part(part, plan)
    return _value


def _part(part: Any, plan: _Plan) -> str:
    values = plan.values(part)
    are_set = map(is_not, values, repeat(None))
    present = compress(zip(plan.fields, values, strict=True), are_set)
    return f"{{{','.join([key + spell(value) for (key, spell), value in present])}}}"


def _considered(option: Considered) -> str:
    # An option may be null, and is then still an option.
    because = f'"because":{_value(option.because)},' if option.because else ""
    return f'{{{because}"value":{_value(option.value)}}}'


def _value(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    if kind is bool:
        return "true" if value else "false"
    return jsontext.spelled(value)


def _constant(text: str) -> _Spell:
    said = _value(text)
    return lambda _: said


def _subjects(record: Record) -> str:
    """What the record produced; else the choice itself, or the record's own name."""
    made: tuple[Artifact, ...] = getattr(record, "produced", ())
    if produced := [_subject(a.ref, a.digest) for a in made if a.digest]:
        return f"[{','.join(produced)}]"
    bare = getattr(record, "chosen", record.id)
    return f"[{_subject(f'record:{record.id}', value_digest(bare))}]"


def _subject(name: str, digest: str) -> str:
    return f'{{"digest":{{"sha256":{_value(digest[7:])}}},"name":{_value(name)}}}'
