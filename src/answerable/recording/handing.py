"""What is open and what is configured here, handed on to other processes and threads.

Ids travel as W3C Baggage: `answerable.step`, `answerable.decision`, and `answerable.ledger`, a mark
of the ledger in which they are. Whoever sets a process's environment can place its records under
another step or decision, and nothing else; where they stand is shown as what they say themselves.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar

from answerable import configuration, late
from answerable.configuration import Settings
from answerable.errors import UsageError
from answerable.location import name_for, stable
from answerable.recording import process, scope, surroundings

_P = ParamSpec("_P")
_T = TypeVar("_T")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a process that is begun here, a copy: what it records goes where this
    one records, under the step and the decision that are open here, and its spans into their trace.

        subprocess.run([...], env=answerable.environment(), check=True)

    `environ` is what the rest is copied from, by default this process's own.
    """
    with late.importing:
        from answerable.otel import carrier

    told = os.environ if environ is None else environ
    if process.is_disabled():
        return carrier.inject(told)
    settings = process.custodian().settings
    here = _here(settings)
    return carrier.inject(told, _baggage(here, settings)) | configuration.as_environment(settings)


def carried(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """`function`, as if it were called here, for a thread or a pool of either kind to call: with
    what is configured here, and under the step and the decision that are open here.

        pool.map(answerable.carried(score), batches)

    It can be pickled if `function` can. Functions and coroutine functions can be carried; raises
    `UsageError` for a generator, which runs only once it is read.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise UsageError(
            "a generator cannot be carried", hint="carry the function that reads it to its end"
        )
    return function if process.is_disabled() else Carried(function)


def begun_in(settings: Settings) -> scope.Scope:
    """What was open, in the same ledger, where this process was begun."""
    if "answerable." not in (surroundings.told("BAGGAGE") or ""):
        return scope.NOTHING
    with late.importing:
        from answerable.otel import carrier

    told = carrier.own()
    if told.get("ledger") != _mark(settings):
        return scope.NOTHING
    return scope.Scope(_elsewhere(told.get("step")), _elsewhere(told.get("decision")))


class Carried(Generic[_P, _T]):
    """A function, and where it was carried from."""

    def __init__(self, function: Callable[_P, _T]) -> None:
        with late.importing:
            from answerable.otel import carrier

        self._function = function
        self._settings = process.custodian().settings
        here = _here(self._settings)
        self._trace = carrier.inject({})
        self._step = here.step.id if here.step else None
        self._decision = here.decision.id if here.decision else None
        self._open: tuple[int, scope.Scope] | None = os.getpid(), here
        functools.update_wrapper(self, function)

    def __getstate__(self) -> dict[str, Any]:
        # What is open stays in its process; in another, ids stand for it.
        return self.__dict__ | {"_open": None}

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        if inspect.iscoroutinefunction(self._function):
            # What a coroutine function returns is to be awaited, which its type does not tell.
            return self._awaited(*args, **kwargs)  # type: ignore[return-value]
        with _In(self):
            return self._function(*args, **kwargs)

    async def _awaited(self, *args: _P.args, **kwargs: _P.kwargs) -> Any:
        with _In(self):
            # Only where it is one of these.
            return await self._function(*args, **kwargs)  # type: ignore[misc]

    def scope(self) -> scope.Scope:
        """What was open there."""
        if self._open is not None and self._open[0] == os.getpid():
            return self._open[1]
        return scope.Scope(_elsewhere(self._step), _elsewhere(self._decision))


class _In:
    """Where a function was carried from, for a block."""

    def __init__(self, carried: Carried[Any, Any]) -> None:
        self._carried = carried

    def __enter__(self) -> None:
        with late.importing:
            from opentelemetry.context import attach

            from answerable.otel import carrier

        self._settings = configuration.in_force.context.set(self._carried._settings)
        self._scope = scope.enter(self._carried.scope())
        self._trace = attach(carrier.carried(self._carried._trace))

    def __exit__(self, *error: object) -> None:
        with late.importing:
            from opentelemetry.context import detach

        detach(self._trace)
        scope.leave(self._scope)
        configuration.in_force.context.reset(self._settings)


def _elsewhere(id: str | None) -> scope.Elsewhere | None:
    return scope.Elsewhere(id) if id and _ID.fullmatch(id) else None


def _here(settings: Settings) -> scope.Scope:
    here = scope.here()
    return begun_in(settings) if here == scope.NOTHING else here


def _baggage(here: scope.Scope, settings: Settings) -> dict[str, str]:
    ids = {"step": here.step, "decision": here.decision}
    told = {name: found.id for name, found in ids.items() if found is not None}
    return told | {"ledger": _mark(settings)} if told else {}


def _mark(settings: Settings) -> str:
    return name_for(stable(settings.ledger))[:16]
