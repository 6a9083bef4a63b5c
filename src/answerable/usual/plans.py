"""Compiled types, one for each class of the model, made from its fields once.

What the writer leaves out where it is None or empty may be missing; all else must be there. So whatever is
missing or empty for another reason does not come out as it went in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import attrs
import msgspec

from answerable.jsontext import MAX_INTEGER
from answerable.model import Record, forms
from answerable.usual.texts import is_actor, is_digest, is_ref, is_utc, is_value

_WHOLE: Final = Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
_MOMENT: Final = Annotated[datetime, msgspec.Meta(tz=True)]
_NAME: Final = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
# What an artifact's own class asks of its fields.
_OF_ARTIFACTS: Final = {"Artifact.ref": is_ref, "Artifact.digest": is_digest}

Test = Callable[[Any], bool]


@attrs.frozen
class Field:
    """One field as it is compiled. `test` says whether a value is what it must be; None where the compiled
    type says all."""

    type: Any
    test: Test | None = None
    default: Any = msgspec.NODEFAULT


@attrs.frozen
class Plan:
    """One class of the model: the compiled type, and what is asked of that: whether every field is what the
    exact reader would take (None: nothing is asked)."""

    cls: type[Any]
    struct: type[msgspec.Struct]
    test: Test | None

    def made(self, struct: Any) -> Any:
        """The model's own object, of a struct that holds."""
        # Sets the fields as they are: what the class itself would ask of them is in `test`.
        return msgspec.convert(struct, self.cls, from_attributes=True)


@cache
def plan(cls: Any, tag: str | None = None) -> Plan:
    """That of a class; `tag` is what a record's type is called."""
    hints = get_type_hints(cls)
    names = sorted(field.name for field in attrs.fields(cls) if field.name != "custody")
    fields = {name: _field(cls, name, hints[name]) for name in names}
    tested = {name: field.test for name, field in fields.items() if field.test is not None}
    spelled = {name: (name, each.type, each.default) for name, each in fields.items()}
    if tag is not None:
        spelled["type"] = ("type", Literal[tag], msgspec.NODEFAULT)
    struct = msgspec.defstruct(
        cls.__name__,
        [spelled[name] for name in sorted(spelled)],
        kw_only=True,
        omit_defaults=True,
        gc=False,
    )
    return Plan(cls, struct, _test_of(tested))


def _test_of(fields: dict[str, Test]) -> Test | None:
    """The test of a struct of which some fields have one. What is missing, empty or nought needs none: there
    is no empty name."""
    if not fields:
        return None
    # Of one name alone, `attrgetter` gives no tuple.
    get, tests = attrgetter(*fields), tuple(fields.values())
    if len(tests) == 1:
        (only,) = tests
        return lambda struct: not (value := get(struct)) or only(value)

    def test(struct: Any) -> bool:
        for holds, value in zip(tests, get(struct), strict=True):
            if value and not holds(value):
                return False
        return True

    return test


def _field(cls: type[Any], name: str, hint: Any) -> Field:
    inner = get_args(hint)
    if type(None) in inner:
        (present,) = (each for each in inner if each is not type(None))
        one = _field(cls, name, present)
        return attrs.evolve(one, type=one.type | None, default=None)
    if get_origin(hint) is tuple:
        return _several(_field(cls, name, inner[0]), of_record=issubclass(cls, Record))
    return _one(cls.__name__, name, hint)


def _several(one: Field, *, of_record: bool) -> Field:
    test = one.test
    return Field(
        # A type that is known only here.
        tuple[one.type, ...],  # type: ignore[name-defined]
        test and (lambda values: all(map(test, values))),
        # The writer leaves out what is empty of a record, but not of a part of one.
        () if of_record else msgspec.NODEFAULT,
    )


def _one(cls: str, name: str, hint: Any) -> Field:
    if hint is Any:
        # A choice of nothing is one; of a state before, there was none.
        return Field(Any, is_value, None if name == "previous" else msgspec.NODEFAULT)
    if hint is datetime:
        return Field(_MOMENT, is_utc)
    if hint is int:
        return Field(_WHOLE)
    if attrs.has(hint):
        part = plan(hint)
        return Field(part.struct, part.test)
    if forms.has(forms.ACTORS, cls, name):
        return Field(_NAME, is_actor)
    test = is_digest if forms.has(forms.DIGESTS, cls, name) else _OF_ARTIFACTS.get(f"{cls}.{name}")
    return Field(hint if test is None else _NAME, test)
