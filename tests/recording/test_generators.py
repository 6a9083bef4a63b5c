"""Decorated generators behave as generators, and keep to themselves what they have open."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import AsyncGenerator, Generator, Iterator
from typing import Any

import pytest

import answerable as ans
from tests.recording.kept import Kept

var: contextvars.ContextVar[str] = contextvars.ContextVar("var", default="unset")


@ans.step("echo")
def echo() -> Generator[Any, Any, str]:
    """Gives back what is sent and what is thrown, until it is sent "stop"."""
    told: Any = "ready"
    while told != "stop":
        try:
            told = yield told
        except LookupError as error:
            told = f"caught {error}"
    return "done"


@ans.step("echo")
async def async_echo() -> AsyncGenerator[Any, Any]:
    told: Any = "ready"
    while told != "stop":
        try:
            told = yield told
        except LookupError as error:
            told = f"caught {error}"


def test_values_and_exceptions_are_handed_in_and_the_result_out(kept: Kept) -> None:
    steps = echo()

    assert next(steps) == "ready"
    assert steps.send(1) == 1
    assert steps.throw(LookupError("it")) == "caught it"
    assert steps.send(2) == 2
    with pytest.raises(StopIteration) as end:
        steps.send("stop")
    assert end.value.value == "done"
    assert kept.step().abandoned is None


def test_an_exception_that_it_does_not_catch_ends_it(kept: Kept) -> None:
    steps = echo()
    next(steps)
    error = RuntimeError("the caller's own")

    with pytest.raises(RuntimeError) as raised:
        steps.throw(error)

    assert raised.value is error
    assert kept.step().abandoned == "RuntimeError"


def test_between_two_values_the_caller_is_not_inside(kept: Kept) -> None:
    steps = echo()
    next(steps)

    with pytest.raises(ans.IncompleteDecisionError, match="no decision or step is open"):
        ans.current()
    ans.choose("threshold", 1)

    steps.close()
    assert kept.decision().step is None


def test_what_the_body_sets_in_its_context_is_set_as_by_a_bare_generator(kept: Kept) -> None:
    def count() -> Iterator[str]:
        var.set("inside")
        yield var.get()
        yield var.get()

    def seen(make: Any) -> list[tuple[str, str]]:
        return contextvars.copy_context().run(lambda: [(v, var.get()) for v in make()])

    assert seen(ans.step("count")(count)) == seen(count)


def test_one_that_is_closed_early_is_kept_as_abandoned(kept: Kept) -> None:
    steps = echo()
    next(steps)
    steps.close()

    assert kept.step().abandoned == "GeneratorExit"


def test_one_that_is_forgotten_is_kept_as_abandoned(kept: Kept) -> None:
    steps = echo()
    next(steps)
    del steps
    gc.collect()

    assert kept.step().abandoned == "GeneratorExit"


def test_an_async_one_takes_and_gives_as_ever(kept: Kept) -> None:
    async def drive() -> list[Any]:
        steps = async_echo()
        told = [await anext(steps), await steps.asend(1), await steps.athrow(LookupError("it"))]
        with pytest.raises(ans.IncompleteDecisionError):
            ans.current()
        with pytest.raises(StopAsyncIteration):
            await steps.asend("stop")
        return told

    assert asyncio.run(drive()) == ["ready", 1, "caught it"]
    assert kept.step().abandoned is None
