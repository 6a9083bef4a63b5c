"""A decorated function is still the function it was, to all who look at it."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import doctest
import functools
import inspect
import multiprocessing
import pickle
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated, Any

import attrs
import pytest

import answerable as ans
from tests.recording.kept import Kept


@ans.step("double")
def double(number: int, *, times: int = 2) -> int:
    """Twice as much.

    >>> double(2)
    4
    """
    return number * times


@ans.decision("model")
def pick(names: list[str]) -> str:
    return names[0]


@ans.step("wait")
async def wait(number: int) -> int:
    return number


@ans.step("count")
def count(number: int) -> Iterator[int]:
    yield from range(number)


@ans.step("async count")
async def async_count(number: int) -> AsyncIterator[int]:
    for n in range(number):
        yield n


def test_it_keeps_its_name_its_words_and_its_signature() -> None:
    assert double.__name__ == double.__qualname__ == "double"
    assert double.__module__ == __name__
    assert (double.__doc__ or "").startswith("Twice as much.")
    assert str(inspect.signature(double)) == "(number: 'int', *, times: 'int' = 2) -> 'int'"
    assert inspect.unwrap(double) is double.__wrapped__  # type: ignore[attr-defined]
    assert "def double(number: int" in inspect.getsource(double)


def test_it_is_still_of_its_kind() -> None:
    assert inspect.iscoroutinefunction(wait)
    assert asyncio.iscoroutinefunction(wait)
    assert inspect.isgeneratorfunction(count)
    assert inspect.isasyncgenfunction(async_count)
    assert inspect.isfunction(double)
    for function in (double, pick, count):
        assert not inspect.iscoroutinefunction(function)


def test_partials_keep_their_kind(kept: Kept) -> None:
    part = ans.step("partial")(functools.partial(wait, 3))
    assert inspect.iscoroutinefunction(part)
    assert asyncio.run(part()) == 3


def test_it_is_pickled_by_name(kept: Kept) -> None:
    for function in (double, pick, wait, count, async_count):
        assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301  # our own bytes


def test_a_pool_of_processes_calls_it(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_LEDGER", kept.uri)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(double, range(4))) == [0, 2, 4, 6]
    assert [s.name for s in kept.steps()] == ["double"] * 4


def test_its_doctests_are_found_and_run(kept: Kept) -> None:
    found = [t for t in doctest.DocTestFinder().find(sys.modules[__name__]) if t.examples]
    assert [t.name.rpartition(".")[2] for t in found] == ["double"]
    assert doctest.DocTestRunner().run(found[0]).failed == 0
    assert len(kept.steps()) == 1


def test_a_static_method_stays_one_and_a_class_method_too(kept: Kept) -> None:
    class Pipeline:
        @ans.step("static")
        @staticmethod
        def static(number: int) -> int:
            return number

        @ans.step("class")
        @classmethod
        def cls(cls, number: int) -> int:
            return number

    assert isinstance(inspect.getattr_static(Pipeline, "static"), staticmethod)
    assert isinstance(inspect.getattr_static(Pipeline, "cls"), classmethod)
    assert Pipeline().static(1) == Pipeline.static(1) == Pipeline.cls(1) == 1
    assert [s.source.function for s in kept.steps() if s.source] == [
        f"{Pipeline.__qualname__}.{name}" for name in ("static", "static", "cls")
    ]


def test_decorators_stack(kept: Kept) -> None:
    @ans.step("outer")
    @ans.step("inner")
    def both() -> int:
        return 1

    assert both() == 1
    inner, outer = kept.steps()
    assert (inner.name, inner.step) == ("inner", outer.id)


def test_it_may_call_itself(kept: Kept) -> None:
    @ans.step("down")
    def down(number: int) -> int:
        return number and down(number - 1)

    assert down(2) == 0
    innermost, middle, outer = kept.steps()
    assert (innermost.step, middle.step, outer.step) == (middle.id, outer.id, None)


def test_decorating_alone_records_nothing_and_asks_for_nothing(kept: Kept) -> None:
    ans.decision("threshold")(lambda: 1)
    ans.step("train")(lambda: 1)
    assert kept.size() == 0


@ans.step("build")
class Model:
    """A model."""

    def __init__(self, depth: Annotated[int, ans.Choice("hyperparameter")] = 6) -> None:
        self.depth = depth


class Deeper(Model):
    pass


class TestAClass:
    def test_stays_that_class(self, kept: Kept) -> None:
        assert isinstance(Model, type)
        assert (Model.__name__, Model.__doc__) == ("Model", "A model.")
        assert (
            str(inspect.signature(Model))
            == "(depth: \"Annotated[int, ans.Choice('hyperparameter')]\" = 6) -> 'None'"
        )
        model = Model(3)
        assert type(model) is Model
        assert pickle.loads(pickle.dumps(model)).depth == 3  # noqa: S301  # our own bytes
        assert isinstance(Deeper(4), Model)

    def test_records_each_construction(self, kept: Kept) -> None:
        Model()
        Model(depth=2)
        Deeper(4)
        assert [(d.chosen, d.capture) for d in kept.decisions()] == [
            (6, "default"),
            (2, "passed"),
            (4, "passed"),
        ]
        assert [s.name for s in kept.steps()] == ["build"] * 3

    def test_of_any_make_is_constructed_as_it_was(self, kept: Kept) -> None:
        @ans.step("plain")
        class Plain:
            pass

        @ans.step("new")
        class New:
            def __new__(cls, number: int) -> Any:
                made = super().__new__(cls)
                made.number = number  # type: ignore[attr-defined]
                return made

        @ans.step("data")
        @dataclasses.dataclass(frozen=True)
        class Data:
            number: int

        @ans.step("slots")
        @attrs.frozen
        class Slots:
            number: int

        @ans.step("list")
        class Numbers(list[int]):
            pass

        assert isinstance(Plain(), object)
        with pytest.raises(TypeError, match="takes no arguments"):
            Plain(1)  # type: ignore[call-arg]
        assert New(1).number == Data(1).number == Slots(1).number == 1
        assert Data(1) == Data(1)
        assert Numbers([1, 2]) == [1, 2]
        assert [s.name for s in kept.steps()][:3] == ["plain", "plain", "new"]
        assert kept.steps()[1].abandoned == "TypeError"

    def test_that_others_use_is_left_alone(self, kept: Kept) -> None:
        before = vars(argparse.Namespace).get("__init__")
        made = ans.step("parse")(argparse.Namespace)
        assert type(made(a=1)) is argparse.Namespace
        assert vars(argparse.Namespace).get("__init__") is before
        argparse.Namespace(a=2)
        assert len(kept.steps()) == 1


def test_pytest_collects_decorated_tests_as_they_were(
    pytester: pytest.Pytester, kept: Kept
) -> None:
    pytester.makepyfile(
        """
        import answerable as ans
        import pytest

        @pytest.fixture
        @ans.step("fixture")
        def number():
            return 1

        @pytest.mark.parametrize("other", [1, 2])
        @ans.step("test")
        def test_one(number, other):
            assert number in (1, other)

        class TestTwo:
            @ans.step("method")
            def test_it(self, number):
                assert number == 1
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_joblib_calls_it_in_other_processes(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    joblib = pytest.importorskip("joblib")
    monkeypatch.setenv("ANSWERABLE_LEDGER", kept.uri)
    jobs = [joblib.delayed(double)(n) for n in range(4)]
    assert joblib.Parallel(n_jobs=2)(jobs) == [0, 2, 4, 6]
