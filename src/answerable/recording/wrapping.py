"""Decorating without changing: functions, coroutines, generators and async generators, each
run inside an opened step or decision, each with its signature kept."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar, cast

import attrs

from answerable.recording import callsite, process
from answerable.recording.suspension import Suspension

_P = ParamSpec("_P")
_T = TypeVar("_T")
Block: TypeAlias = AbstractContextManager[Any]


class Arguments(Protocol):
    """Records the arguments of a call."""

    def record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None: ...


def wrap(
    function: Callable[_P, _T],
    opened: Callable[[callsite.Site], Block],
    arguments: Callable[[Callable[..., Any]], Arguments],
    returned: Callable[[Any, Any], None] = lambda *_: None,
) -> Callable[_P, _T]:
    """`function`, run inside what `opened` gives for the place where it is defined.

    `arguments` looks at the function once, and is then told of each call. `returned` sees what
    it returned, before the block closes; of a generator, what its `return` gave.
    """
    if isinstance(function, staticmethod | classmethod):
        inner = wrap(function.__func__, opened, arguments, returned)
        return cast("Callable[_P, _T]", type(function)(inner))
    if not callable(function):
        raise TypeError(f"not a function to decorate: {function!r:.80}")
    around = _Around(opened, callsite.of_function(function), arguments(function), returned)
    if inspect.isclass(function) and callsite.is_being_defined(function):
        return cast("Callable[_P, _T]", _class(function, around))
    if inspect.isasyncgenfunction(function):
        wrapper: Any = _async_generator(function, around)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, around)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, around)
    else:
        wrapper = _plain(function, around)
    return cast("Callable[_P, _T]", functools.wraps(function)(wrapper))


@attrs.frozen
class _Around:
    """What happens before and after a call."""

    opened: Callable[[callsite.Site], Block]
    site: callsite.Site
    arguments: Arguments
    returned: Callable[[Any, Any], None]

    def block(self) -> Block:
        return self.opened(self.site)


def _plain(function: Any, around: _Around) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if process.is_disabled():
            return function(*args, **kwargs)
        with around.block() as block:
            around.arguments.record(args, kwargs)
            value = function(*args, **kwargs)
            around.returned(block, value)
            return value

    return wrapper


def _class(cls: Any, around: _Around) -> Any:
    """The class itself, each construction recorded: a function in its place could be neither
    inherited from nor asked about, and its instances not pickled."""
    initialise, is_plain = cls.__init__, cls.__new__ is object.__new__

    @functools.wraps(initialise)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        if process.is_disabled():
            construct(self, *args, **kwargs)
            return
        with around.block() as block:
            around.arguments.record(args, kwargs)
            construct(self, *args, **kwargs)
            around.returned(block, self)

    def construct(self: Any, *args: Any, **kwargs: Any) -> None:
        if initialise is not object.__init__:
            initialise(self, *args, **kwargs)
        elif (args or kwargs) and is_plain:
            # What `object` says, as long as nothing stands in the place of its own.
            raise TypeError(f"{type(self).__name__}() takes no arguments")

    cls.__init__ = __init__
    return cls


def _coroutine(function: Any, around: _Around) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        if process.is_disabled():
            return await function(*args, **kwargs)
        with around.block() as block:
            around.arguments.record(args, kwargs)
            value = await function(*args, **kwargs)
            around.returned(block, value)
            return value

    return wrapper


def _generator(function: Any, around: _Around) -> Any:
    def inside(args: Any, kwargs: Any) -> Generator[Any, Any, Any]:
        with around.block() as block:
            around.arguments.record(args, kwargs)
            value = yield from function(*args, **kwargs)
            around.returned(block, value)
            return value

    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if process.is_disabled():
            return (yield from function(*args, **kwargs))
        steps, suspension = inside(args, kwargs), Suspension()
        resume: Callable[[], Any] = functools.partial(next, steps)
        while True:
            try:
                with suspension:
                    value = resume()
            except StopIteration as end:
                return end.value
            try:
                sent = yield value
            except GeneratorExit:
                with suspension:
                    steps.close()
                raise
            except BaseException as error:  # noqa: BLE001  # handed to the generator, not swallowed
                resume = functools.partial(steps.throw, error)
            else:
                resume = functools.partial(steps.send, sent)

    return wrapper


def _async_generator(function: Any, around: _Around) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        steps = function(*args, **kwargs)
        is_recorded = not process.is_disabled()
        suspension = Suspension() if is_recorded else nullcontext()
        with _apart(around.block() if is_recorded else nullcontext(), suspension) as block:
            if is_recorded:
                with suspension:
                    around.arguments.record(args, kwargs)
            resume: Callable[[], Any] = functools.partial(steps.asend, None)
            try:
                while True:
                    try:
                        with suspension:
                            value = await resume()
                    except StopAsyncIteration:
                        break
                    try:
                        sent = yield value
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # noqa: BLE001  # handed to the generator
                        resume = functools.partial(steps.athrow, error)
                    else:
                        resume = functools.partial(steps.asend, sent)
            finally:
                with suspension:
                    await steps.aclose()
            if is_recorded:
                with suspension:
                    around.returned(block, None)

    return wrapper


@contextmanager
def _apart(block: Block, suspension: AbstractContextManager[None]) -> Iterator[Any]:
    """`with block`, its beginning and its end on the generator's side."""
    with suspension:
        opened = block.__enter__()
    try:
        yield opened
    except BaseException as error:
        with suspension:
            block.__exit__(type(error), error, error.__traceback__)
        raise
    with suspension:
        block.__exit__(None, None, None)
