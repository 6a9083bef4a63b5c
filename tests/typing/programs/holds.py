"""What a type checker must understand of a user's program. Read by mypy and pyright, never run."""

# pyright: strict

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, assert_type

import answerable as ans


@ans.step("train", used="dataset:a@1", produced=[ans.artifact("model:a@1")], phase="training")
def train(
    rows: list[int], *, cutoff: Annotated[float, ans.Choice("threshold", "Where?")] = 0.5
) -> dict[str, float]:
    ans.current().used("dataset:b@1")
    return {}


@ans.decision("model", "Which one?", accountable="team:data", used=None)
def pick(names: tuple[str, ...]) -> str:
    ans.current().consider("tree", because="too coarse")
    return names[0]


@ans.step("wait")
async def wait(seconds: int) -> str:
    return ""


@ans.step("count")
def count(to: int) -> Iterator[int]:
    yield to


@ans.step("async count")
async def async_count(to: int) -> AsyncIterator[int]:
    yield to


class Pipeline:
    @ans.step("method")
    def method(self, x: int) -> int:
        return x

    @staticmethod
    @ans.step("static")
    def static(x: int) -> int:
        return x

    @classmethod
    @ans.step("class")
    def make(cls, x: int) -> Pipeline:
        return cls()


assert_type(train([1], cutoff=0.1), dict[str, float])
assert_type(pick(("a",)), str)
waiting: Callable[[int], Coroutine[Any, Any, str]] = wait
assert_type(count(1), Iterator[int])
assert_type(async_count(1), AsyncIterator[int])
assert_type(Pipeline().method(1), int)
assert_type(Pipeline.static(x=1), int)
assert_type(Pipeline.make(1), Pipeline)

assert_type(ans.choose("threshold", 0.62, over={0.5: "default"}, because="measured"), float)
assert_type(ans.choose("names", ["a"], over=["b"], evidence=Path("r.json")), list[str])
ans.choose(
    "threshold",
    1,
    question="Which?",
    accountable="role:a",
    decided_by="a@b.example",
    authority="policy:limits@3",
    about="model:a@1",
    used=["dataset:a@1", ans.artifact("dataset:b@1", data=b"")],
    produced="config:a@1",
    evidence=["report:a@1", ans.artifact("report:b@1", path="b.json")],
    assumptions=["stays", ans.Assumption(statement="so")],
    scope={"population": "all"},
    supersedes=["id"],
    capture="imported",
    decided_at=datetime.now(UTC),
)

with ans.decide("threshold", "Which?", about="model:a@1") as d:
    d.used("dataset:a@1", ans.artifact("dataset:b@1"))
    d.consider(0.5, because="default")
    d.evidence(Path("report.json"), kind="third_party", valid_until=date(2027, 1, 31))
    d.assume("stays", review_by="2027-01-31", owner="role:a")
    d.vote("role:a", "for")
    assert_type(d.choose(0.62, because="measured"), float)
assert_type(d.record, ans.Decision)
assert_type(d.record.id, str)
assert_type(d.receipt, ans.Receipt)
assert_type(d.receipt.index, int | None)

with ans.step("train") as s:
    s.used("dataset:a@1")
assert_type(s.record, ans.Step)

ans.configure(ledger=Path("decisions.db"), home="home", on_failure="raise")
assert_type(ans.flush(), int)
with ans.open("sqlite:///decisions.db") as history:
    assert_type(history, ans.History)
    assert_type(history.decisions(kind="threshold"), list[ans.Decision])
