"""Every kind of function, decorated: returning, raising, nested, at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest

import answerable as ans
from answerable.recording import scope
from tests.recording.callables import KINDS, Kind
from tests.recording.kept import Kept


class OwnError(Exception):
    pass


@pytest.fixture(params=KINDS, ids=str)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def test_what_a_step_returns_passes_through_untouched(kept: Kept, kind: Kind) -> None:
    result = object()
    function = kind.make(ans.step("train", used="dataset:a@1"), lambda: result)

    assert kind.call(function) is result
    assert kind.call(function) is result

    first, second = kept.steps()
    assert first.id != second.id
    assert [a.ref for a in first.used] == ["dataset:a@1"]
    assert first.started_at <= first.decided_at <= second.started_at
    assert first.abandoned is None


def test_what_a_decision_returns_is_the_choice(kept: Kept, kind: Kind) -> None:
    function = kind.make(ans.decision("threshold", "Which one?"), lambda: 0.62)

    assert kind.call(function) == 0.62
    chosen = kept.decision().chosen
    if "class" in kind.name.split():
        assert chosen["type"].endswith("Pipeline")
    else:
        assert chosen == 0.62
    assert kept.decision().question == "Which one?"


def test_an_exception_passes_through_and_its_type_is_recorded(kept: Kept, kind: Kind) -> None:
    stop = OwnError("no more")

    def body() -> None:
        raise stop

    for decorate in (ans.step("train"), ans.decision("threshold")):
        with pytest.raises(OwnError) as caught:
            kind.call(kind.make(decorate, body))
        assert caught.value is stop
        assert not hasattr(stop, "__notes__")

    assert kept.step().abandoned == "OwnError"
    assert kept.decision().abandoned == "OwnError"
    assert scope.here() == scope.Scope()


def test_what_is_decided_inside_belongs_to_it(kept: Kept, kind: Kind) -> None:
    def body() -> None:
        ans.current().used("dataset:inside@1")
        ans.choose("metric", "roc_auc")
        inner = kind.make(ans.step("measure"), lambda: ans.choose("threshold", 0.5))
        # In a thread, since no event loop runs inside another.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(copy_context().run, kind.call, inner).result()

    kind.call(kind.make(ans.step("train"), body))

    measure, train = kept.steps()
    metric, threshold = kept.decisions()
    assert [a.ref for a in train.used] == ["dataset:inside@1"]
    assert (train.step, metric.step) == (None, train.id)
    assert (measure.step, threshold.step) == (train.id, measure.id)


def test_what_fails_inside_leaves_what_is_around_it_whole(kept: Kept, kind: Kind) -> None:
    def fail() -> None:
        raise OwnError

    def body() -> str:
        inner = kind.make(ans.decision("threshold"), fail)
        with ThreadPoolExecutor(1) as pool, pytest.raises(OwnError):
            pool.submit(copy_context().run, kind.call, inner).result()
        return "recovered"

    assert kind.call(kind.make(ans.step("train"), body)) == "recovered"
    assert (kept.step().abandoned, kept.decision().abandoned) == (None, "OwnError")
    assert kept.decision().step == kept.step().id


def test_calls_at_the_same_time_do_not_mix(kept: Kept, kind: Kind) -> None:
    meeting = threading.Barrier(3, timeout=30)

    def body() -> str:
        meeting.wait()  # all three are inside by now
        mine = ans.current()
        ans.choose("metric", mine.id)
        meeting.wait()
        assert ans.current() is mine
        return mine.id

    function = kind.make(ans.step("train"), body)
    with ThreadPoolExecutor(3) as pool:
        ids = {future.result() for future in [pool.submit(kind.call, function) for _ in range(3)]}

    assert {s.id for s in kept.steps()} == ids
    assert {(d.chosen, d.step) for d in kept.decisions()} == {(id, id) for id in ids}


def test_it_is_found_in_the_code_where_it_is_defined(kept: Kept, kind: Kind) -> None:
    function = kind.make(ans.step("train"), lambda: None)
    kind.call(function)

    source = kept.step().source
    assert source is not None
    assert source.function is not None
    if kind.name in ("callable object", "class", "class of others"):
        assert source.function.endswith("Pipeline")
    if kind.name == "builtin":
        assert (source.function, source.file) == ("next", None)
    else:
        assert source.file in {"tests/recording/callables.py", "callables.py"}
        assert source.line is not None


def test_nothing_is_recorded_where_it_is_disabled(
    kept: Kept, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERABLE_DISABLED", "1")
    result = object()

    def body() -> Any:
        return result

    assert kind.call(kind.make(ans.step("train"), body)) is result
    assert scope.here() == scope.Scope()
    assert kept.size() == 0


def test_a_decision_that_chose_for_itself_keeps_that_choice(kept: Kept) -> None:
    @ans.decision("model")
    def pick() -> object:
        ans.current().choose("forest", because="best on validation")
        return object()

    pick()
    assert (kept.decision().chosen, kept.decision().rationale) == ("forest", "best on validation")


@pytest.mark.parametrize(
    ("value", "chosen"),
    [
        (float("nan"), "nan"),
        (-float("inf"), "-inf"),
        (2**70, {"type": "builtins.int"}),
        (OwnError(), {"type": f"{__name__}.OwnError"}),
        ([object()], {"type": "builtins.list"}),
        (None, None),
    ],
)
def test_a_decision_returns_whatever_it_likes(kept: Kept, value: Any, chosen: Any) -> None:
    assert ans.decision("model")(lambda: value)() is value
    assert kept.decision().chosen == chosen


def test_frames_and_arrays_are_recorded_by_shape_and_digest(kept: Kept) -> None:
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({"a": [1, 2, 3]})
    assert ans.choose("dataset", frame) is frame
    ans.choose("dataset", np.zeros((2, 5)))

    first, second = (d.chosen for d in kept.decisions())
    assert first["type"] == "pandas.DataFrame"
    assert first["shape"] == [3, 1]
    assert [dtype for _, dtype in first["schema"]] == ["int64"]
    assert first["digest"] == ans.artifact("dataset:a", data=frame).digest
    assert second["type"] == "numpy.ndarray"
    assert second["shape"] == [2, 5]
