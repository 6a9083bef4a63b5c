"""The kinds of function that are decorated, each called in the way that fits it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any

import attrs

import answerable as ans

Body = Callable[[], Any]
Decorator = Callable[[Any], Any]


@attrs.frozen
class Kind:
    """`make` decorates a function of the kind that runs `body` and gives what that returns;
    `call` calls it to its end."""

    name: str
    make: Callable[[Decorator, Body], Any]
    call: Callable[[Any], Any]

    def __str__(self) -> str:
        return self.name


def _plain(decorate: Decorator, body: Body) -> Any:
    @decorate
    def function() -> Any:
        return body()

    return function


def _coroutine(decorate: Decorator, body: Body) -> Any:
    @decorate
    async def function() -> Any:
        await asyncio.sleep(0)
        return body()

    return function


def _generator(decorate: Decorator, body: Body) -> Any:
    @decorate
    def function() -> Generator[Any, None, Any]:
        yield "before"
        value = body()
        yield value
        return value

    return function


def _async_generator(decorate: Decorator, body: Body) -> Any:
    @decorate
    async def function() -> AsyncIterator[Any]:
        yield "before"
        await asyncio.sleep(0)
        value = body()
        yield ans.current().choose(value) if _decides() else value

    return function


def _decides() -> bool:
    from answerable.recording import scope

    return scope.here().decision is not None


def _method(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        @decorate
        def method(self) -> Any:
            assert isinstance(self, Pipeline)
            return body()

    return Pipeline().method


def _static(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        @staticmethod
        @decorate
        def method() -> Any:
            return body()

    return Pipeline().method


def _static_outside(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        @decorate
        @staticmethod
        def method() -> Any:
            return body()

    return Pipeline().method


def _class(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        @classmethod
        @decorate
        def method(cls) -> Any:
            assert cls is Pipeline
            return body()

    return Pipeline.method


def _class_outside(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        @decorate
        @classmethod
        def method(cls) -> Any:
            assert cls is Pipeline
            return body()

    return Pipeline.method


def _async_method(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        @decorate
        async def method(self) -> Any:
            await asyncio.sleep(0)
            return body()

    return Pipeline().method


def _object(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        def __call__(self) -> Any:
            return body()

    return decorate(Pipeline())


def _decorated_class(decorate: Decorator, body: Body) -> Any:
    @decorate
    class Pipeline:
        def __init__(self) -> None:
            self.value = body()

    assert isinstance(Pipeline, type)
    return Pipeline


def _class_of_others(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        def __init__(self) -> None:
            self.value = body()

    before = Pipeline.__init__
    function = decorate(Pipeline)
    assert Pipeline.__init__ is before
    return function


def _partial(decorate: Decorator, body: Body) -> Any:
    def function(first: int, *, second: int) -> Any:
        assert (first, second) == (1, 2)
        return body()

    return decorate(functools.partial(function, 1, second=2))


def _partial_of_decorated(decorate: Decorator, body: Body) -> Any:
    @decorate
    def function(first: int) -> Any:
        assert first == 1
        return body()

    return functools.partial(function, 1)


def _partial_coroutine(decorate: Decorator, body: Body) -> Any:
    async def function(first: int) -> Any:
        await asyncio.sleep(0)
        assert first == 1
        return body()

    return decorate(functools.partial(function, 1))


def _async_static(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        @decorate
        @staticmethod
        async def method() -> Any:
            await asyncio.sleep(0)
            return body()

    return Pipeline().method


def _generator_method(decorate: Decorator, body: Body) -> Any:
    class Pipeline:
        @decorate
        def method(self) -> Generator[Any, None, Any]:
            yield "before"
            value = body()
            yield value
            return value

    return Pipeline().method


def _builtin(decorate: Decorator, body: Body) -> Any:
    """`map` and the like have no code of their own, and no signature that could be read."""
    return functools.partial(decorate(next), _Endless(body))


class _Endless:
    def __init__(self, body: Body) -> None:
        self._body = body

    def __next__(self) -> Any:
        return self._body()


def _lambda(decorate: Decorator, body: Body) -> Any:
    return decorate(lambda: body())  # noqa: PLW0108  # a lambda is what is decorated here


def _called(function: Any) -> Any:
    return function()


def _constructed(function: Any) -> Any:
    return function().value


def _awaited(function: Any) -> Any:
    async def run() -> Any:
        made: Awaitable[Any] = function()
        return await made

    return asyncio.run(run())


def _exhausted(function: Any) -> Any:
    first, last = function()
    assert first == "before"
    return last


def _async_exhausted(function: Any) -> Any:
    async def run() -> Any:
        first, last = [value async for value in function()]
        assert first == "before"
        return last

    return asyncio.run(run())


KINDS = [
    Kind("function", _plain, _called),
    Kind("coroutine", _coroutine, _awaited),
    Kind("generator", _generator, _exhausted),
    Kind("async generator", _async_generator, _async_exhausted),
    Kind("method", _method, _called),
    Kind("staticmethod", _static, _called),
    Kind("staticmethod inside", _static_outside, _called),
    Kind("classmethod", _class, _called),
    Kind("classmethod inside", _class_outside, _called),
    Kind("async method", _async_method, _awaited),
    Kind("callable object", _object, _called),
    Kind("lambda", _lambda, _called),
    Kind("class", _decorated_class, _constructed),
    Kind("class of others", _class_of_others, _constructed),
    Kind("partial", _partial, _called),
    Kind("partial of a decorated function", _partial_of_decorated, _called),
    Kind("partial coroutine", _partial_coroutine, _awaited),
    Kind("async staticmethod", _async_static, _awaited),
    Kind("generator method", _generator_method, _exhausted),
    Kind("builtin", _builtin, _called),
]
