"""`step`: an activity with a name, a phase, what it used and produced, from when to when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

import answerable as ans
from answerable.errors import AnswerableError, IncompleteDecisionError
from answerable.model.phases import Phase
from answerable.recording import scope
from answerable.testing import FixedClock
from tests.recording.kept import Kept


def test_a_block_records_what_it_used_and_produced_and_how_long_it_took(kept: Kept) -> None:
    data = ans.artifact("dataset:loans@1", data=b"rows")
    with FixedClock("2026-01-31T12:00:00Z") as clock:
        with ans.step("train", used=data, produced=["model:loans@7"], phase="training") as s:
            clock.advance(minutes=5)
            s.used("config:features@2", "guideline:labelling@3")
            s.produced(ans.artifact("report:scores@7", data=b"{}"))

    made = kept.step()
    assert s.record == made
    assert (made.name, made.phase, made.abandoned) == ("train", "training", None)
    assert [a.ref for a in made.used] == [
        "dataset:loans@1",
        "config:features@2",
        "guideline:labelling@3",
    ]
    assert made.used[0] == data
    assert [a.ref for a in made.produced] == ["model:loans@7", "report:scores@7"]
    assert made.started_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert made.decided_at == made.recorded_at == datetime(2026, 1, 31, 12, 5, tzinfo=UTC)


def test_each_phase_of_a_systems_life_is_taken(kept: Kept) -> None:
    for phase in get_args(Phase):
        with ans.step("work", phase=phase):
            pass
    assert [s.phase for s in kept.steps()] == list(get_args(Phase))


def test_what_one_run_adds_the_next_does_not_see(kept: Kept) -> None:
    shared = ans.step("train", used="dataset:a@1")
    with shared as s:
        s.used("dataset:b@1")
    with shared:
        pass

    @shared
    def work() -> None:
        ans.current().used("dataset:c@1")

    work()
    work()
    assert [[a.ref[-3:] for a in s.used] for s in kept.steps()] == [
        ["a@1", "b@1"],
        ["a@1"],
        ["a@1", "c@1"],
        ["a@1", "c@1"],
    ]


def test_an_exception_is_recorded_by_its_type_alone_and_goes_on(kept: Kept) -> None:
    class NoDataError(Exception):
        pass

    stop = NoDataError("applicant 4711 is missing")
    with pytest.raises(NoDataError) as caught:
        with ans.step("train", used="dataset:a@1") as s:
            s.produced("model:half@1")
            raise stop

    made = kept.step()
    assert caught.value is stop
    assert made.abandoned is not None
    assert made.abandoned.endswith("NoDataError")
    assert [a.ref for a in made.produced] == ["model:half@1"]
    assert made.custody is not None
    assert b"4711" not in made.custody.envelope


def test_even_what_ends_the_process_is_recorded(kept: Kept) -> None:
    for stop in (KeyboardInterrupt, SystemExit):
        with pytest.raises(stop), ans.step("train"):
            raise stop
    assert [s.abandoned for s in kept.steps()] == ["KeyboardInterrupt", "SystemExit"]


def test_a_bad_value_inside_leaves_the_step_that_it_stopped(kept: Kept) -> None:
    with pytest.raises(ans.InvalidValueError):
        with ans.step("train"):
            ans.choose("threshold", float("nan"))
    assert kept.step().abandoned == "InvalidValueError"
    assert kept.decisions() == []


@pytest.mark.parametrize(
    "details",
    [
        {"name": ""},
        {"name": " "},
        {"name": "a" * 10_000_000},
        {"name": "a\x00b"},
        {"name": None},
        {"name": "a", "phase": ""},
        {"name": "a", "phase": []},
        {"name": "a", "used": ""},
        {"name": "a", "used": 5},
        {"name": "a", "produced": ["model:a", None]},
    ],
    ids=lambda details: str(details)[:30],
)
def test_a_step_that_is_none_is_refused_before_it_begins(
    kept: Kept, details: dict[str, Any]
) -> None:
    with pytest.raises(AnswerableError):
        ans.step(**details)
    assert kept.size() == 0


def test_what_is_no_artifact_is_refused_where_it_is_said(kept: Kept) -> None:
    with ans.step("train") as s:
        for add in (s.used, s.produced):
            for bad in ("nonsense", "", None, 5, "model:a@1@2", "model:\ud800"):
                with pytest.raises(AnswerableError):
                    add(bad)  # type: ignore[arg-type]
    assert (kept.step().used, kept.step().produced) == ((), ())


def test_it_takes_nothing_after_it_has_ended(kept: Kept) -> None:
    with ans.step("train") as s:
        with pytest.raises(IncompleteDecisionError, match="train has not been kept"):
            _ = s.record
    for call in (lambda: s.used("dataset:a@1"), lambda: s.produced("model:a@1"), s.__enter__):
        with pytest.raises(IncompleteDecisionError):
            call()
    assert kept.step().used == ()
    assert s.receipt.index == 1


def test_ending_what_never_began_is_an_error_of_ours(kept: Kept) -> None:
    never = ans.step("train")
    with pytest.raises(IncompleteDecisionError, match="the step 'train' is not open"):
        never.__exit__(None, None, None)
    with never:
        pass
    with pytest.raises(IncompleteDecisionError, match="the step 'train' is not open"):
        never.__exit__(None, None, None)
    assert len(kept.steps()) == 1


def test_one_ended_in_another_context_than_it_began_ends_all_the_same(kept: Kept) -> None:
    from contextvars import copy_context

    block = ans.step("train")
    copy_context().run(block.__enter__)
    block.__exit__(None, None, None)

    assert kept.step().name == "train"
    assert scope.here() == scope.Scope()


def test_a_classs_construction_may_be_a_step(kept: Kept) -> None:
    class Model:
        def __init__(self, depth: int) -> None:
            self.depth = depth

    assert ans.step("build")(Model)(3).depth == 3
    assert kept.step().name == "build"
