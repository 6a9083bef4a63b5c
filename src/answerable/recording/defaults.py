"""The parameters that an object has in effect: those that somebody set, and those that nobody did.

A scikit-learn estimator, and whatever else has `get_params()` and names its defaults in its
signature; or any object with a method `answerable_defaults()` that gives a mapping of each
parameter's name to (its value, its default).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Protocol, Unpack, runtime_checkable

import attrs

from answerable.errors import InvalidValueError
from answerable.model import Decision
from answerable.recording import callsite, inputs
from answerable.recording.decisions import OpenDecision
from answerable.recording.details import Details, Given
from answerable.values import is_secret

_NONE: Any = inspect.Parameter.empty


@runtime_checkable
class HasDefaults(Protocol):
    """Says itself which parameters it has: name to (value, default)."""

    def answerable_defaults(self) -> Mapping[str, tuple[Any, Any]]: ...


@attrs.frozen
class Effective:
    """An object's parameters in effect, as they are recorded."""

    explicit: Mapping[str, Any]
    defaulted: Mapping[str, Any]


def defaults_of(thing: Any, kind: str = "hyperparameter", **details: Unpack[Details]) -> Effective:
    """Record the parameters that `thing` has in effect: what somebody set, as *passed*, and what
    was left at its default, as a *default* that nobody chose; each in one record.

    A parameter that was set to the value of its default cannot be told from one that was left
    out. Parameters of parts (`model__C`) are among them. Raises `InvalidValueError` for an object
    that does not say its parameters, and else as `choose` does.
    """
    found = _parameters(thing)
    explicit = {name: _told(name, v) for name, (v, d) in found.items() if not _same(v, d)}
    defaulted = {name: _told(name, v) for name, (v, d) in found.items() if _same(v, d)}
    name, site = type(thing).__qualname__, callsite.of_caller()
    for capture, told, question in (
        ("passed", explicit, f"Which parameters of {name} do we set?"),
        ("default", defaulted, f"Which parameters of {name} do we leave as they are?"),
    ):
        if told:
            # The union of a typed dict with another is a plain one.
            given = Given.of(kind, question, details | {"capture": capture})  # type: ignore[arg-type]
            made = OpenDecision(given, site)
            if capture == "default":
                made.nobody_decided()
            with made:
                made.choose(told)
            assert isinstance(made.record, Decision)
    return Effective(explicit, defaulted)


def _parameters(thing: Any) -> dict[str, tuple[Any, Any]]:
    if isinstance(thing, HasDefaults):
        return dict(thing.answerable_defaults())
    if not callable(getattr(thing, "get_params", None)) or isinstance(thing, type):
        raise InvalidValueError(
            f"a {type(thing).__name__} does not say its parameters",
            hint="it needs get_params(), or answerable_defaults()",
        )
    params = dict(thing.get_params())
    found = {}
    for name, value in params.items():
        if hasattr(value, "get_params"):
            continue  # a part, whose own parameters are told
        part, _, own = name.rpartition("__")
        of = params.get(part) if part else thing
        default = _default(of, own)
        if isinstance(value, list | tuple) and any(_holds_parts(each) for each in value):
            continue  # the parts themselves, as a pipeline lists them
        found[name] = (value, default)
    return found


def _holds_parts(value: Any) -> bool:
    return isinstance(value, tuple) and any(hasattr(each, "get_params") for each in value)


def _default(of: Any, name: str) -> Any:
    try:
        parameter = inspect.signature(type(of).__init__).parameters.get(name)
    except (TypeError, ValueError):
        return _NONE
    return _NONE if parameter is None else parameter.default


def _same(value: Any, default: Any) -> bool:
    if default is _NONE:
        return False
    if value is default:
        return True
    try:
        return type(value) is type(default) and bool(value == default)
    except Exception:  # noqa: BLE001  # an array compared with an array, for one
        return False


def _told(name: str, value: Any) -> Any:
    return (
        {"withheld": "named like a secret"} if is_secret(name, value) else inputs.described(value)
    )
