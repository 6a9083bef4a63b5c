"""`Annotated[…, Choice(…)]`: what was passed, and what nobody chose."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Annotated, Any, Optional

import pytest

import answerable as ans
from answerable.recording import scope
from tests.recording.kept import Kept

if TYPE_CHECKING:
    from decimal import Decimal as OnlyForTypeCheckers

Cutoff = Annotated[float, ans.Choice("threshold", "At which score do we decline?")]


def captured(kept: Kept) -> dict[str, tuple[Any, str]]:
    """By question: what was recorded and how."""
    return {d.question: (d.chosen, d.capture) for d in kept.decisions()}


@ans.step("train")
def train(
    rows: int, /, cutoff: Cutoff = 0.5, *, depth: Annotated[int, ans.Choice("depth")] = 3
) -> int:
    return rows


def test_an_argument_that_is_given_is_recorded_as_passed(kept: Kept) -> None:
    assert train(1, 0.62, depth=7) == 1

    cutoff, depth = kept.decisions()
    assert (cutoff.kind, cutoff.question, cutoff.chosen, cutoff.capture) == (
        "threshold",
        "At which score do we decline?",
        0.62,
        "passed",
    )
    assert (depth.kind, depth.question, depth.chosen, depth.capture) == (
        "depth",
        "Which value for depth?",
        7,
        "passed",
    )
    assert depth.step == cutoff.step == kept.step().id
    assert cutoff.decided_by is not None
    assert cutoff.source is not None
    assert cutoff.source.function == "test_an_argument_that_is_given_is_recorded_as_passed"


def test_one_that_is_left_out_is_a_default_that_nobody_chose(kept: Kept) -> None:
    train(1)

    cutoff, depth = kept.decisions()
    assert [(d.chosen, d.capture) for d in (cutoff, depth)] == [(0.5, "default"), (3, "default")]
    assert cutoff.decided_by is None
    assert cutoff.accountable == "role:head-of-credit-risk"
    assert cutoff.source is not None
    assert cutoff.source.function == "train"
    assert cutoff.source.line == train.__wrapped__.__code__.co_firstlineno  # type: ignore[attr-defined]


def test_passing_what_is_the_default_anyway_is_passing_it(kept: Kept) -> None:
    train(1, 0.5)
    assert [d.capture for d in kept.decisions()] == ["passed", "default"]


def test_every_call_is_recorded(kept: Kept) -> None:
    for cutoff in (0.1, 0.2):
        train(1, cutoff)
    assert [d.chosen for d in kept.decisions() if d.capture == "passed"] == [0.1, 0.2]


def test_a_call_that_does_not_fit_raises_what_it_always_did(kept: Kept) -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'rows'"):
        train()  # type: ignore[call-arg]
    assert kept.decisions() == []
    assert kept.step().abandoned == "TypeError"


def test_parameters_of_every_shape_are_found(kept: Kept) -> None:
    @ans.step("shapes")
    def shapes(
        *many: Annotated[int, ans.Choice("many")],
        perhaps: Annotated[int, ans.Choice("perhaps")] | None = None,
        optional: Optional[Annotated[int, ans.Choice("optional")]] = None,  # noqa: UP045
        beside: Annotated[int, "another mark", ans.Choice("beside")] = 0,
        plain: int = 0,
        **others: Annotated[int, ans.Choice("others")],
    ) -> Annotated[int, ans.Choice("returned")]:
        return len(many) + len(others)

    assert shapes(1, 2, extra=3) == 3
    assert captured(kept) == {
        "Which value for many?": ([1, 2], "passed"),
        "Which value for perhaps?": (None, "default"),
        "Which value for optional?": (None, "default"),
        "Which value for beside?": (0, "default"),
        "Which value for others?": ({"extra": 3}, "passed"),
    }


def test_names_that_exist_for_type_checkers_only_do_not_hide_a_choice(kept: Kept) -> None:
    @ans.step("typed")
    def typed(amount: OnlyForTypeCheckers, cutoff: Cutoff = 0.5) -> OnlyForTypeCheckers:
        return amount

    typed(1)  # type: ignore[arg-type]
    assert captured(kept) == {"At which score do we decline?": (0.5, "default")}


def test_names_of_the_function_around_are_seen(kept: Kept) -> None:
    from answerable import Choice as Mark

    @ans.step("inner")
    def inner(cutoff: Annotated[float, Mark("threshold")] = 0.5) -> None: ...

    inner()
    assert captured(kept) == {"Which value for cutoff?": (0.5, "default")}


def test_a_choice_that_cannot_be_evaluated_is_not_dropped_in_silence() -> None:
    def lost(cutoff: Annotated[Nowhere, ans.Choice("threshold")] = 0.5) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.warns(UserWarning, match="in the annotation of cutoff is not recorded") as warned:
        ans.step("lost")(lost)
    assert warned[0].filename == __file__


def test_other_functions_with_choices_are_recorded_too(kept: Kept) -> None:
    class Trainer:
        @ans.step("method")
        def method(self, cutoff: Annotated[float, ans.Choice("method")] = 0.1) -> None: ...

        @ans.step("static")
        @staticmethod
        def static(cutoff: Annotated[float, ans.Choice("static")] = 0.2) -> None: ...

        def __call__(self, cutoff: Annotated[float, ans.Choice("object")] = 0.3) -> None: ...

    @ans.decision("model")
    async def decide(cutoff: Annotated[float, ans.Choice("coroutine")] = 0.4) -> str:
        return "forest"

    @ans.step("generator")
    def generate(cutoff: Annotated[float, ans.Choice("generator")] = 0.5) -> Any:
        yield scope.here().decision

    def partly(rows: int, cutoff: Annotated[float, ans.Choice("partial")] = 0.6) -> None: ...

    Trainer().method()
    Trainer.static()
    ans.step("object")(Trainer())()
    asyncio.run(decide())
    assert list(generate()) == [None]
    ans.step("partial")(functools.partial(partly, 1))()

    found = {d.kind: d.chosen for d in kept.decisions() if d.capture == "default"}
    assert found == {
        "method": 0.1,
        "static": 0.2,
        "object": 0.3,
        "coroutine": 0.4,
        "generator": 0.5,
        "partial": 0.6,
    }


def test_a_choice_in_a_decision_stands_within_it(kept: Kept) -> None:
    @ans.decision("model")
    def pick(depth: Annotated[int, ans.Choice("depth")] = 3) -> str:
        return "forest"

    pick()
    depth, model = kept.decisions()
    assert depth.within == model.id


@pytest.mark.parametrize("value", [float("nan"), 2**60, object(), b"x", "a" * 9000])
def test_a_value_without_a_form_stops_no_pipeline(kept: Kept, value: Any) -> None:
    assert train(1, value) == 1
    assert kept.decisions()[0].chosen is not None


def test_a_mark_is_checked_where_it_is_written() -> None:
    with pytest.raises(ans.InvalidValueError, match="not a kind of decision"):
        ans.Choice("two words")
    with pytest.raises(ans.InvalidValueError, match="the question is a int"):
        ans.Choice("threshold", 5)  # type: ignore[arg-type]
    assert ans.Choice("threshold", "Why?") == ans.Choice("threshold", "Why?")


class TestWhoChoseWhatIsPassed:
    def _authority(self, kept: Kept) -> str | None:
        return next(d for d in kept.decisions() if d.capture == "passed").authority

    def test_it_is_the_decision_that_made_the_value_where_the_call_is(self, kept: Kept) -> None:
        ans.choose("threshold", 0.61, because="an earlier try")
        with ans.decide("threshold") as d:
            cutoff = d.choose(0.62)
        train(1, cutoff)

        assert self._authority(kept) == f"record:{d.id}"

    def test_it_is_found_around_the_step_in_which_the_call_is(self, kept: Kept) -> None:
        with ans.step("outer"):
            with ans.decide("threshold") as d:
                d.choose(0.62)
            with ans.step("inner"):
                train(1, 0.62)

        assert self._authority(kept) == f"record:{d.id}"

    def test_it_is_the_newest_of_those_that_made_the_value(self, kept: Kept) -> None:
        ans.choose("threshold", 0.62)
        with ans.decide("threshold") as d:
            d.choose(0.62)
        train(1, 0.62)

        assert self._authority(kept) == f"record:{d.id}"

    def test_a_decorated_function_may_have_made_it(self, kept: Kept) -> None:
        @ans.decision("threshold")
        def pick() -> float:
            return 0.62

        train(1, pick())
        first = next(d for d in kept.decisions() if d.capture == "explicit")
        assert self._authority(kept) == f"record:{first.id}"

    def test_what_is_merely_equal_in_another_scope_is_not_meant(self, kept: Kept) -> None:
        with ans.step("elsewhere"):
            ans.choose("threshold", 0.62)
        with ans.step("here"):
            train(1, 0.62)

        assert self._authority(kept) is None

    def test_outside_every_step_a_function_is_a_scope(self, kept: Kept) -> None:
        def another() -> None:
            ans.choose("threshold", 0.62)

        another()
        train(1, 0.62)

        assert self._authority(kept) is None

    @pytest.mark.parametrize(
        ("kind", "chosen", "passed"),
        [("depth", 0.62, 0.62), ("threshold", 1, True), ("threshold", 1, 1.0), ("threshold", 1, 2)],
    )
    def test_another_kind_type_or_value_is_not_meant(
        self, kept: Kept, kind: str, chosen: Any, passed: Any
    ) -> None:
        ans.choose(kind, chosen)
        train(1, passed)

        assert self._authority(kept) is None

    def test_neither_is_a_default_nor_what_was_given_up(self, kept: Kept) -> None:
        train(1)
        with pytest.raises(ZeroDivisionError), ans.decide("threshold") as d:
            d.choose(0.5)
            raise ZeroDivisionError
        train(1, 0.5)

        assert self._authority(kept) is None

    def test_two_tasks_do_not_see_each_others_choices(self, kept: Kept) -> None:
        chosen, called = asyncio.Event(), asyncio.Event()

        async def one() -> None:
            ans.choose("threshold", 0.62)
            chosen.set()
            await called.wait()

        async def other() -> None:
            await chosen.wait()
            train(1, 0.62)
            called.set()

        async def both() -> None:
            await asyncio.gather(one(), other())

        asyncio.run(both())
        assert self._authority(kept) is None

    def test_the_trace_shows_the_tie(self, kept: Kept) -> None:
        with ans.decide("threshold") as d:
            d.choose(0.62)
        with ans.step("train", produced="model:m@1"):
            train(1, 0.62)

        with ans.open(kept.uri, home=kept.home) as history:
            trace = history.trace("model:m@1")
        (passed,) = (p for p in trace.records if getattr(p.record, "capture", "") == "passed")
        assert [(link.to, link.by) for link in passed.links] == [(d.id, "authority")]

    def test_a_loop_without_end_is_not_held(self, kept: Kept) -> None:
        with ans.step("search") as s:
            for n in range(300):
                ans.choose("threshold", n)
        assert len(s.chosen) == 256


@pytest.mark.parametrize("how", ["call", "settings"])
def test_a_private_choice_that_is_passed_on_is_not_told_and_still_joined(
    kept: Kept, how: str
) -> None:
    mine = "chosen" if how == "call" else None
    if mine is None:
        ans.configure(ledger=kept.uri, private="chosen")

    train(1, ans.choose("threshold", 0.62, private=mine))

    first, passed, *_ = kept.decisions()
    assert (passed.capture, passed.authority) == ("passed", f"record:{first.id}")
    assert [part.field for part in passed.withheld] == ["chosen"]
    assert "0.62" not in repr(passed)
