"""Records as in-toto Statements, and back.

Format: in-toto Statement v1 (https://in-toto.io/Statement/v1). The predicate is the record;
its fields are in docs/predicate.md. Parsing is monotonic: unknown fields are ignored, an absent
one means unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import attrs

from answerable import jsontext, late
from answerable.canonical import value_digest
from answerable.errors import AnswerableError, InvalidValueError, MalformedError
from answerable.model import Considered, Emission, Record, forms, parse_actor, parse_digest
from answerable.model.types import PREDICATE_TYPE, STATEMENT_TYPE, TYPES
from answerable.spelling import spelled
from answerable.spelling import timestamp as timestamp  # noqa: PLC0414  # one of this module too

_T = TypeVar("_T")
_Decode = Callable[[Any], Any]
_Encode = Callable[[Any], Any]
_KNOWN: dict[type[Any], dict[str, _Decode]] = {}
_WRITTEN: dict[type[Any], dict[str, _Encode | None]] = {}
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)
_NAMES = {cls: name for name, cls in TYPES.items()}


def record_type(record: Record) -> str:
    """The record's type as contract and predicate name it: `decision`, `step`, …"""
    return _NAMES[type(record)]


def to_bytes(
    record: Record, emission: Emission | None = None, recorded_at: datetime | None = None
) -> bytes:
    """The statement's exact bytes, which are what is signed; of the record as it would be with
    another `emission` and `recorded_at`, where they are given."""
    return spelled(record, emission, recorded_at).encode()


def from_bytes(payload: bytes) -> Record:
    """Parse a statement; raises `MalformedError` if it is not one of ours."""
    return _in_usual_spelling()(payload) or exactly_from_bytes(payload)


def exactly_from_bytes(payload: bytes) -> Record:
    """The same in whichever spelling, and the rule that decides: slower, and says what is wrong."""
    statement = jsontext.loads(payload)
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT_TYPE:
        raise MalformedError("not an in-toto Statement v1")
    if statement.get("predicateType") != PREDICATE_TYPE:
        raise MalformedError(f"a predicate of another type: {statement.get('predicateType')!r:.80}")
    record = from_plain(statement.get("predicate"))
    if statement.get("subject") != _subjects(record):
        raise MalformedError("the statement's subject is not what its predicate says")
    return record


@cache
def _in_usual_spelling() -> Callable[[bytes], Record | None]:
    with late.importing:
        from answerable import usual
    return usual.record


def to_plain(record: Record) -> dict[str, Any]:
    """The predicate as JSON types; unset fields are left out. What `answerable.spelling` is held to."""
    plain: dict[str, Any] = {"type": record_type(record)}
    for name, encode in _encoders(type(record)).items():
        value = getattr(record, name)
        # `chosen` may be null, and a null choice is not an absent one.
        if (value is not None and value != ()) or name == "chosen":
            plain[name] = value if encode is None else encode(value)
    return plain


def from_plain(plain: object) -> Record:
    """The record a predicate says; raises `MalformedError`."""
    if not isinstance(plain, dict) or not isinstance(plain.get("type"), str):
        raise MalformedError("a predicate without a type")
    cls = TYPES.get(plain["type"])
    if cls is None:
        raise MalformedError(f"a record of unknown type {plain['type']!r:.40}")
    try:
        return _decode(cls, plain)
    except (TypeError, ValueError, AnswerableError) as error:
        raise MalformedError(f"a {plain['type']} with a field that is wrong: {error}") from None


def parse_time(text: str) -> datetime:
    """An RFC 3339 time (UTC where it names no offset), or a date: its first moment.

    Raises ValueError.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(f"not a date or time of RFC 3339: {text!r:.40}")
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"a time outside the calendar: {text!r}") from error


def parse_day(value: str | date | None, what: str) -> str | None:
    """A date or time as RFC 3339 text; raises `InvalidValueError`."""
    if value is None:
        return None
    text = value.isoformat() if isinstance(value, date) else value
    try:
        parse_time(text)
    except (ValueError, TypeError):
        raise InvalidValueError(
            f"{what} is not a date: {value!r:.40}", hint="write 2027-01-31"
        ) from None
    return text


def _subjects(record: Record) -> list[dict[str, Any]]:
    """What the record produced; else the choice itself, or the record's own name."""
    produced = [
        {"name": a.ref, "digest": {"sha256": a.digest[7:]}}
        for a in getattr(record, "produced", ())
        if a.digest
    ]
    if produced:
        return produced
    bare = getattr(record, "chosen", record.id)
    return [{"name": f"record:{record.id}", "digest": {"sha256": value_digest(bare)[7:]}}]


def _encoders(cls: type[Any]) -> dict[str, _Encode | None]:
    """How each field of a class is written; None: as it is."""
    if cls not in _WRITTEN:
        hints = get_type_hints(cls)
        names = [f.name for f in attrs.fields(cls) if f.name != "custody"]
        _WRITTEN[cls] = {name: _encoder(hints[name]) for name in names}
    return _WRITTEN[cls]


def _encoder(hint: Any) -> _Encode | None:
    inner = get_args(hint)
    if type(None) in inner:
        (present,) = (each for each in inner if each is not type(None))
        return _encoder(present)
    if get_origin(hint) is tuple:
        item = _encoder(inner[0])
        return list if item is None else lambda value: [item(each) for each in value]
    if hint is datetime:
        return timestamp
    if hint is Considered:
        return _considered
    if attrs.has(hint):
        encoders = _encoders(hint)
        return lambda part: _part(part, encoders)
    return None


def _considered(option: Considered) -> dict[str, Any]:
    # An option may be null, and is then still an option.
    return {"value": option.value} | ({"because": option.because} if option.because else {})


def _part(part: Any, encoders: dict[str, _Encode | None]) -> dict[str, Any]:
    told = ((name, encode, getattr(part, name)) for name, encode in encoders.items())
    return {
        n: value if encode is None else encode(value)
        for n, encode, value in told
        if value is not None
    }


def _decode(cls: type[_T], plain: Any) -> _T:
    """A record or a part of one. Unknown fields are passed over, unknown words are not."""
    if not isinstance(plain, dict):
        raise TypeError(f"an object was expected for {cls.__name__.lower()}")
    decoders = _decoders(cls)
    return cls(**{n: decode(plain[n]) for n, decode in decoders.items() if n in plain})


def _decoders(cls: type[Any]) -> dict[str, _Decode]:
    """How each field is read: by the form its name stands for, else by its type."""
    if cls not in _KNOWN:
        hints = get_type_hints(cls)
        names = [f.name for f in attrs.fields(cls) if f.name != "custody"]
        _KNOWN[cls] = {name: _decoder(f"{cls.__name__}.{name}", hints[name]) for name in names}
    return _KNOWN[cls]


def _decoder(field: str, hint: Any) -> _Decode:
    inner = get_args(hint)
    if type(None) in inner:
        (present,) = (each for each in inner if each is not type(None))
        decode = _decoder(field, present)
        return lambda value: None if value is None else decode(value)
    if get_origin(hint) is tuple:
        item = _decoder(field, inner[0])
        return lambda value: tuple(item(each) for each in _list(value))
    cls, _, name = field.partition(".")
    if forms.has(forms.ACTORS, cls, name):
        return parse_actor
    if forms.has(forms.DIGESTS, cls, name):
        return parse_digest
    if get_origin(hint) is Literal:
        return lambda value: _word(value, inner)
    if attrs.has(hint):
        return lambda value: _decode(hint, value)
    return _PLAIN[hint]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text was expected")
    return value


def _word(value: Any, words: tuple[str, ...]) -> str:
    if _string(value) not in words:
        raise ValueError(f"{value!r:.40} is none of {', '.join(words)}")
    return str(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("a whole number was expected")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false was expected")
    return value


_PLAIN: dict[Any, _Decode] = {
    Any: lambda value: value,
    str: _string,
    int: _whole,
    bool: _flag,
    datetime: lambda value: parse_time(_string(value)),
}
