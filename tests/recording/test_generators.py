"""Decorated generators behave as generators, and keep to themselves what they have open."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

import answerable as ans
from answerable.errors import IncompleteDecisionError
from answerable.recording import scope
from tests.recording.kept import Kept

var: contextvars.ContextVar[str] = contextvars.ContextVar("var", default="unset")


@ans.step("echo")
def echo() -> Generator[Any, Any, str]:
    """Gives back what is sent and what is thrown, until it is sent "stop"."""
    told: Any = "ready"
    while told != "stop":
        try:
            told = yield told
        except KeyError as error:
            told = f"caught {error}"
    return "done"


@ans.step("echo")
async def async_echo() -> AsyncGenerator[Any, Any]:
    told: Any = "ready"
    while told != "stop":
        try:
            told = yield told
            await asyncio.sleep(0)
        except KeyError as error:
            told = f"caught {error}"


def nothing_is_open() -> bool:
    return scope.here() == scope.Scope()


def test_values_and_exceptions_are_handed_in_and_the_result_out(kept: Kept) -> None:
    steps = echo()

    assert next(steps) == "ready"
    assert steps.send(1) == 1
    assert steps.throw(KeyError("it")) == "caught 'it'"
    assert steps.send(2) == 2
    with pytest.raises(StopIteration) as end:
        steps.send("stop")
    assert end.value.value == "done"
    assert kept.step().abandoned is None


def test_values_and_exceptions_are_handed_into_an_async_one(kept: Kept) -> None:
    async def run() -> None:
        steps = async_echo()
        assert await anext(steps) == "ready"
        assert await steps.asend(1) == 1
        assert await steps.athrow(KeyError("it")) == "caught 'it'"
        assert await steps.asend(2) == 2
        with pytest.raises(StopAsyncIteration):
            await steps.asend("stop")

    asyncio.run(run())
    assert kept.step().abandoned is None


def test_an_exception_that_it_does_not_catch_ends_it(kept: Kept) -> None:
    steps, stop = echo(), ZeroDivisionError("it")
    next(steps)
    with pytest.raises(ZeroDivisionError) as caught:
        steps.throw(stop)
    assert caught.value is stop
    with pytest.raises(StopIteration):
        next(steps)

    async def run() -> None:
        steps = async_echo()
        await anext(steps)
        with pytest.raises(ZeroDivisionError) as caught:
            await steps.athrow(stop)
        assert caught.value is stop
        with pytest.raises(StopAsyncIteration):
            await anext(steps)

    asyncio.run(run())
    assert [s.abandoned for s in kept.steps()] == ["ZeroDivisionError"] * 2


def test_closing_it_early_is_recorded_as_abandoned(kept: Kept) -> None:
    steps = echo()
    next(steps)
    steps.close()
    assert nothing_is_open()

    async def run() -> None:
        steps = async_echo()
        await anext(steps)
        await steps.aclose()
        assert nothing_is_open()

    asyncio.run(run())
    assert [s.abandoned for s in kept.steps()] == ["GeneratorExit"] * 2


def test_one_that_is_dropped_half_way_is_recorded_when_it_is_collected(kept: Kept) -> None:
    for _ in echo():
        break
    gc.collect()
    assert kept.step().abandoned == "GeneratorExit"


def test_an_async_one_that_is_dropped_is_recorded_when_the_loop_closes_it(kept: Kept) -> None:
    async def run() -> None:
        async for _ in async_echo():
            break
        gc.collect()
        await asyncio.sleep(0)
        assert nothing_is_open()

    asyncio.run(run())
    assert kept.step().abandoned == "GeneratorExit"


def test_one_that_is_never_begun_is_no_step(kept: Kept) -> None:
    steps = echo()
    steps.close()
    assert kept.size() == 0


def test_between_two_yields_the_caller_is_not_inside(kept: Kept) -> None:
    steps = echo()
    next(steps)
    assert nothing_is_open()
    with ans.step("caller") as caller:
        steps.send(1)
        assert ans.current().id == caller.id
        with pytest.raises(StopIteration):
            steps.send("stop")
        assert ans.current().id == caller.id
        ans.choose("metric", "auc")
    assert nothing_is_open()

    echoed, outer = kept.steps()
    assert echoed.step is None  # it began before the caller's step did
    assert kept.decision().step == outer.id


def test_between_two_async_yields_the_caller_is_not_inside(kept: Kept) -> None:
    async def run() -> None:
        steps = async_echo()
        await anext(steps)
        assert nothing_is_open()
        with ans.step("caller") as caller:
            await steps.asend(1)
            assert ans.current().id == caller.id
            with pytest.raises(StopAsyncIteration):
                await steps.asend("stop")
            assert ans.current().id == caller.id
        assert nothing_is_open()

    asyncio.run(run())
    assert [s.name for s in kept.steps()] == ["echo", "caller"]


def test_inside_it_is_the_same_step_from_yield_to_yield(kept: Kept) -> None:
    @ans.step("batches")
    def batches() -> Iterator[Any]:
        mine = ans.current()
        for number in range(3):
            yield mine
            assert ans.current() is mine
            ans.choose("metric", number)

    def interleaved() -> Iterator[Any]:
        yield from zip(batches(), batches(), strict=True)

    for first, second in interleaved():
        assert first is not second

    one, two = kept.steps()
    assert [d.chosen for d in kept.decisions() if d.step == one.id] == [0, 1, 2]
    assert [d.chosen for d in kept.decisions() if d.step == two.id] == [0, 1, 2]


def test_other_context_variables_are_left_alone(kept: Kept) -> None:
    @ans.step("set")
    def setting() -> Generator[str, None, None]:
        var.set("by the generator")
        yield var.get()
        yield var.get()

    def run() -> None:
        steps = setting()
        assert next(steps) == "by the generator"
        assert var.get() == "by the generator"  # as with a generator that is not decorated
        var.set("by the caller")
        assert next(steps) == "by the caller"
        steps.close()

    contextvars.copy_context().run(run)
    assert kept.step().abandoned == "GeneratorExit"


def test_it_makes_a_context_manager(kept: Kept) -> None:
    @contextmanager
    @ans.step("managed")
    def managed() -> Iterator[str]:
        ans.current().used("dataset:a@1")
        yield "inside"
        ans.current().produced("model:a@1")

    @asynccontextmanager
    @ans.step("managed")
    async def async_managed() -> AsyncIterator[str]:
        yield "inside"

    async def run() -> None:
        async with async_managed() as told:
            assert told == "inside"

    with managed() as told:
        assert told == "inside"
        with pytest.raises(IncompleteDecisionError):
            ans.current()
    asyncio.run(run())

    first, second = kept.steps()
    assert [a.ref for a in (*first.used, *first.produced)] == ["dataset:a@1", "model:a@1"]
    assert second.abandoned is None


def test_it_may_begin_in_one_thread_and_end_in_another(kept: Kept) -> None:
    steps = echo()
    next(steps)
    thread = threading.Thread(target=steps.close)
    thread.start()
    thread.join()
    assert kept.step().abandoned == "GeneratorExit"
    assert nothing_is_open()


def test_a_block_in_a_bare_generator_may_end_in_another_context(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    def bare() -> Iterator[None]:
        with ans.decide("threshold") as d:
            d.choose(1)
            yield

    steps = bare()
    contextvars.copy_context().run(next, steps)
    assert nothing_is_open()
    assert next(steps, "end") == "end"

    assert kept.decision().chosen == 1
    assert caplog.text == ""


def test_a_block_closed_in_a_copy_of_its_context_is_closed_there(kept: Kept) -> None:
    d = ans.decide("threshold")
    with ans.step("train") as train:
        d.__enter__()
        d.choose(1)

        def end() -> None:
            d.__exit__(None, None, None)
            assert ans.current().id == train.id

        contextvars.copy_context().run(end)
        scope.enter(scope.Scope(train, None, train))
    assert kept.decision().step == train.id


def test_what_a_generator_returns_is_its_choice(kept: Kept) -> None:
    @ans.decision("model")
    def pick() -> Generator[str, None, str]:
        for rival in ("tree", "forest"):
            ans.current().consider(rival)
            yield rival
        return "boosting"

    assert list(pick()) == ["tree", "forest"]
    assert kept.decision().chosen == "boosting"
    assert [c.value for c in kept.decision().considered] == ["tree", "forest"]
