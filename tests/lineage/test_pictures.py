"""What the pictures of docs/lineage.md show is so."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from answerable.errors import NotFoundError
from answerable.lineage import AccountabilityTrace, MemoryLookup, impact, stitch
from answerable.model import Record
from tests.lineage.story import (
    NOW,
    approval,
    artifact,
    choice,
    codes,
    ids,
    links,
    placed,
    step,
    trace,
)

SLOT = "deployment:prod/loan"
DEPLOYS = [
    step("first", 10, used=["model:loan@6"], produced=[SLOT]),
    step("second", 20, used=["model:loan@7"], produced=[SLOT]),
    step("back", 30, used=["model:loan@6"], produced=[SLOT]),
]


@pytest.mark.parametrize(("at", "holds"), [(15, "first"), (25, "second"), (35, "back")])
def test_a_slot_holds_what_was_put_there_last(at: float, holds: str) -> None:
    assert ids(trace(SLOT, *DEPLOYS, at=at)) == {holds}


def test_one_version_of_two_contents_is_followed_both_ways() -> None:
    select = step("select", 1, produced=[artifact("dataset:a@1", "ab")])
    export = step("export", 2, produced=[artifact("dataset:a@1", "cd")])
    train = step("train", 3, used=[artifact("dataset:a@1", "cd")], produced=["model:m@1"])
    told = trace("model:m@1", select, export, train)

    assert links(told, "train") == {
        ("export", "dataset:a@1", "digest"),
        ("select", "dataset:a@1", "name"),
    }
    assert {code for code, _, _ in codes(told)} >= {"conflict", "asserted-link"}


def on(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


A = attrs.evolve(choice("A", about=("model:m@1",)), decided_at=on(3), recorded_at=on(3))
B = attrs.evolve(
    choice("B", about=("model:m@1",), supersedes=("A",)), decided_at=on(7), recorded_at=on(9)
)


@pytest.mark.parametrize(
    ("at", "in_force", "history"),
    [
        *((on(3, 2), {"A"}, set()), (on(5), {"A"}, set()), (on(7, 2), {"A"}, set())),
        (on(9, 2), {"B"}, {"A"}),
    ],
)
def test_what_is_recorded_late_is_in_force_only_once_it_is_known(
    at: datetime, in_force: set[str], history: set[str]
) -> None:
    told: AccountabilityTrace = stitch("model:m@1", MemoryLookup([A, B]), at)

    assert {p.record.id for p in told.placed() if not p.is_history} == in_force
    assert {p.record.id for p in told.placed() if p.is_history} == history


def test_before_the_first_nothing_is_known() -> None:
    with pytest.raises(NotFoundError):
        stitch("model:m@1", MemoryLookup([A, B]), on(2))


def test_a_record_stands_in_one_place_and_rests_on_others() -> None:
    records: list[Record] = [
        choice("depth", 1, step="train", kind="hyperparameter"),
        step("train", 1, produced=[artifact("model:m@1", "m")]),
        choice("threshold", 2, about=("record:train",)),
        step("deploy", 3, used=[artifact("model:m@1", "m")], produced=[SLOT]),
        approval("yes", 4, about=("record:deploy",)),
    ]
    told = trace(SLOT, *records)

    assert placed(told, "depth").parent == "train"
    assert placed(told, "threshold").parent is None
    assert links(told, "threshold") == {("train", "about", "about")}
    assert links(told, "deploy") == {("train", "model:m@1", "digest")}
    assert links(told, "yes") == {("deploy", "about", "about")}


def test_forwards_is_backwards_turned_round() -> None:
    train = step("train", 1, used=["dataset:d@1"], produced=["model:m@1"])
    deploy = step("deploy", 2, used=["model:m@1"], produced=["deployment:prod/m"])
    lookup = MemoryLookup([train, deploy])

    reached = {r.subject for r in impact("dataset:d@1", lookup, NOW).reached}
    assert reached == {"model:m@1", "deployment:prod/m"}
    assert ids(stitch("deployment:prod/m", lookup, NOW)) == {"train", "deploy"}
