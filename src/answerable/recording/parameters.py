"""`Annotated[float, Choice("threshold")] = 0.02`: parameters whose value is a choice.

An argument that is given is recorded as passed; one that is left out as a default, which is a
decision nobody made.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args, get_type_hints

import attrs

from answerable.recording import callsite
from answerable.recording.decisions import set_parameter
from answerable.recording.details import checked_kind
from answerable.values import optional


@attrs.frozen
class Choice:
    """Marks a parameter as a choice of this kind; `question` says what is asked. Raises
    `InvalidValueError` for a kind that is none."""

    kind: str = attrs.field(converter=checked_kind)
    question: str | None = attrs.field(default=None)

    @question.validator
    def _is_text(self, _: object, question: str | None) -> None:
        optional(question, "the question")


@attrs.frozen
class Parameters:
    """A function's signature, and which of its parameters are choices."""

    function: Callable[..., Any]
    signature: inspect.Signature | None
    choices: Mapping[str, Choice]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Parameters:
        """Read the annotations; a function without choices costs nothing at a call. Warns of an
        annotation that seems to hold a choice and cannot be evaluated."""
        hints = _hints(function)
        choices = {name: mark for name, hint in hints.items() for mark in _marks(hint)}
        return cls(function, inspect.signature(function) if choices else None, choices)

    def record(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Record each choice of one call."""
        if self.signature is None:
            return
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError:
            return  # the call itself will say what is wrong with it
        passed = set(bound.arguments)
        bound.apply_defaults()
        for name, choice in self.choices.items():
            if name not in bound.arguments:
                continue  # the annotation of what is returned
            given = name in passed
            of = callsite.of_function(self.function)
            set_parameter(
                choice.kind,
                name,
                bound.arguments[name],
                question=choice.question,
                site=callsite.of_caller(self.function) if given else of,
                passed=given,
            )


def _marks(hint: Any) -> Iterator[Choice]:
    """The choice in an annotation, also in `Annotated[float, Choice(…)] | None`."""
    found = (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Choice))
    yield from found
    for inner in get_args(hint):
        yield from _marks(inner)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    target = inspect.unwrap(function)
    while isinstance(target, functools.partial):
        target = inspect.unwrap(target.func)
    if inspect.isclass(target):
        target = target.__init__
    elif not inspect.isroutine(target):
        target = type(target).__call__  # an object that is callable
    names = callsite.locals_of_caller()
    try:
        return get_type_hints(target, localns=names, include_extras=True)
    except (NameError, AttributeError, SyntaxError, TypeError):
        # Names that exist only for type checkers: then look at each parameter by itself.
        return _resolvable(target, names)


def _resolvable(function: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    """Those annotations that can be evaluated where the function is defined."""
    found: dict[str, Any] = {}
    around = getattr(function, "__globals__", {})
    for name, annotation in getattr(function, "__annotations__", {}).items():
        try:
            evaluated = isinstance(annotation, str)
            found[name] = eval(annotation, around, dict(names)) if evaluated else annotation  # noqa: S307  # the program's own annotation
        except Exception as error:  # noqa: BLE001  # whatever it is, it is no mark that we can read
            if "Choice(" in annotation:
                warnings.warn(
                    f"the choice in the annotation of {name} is not recorded: {error}",
                    stacklevel=callsite.stack_level(),
                )
    return found
