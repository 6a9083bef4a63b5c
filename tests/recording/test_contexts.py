"""Threads, tasks and copied contexts: everything lands under the parent it was begun under."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import answerable as ans
from answerable.errors import IncompleteDecisionError
from answerable.testing import temporary_ledger
from tests.recording.kept import Kept


def test_tasks_that_run_at_the_same_time_keep_apart(kept: Kept) -> None:
    meeting = asyncio.Barrier(5)

    @ans.step("train")
    async def train(number: int) -> str:
        mine = ans.current()
        await meeting.wait()
        with ans.decide("threshold") as d:
            await meeting.wait()
            assert ans.current() is d
            d.choose(number)
        await meeting.wait()
        assert ans.current() is mine
        return mine.id

    async def run() -> list[str]:
        with ans.step("all"):
            return await asyncio.gather(*(train(n) for n in range(5)))

    ids = asyncio.run(run())
    outer = kept.steps()[-1]
    assert {d.chosen: d.step for d in kept.decisions()} == dict(enumerate(ids))
    assert {s.step for s in kept.steps()[:-1]} == {outer.id}


def test_a_task_begun_inside_belongs_there_even_when_it_ends_later(kept: Kept) -> None:
    async def run() -> None:
        go = asyncio.Event()

        async def late() -> None:
            await go.wait()
            ans.choose("metric", "auc")
            with pytest.raises(IncompleteDecisionError, match="train is not open"):
                ans.current().used("dataset:a@1")

        with ans.step("train"):
            task = asyncio.create_task(late())
        go.set()
        await task

    asyncio.run(run())
    assert kept.decision().step == kept.step().id


def test_a_thread_is_apart_unless_it_is_given_the_context(kept: Kept) -> None:
    def run(call: Callable[[], Any]) -> None:
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()

    with ans.step("train"):
        run(lambda: ans.choose("metric", "apart"))
        context = copy_context()
        run(lambda: context.run(ans.choose, "metric", "inside"))

    apart, inside = kept.decisions()
    assert (apart.step, inside.step) == (None, kept.step().id)


def test_one_step_object_serves_many_threads_at_once(kept: Kept) -> None:
    shared, meeting = ans.step("shared"), threading.Barrier(4, timeout=30)

    def work(number: int) -> tuple[int, str]:
        with shared as mine:
            meeting.wait()
            ans.choose("metric", number)
            # They end in another order than they began.
            turns[number].wait(30)
        if number:
            turns[number - 1].set()
        return number, mine.id

    turns = [threading.Event() for _ in range(4)]
    turns[3].set()
    with ThreadPoolExecutor(4) as pool:
        ids = dict(pool.map(work, range(4)))

    assert {d.chosen: d.step for d in kept.decisions()} == ids
    assert {s.id for s in kept.steps()} == set(ids.values())


def test_one_step_object_may_stand_inside_itself(kept: Kept) -> None:
    again = ans.step("again")
    with again as outer, again as inner:
        assert ans.current().id == inner.id
    assert [(s.id, s.step) for s in kept.steps()] == [(inner.id, outer.id), (outer.id, None)]


def test_two_pipelines_in_one_process_do_not_mix(kept: Kept) -> None:
    one, two = copy_context(), copy_context()
    a, b = ans.step("one"), ans.step("two")
    one.run(a.__enter__)
    two.run(b.__enter__)
    one.run(ans.choose, "metric", 1)
    two.run(ans.choose, "metric", 2)
    one.run(a.__exit__, None, None, None)
    two.run(b.__exit__, None, None, None)

    steps = {s.name: s.id for s in kept.steps()}
    assert {d.chosen: d.step for d in kept.decisions()} == {1: steps["one"], 2: steps["two"]}


# What a task does: open a step or a decision, end the innermost one, or decide.
_ACTS = st.lists(st.sampled_from(["step", "decision", "end", "choose"]), max_size=8)


@given(st.lists(_ACTS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_any_interleaving_of_tasks_records_what_truly_contained_what(
    tasks: list[list[str]], order: Any
) -> None:
    true: dict[str, tuple[str | None, str | None]] = {}

    async def work(acts: list[str]) -> None:
        stack: list[Any] = []

        def around() -> tuple[str | None, str | None]:
            # A decision's own step is the one around it; inside a step, no decision is around.
            if not stack:
                return None, None
            kind, opened, step = stack[-1]
            return (opened.id, None) if kind == "step" else (step, opened.id)

        def end() -> None:
            kind, opened, _ = stack.pop()
            if kind == "decision":
                opened.choose(1)
            opened.__exit__(None, None, None)

        for act in acts:
            await asyncio.sleep(order.random() / 1e5)
            if act == "end" and stack:
                end()
            elif act == "choose":
                with ans.decide("metric") as d:
                    true[d.id] = around()
                    d.choose(1)
            elif act in ("step", "decision"):
                made: Any = ans.decide("model") if act == "decision" else ans.step("s").__enter__()
                if act == "decision":
                    made.__enter__()
                true[made.id] = around()
                stack.append((act, made, true[made.id][0]))
        while stack:
            end()

    async def run() -> None:
        await asyncio.gather(*map(work, tasks))

    with temporary_ledger(actor="analyst@bank.example") as uri:
        asyncio.run(run())
        if true:
            with ans.open(uri) as history:
                assert history.verify().holds
                records = [r for r in history.records() if r.id in true]
            assert {r.id: (r.step, r.within) for r in records} == true
