"""`@decision`: a function whose return value is the choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, Unpack, cast

from answerable.errors import IncompleteDecisionError
from answerable.recording import callsite, inputs, scope
from answerable.recording.decisions import OpenDecision
from answerable.recording.details import Details, Given
from answerable.recording.parameters import Parameters
from answerable.recording.wrapping import wrap

_P = ParamSpec("_P")
_T = TypeVar("_T")


def decision(
    kind: str, question: str | None = None, **details: Unpack[Details]
) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Record what the function returns as the choice; `current()` inside enriches it.

    The value passes through untouched, an exception too (the record then says abandoned). If
    the function called `current().choose(…)` itself, that is the choice. Frames and arrays are
    recorded by shape and digest, other objects by the name of their class. Raises as `decide`,
    at once; only files named as evidence are looked for when the function is called.
    """
    given = Given.of(kind, question, details)

    def decorate(function: Callable[_P, _T]) -> Callable[_P, _T]:
        def opened(site: callsite.Site) -> OpenDecision:
            return OpenDecision(given, site)

        return wrap(function, opened, Parameters.of, _returned)

    return decorate


def current() -> OpenDecision:
    """The innermost decision or step that is open here, to add to it.

    A step takes `used` and `produced` only. Raises `IncompleteDecisionError` if none is open,
    or if a step is asked for what only a decision has.
    """
    innermost = scope.here().innermost
    if innermost is None:
        raise IncompleteDecisionError(
            "no decision or step is open here",
            hint="call current() inside a decorated function or a with block",
        )
    return cast(OpenDecision, innermost)


def _returned(made: OpenDecision, value: Any) -> None:
    if not made.is_made:
        made.choose(inputs.described(value))
