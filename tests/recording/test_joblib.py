"""joblib's workers, which pickle what they are given: decorated functions go there and back."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Annotated, Any

import joblib  # type: ignore[import-untyped]
import pytest
from joblib.externals.loky import (  # type: ignore[import-untyped]
    get_reusable_executor,
)

import answerable as ans
from tests.recording.kept import Kept


@ans.step("score")
def score(number: int, cutoff: Annotated[float, ans.Choice("threshold")] = 0.5) -> int:
    return number * 2


@ans.decision("metric")
def pick(number: int) -> int:
    return number + 1


@pytest.fixture(autouse=True)
def no_workers_are_left() -> Iterator[None]:
    yield
    get_reusable_executor().shutdown(wait=True)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_what_workers_record_lies_under_the_step_that_called_them(kept: Kept, backend: str) -> None:
    with ans.step("evaluate") as outer:
        parallel: Any = joblib.Parallel(n_jobs=2, backend=backend)
        made = parallel(joblib.delayed(ans.carried(score))(n) for n in range(4))
        chosen = parallel(joblib.delayed(ans.carried(pick))(n) for n in range(3))

    assert (made, chosen) == ([0, 2, 4, 6], [1, 2, 3])
    scored = [s for s in kept.steps() if s.name == "score"]
    assert [s.step for s in scored] == [outer.id] * 4
    defaults = [d for d in kept.decisions() if d.capture == "default"]
    assert {d.step for d in defaults} == {s.id for s in scored}
    metrics = [d for d in kept.decisions() if d.kind == "metric"]
    assert sorted(d.chosen for d in metrics) == [1, 2, 3]
    assert {d.step for d in metrics} == {outer.id}


@pytest.mark.parametrize("function", [score, pick])
def test_a_decorated_function_is_itself_after_pickling(function: Any) -> None:
    assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301
