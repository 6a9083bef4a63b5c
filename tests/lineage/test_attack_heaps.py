"""Whatever somebody heaps up, who may record and no more: a trace costs what there is, and comes to an end."""

from __future__ import annotations

import time
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.lineage import review
from answerable.lineage.circles import circles
from answerable.model import Assumption, Override, Record, Revocation
from tests.lineage.story import approval, day, decision, dissent, placed, step, trace

SUBJECT = "deployment:prod/m"
WHOLE = (
    step("deploy", 5, produced=[SUBJECT]),
    decision("go", 4, kind="deploy", step="deploy", capture="passed"),
)


def withdrawal(number: int, of: str) -> Record:
    at = day(7 + number / 100_000)
    return Revocation(
        id=f"r{number}",
        decided_at=at,
        recorded_at=at,
        about=(f"record:{of}",),
        revokes=(of,),
        rationale="so",
    )


def withdrawn_in_turn(count: int) -> list[Record]:
    return [withdrawal(n, f"r{n - 1}" if n else "go") for n in range(count)]


def withdrawn_again_and_again(count: int) -> list[Record]:
    return [withdrawal(n, "go") for n in range(count)]


def approvals_withdrawn_in_turn(count: int) -> list[Record]:
    yes = approval("yes", 6, about=(SUBJECT,))
    # The last one first, as they are dated, so that each is known only when the next is.
    voices = [withdrawal(n, f"r{n - 1}" if n else "yes") for n in range(count)]
    times = [each.decided_at for each in reversed(voices)]
    pairs = zip(voices, times, strict=True)
    return [yes, *(attrs.evolve(each, decided_at=at) for each, at in pairs)]


def replaced_in_turn(count: int) -> list[Record]:
    return [
        decision(f"d{n}", 6 + n / 1e5, step="deploy", supersedes=(f"d{n - 1}" if n else "go",))
        for n in range(count)
    ]


def each_replaces_five(count: int) -> list[Record]:
    def before(n: int) -> tuple[str, ...]:
        return tuple(f"d{at}" for at in range(max(0, n - 5), n))

    return [
        decision(f"d{n}", 6 + n / 1e5, step="deploy", supersedes=before(n)) for n in range(count)
    ]


def replaced_in_a_circle(count: int) -> list[Record]:
    return [
        decision(f"d{n}", 6 + n / 1e5, step="deploy", supersedes=(f"d{(n - 1) % count}",))
        for n in range(count)
    ]


def circles_on_circles(count: int) -> list[Record]:
    """Of two each, every one of which replaces the one before."""
    return [
        decision(f"d{n}", 6 + n / 1e5, step="deploy", supersedes=(f"d{n ^ 1}", f"d{max(n - 2, 0)}"))
        for n in range(count)
    ]


def steps_in_steps(count: int) -> list[Record]:
    return [step(f"s{n}", 5, step=f"s{n - 1}" if n else "deploy") for n in range(count)]


def doubts_of_doubts(count: int) -> list[Record]:
    return [
        dissent(f"x{n}", 6, about=(f"record:x{n - 1}" if n else "record:go",)) for n in range(count)
    ]


def decisions_that_assume(count: int) -> list[Record]:
    return [
        decision(f"d{n}", 6, step="deploy", assumptions=(Assumption(statement=f"a{n}"),))
        for n in range(count)
    ]


def approvals(count: int) -> list[Record]:
    return [approval(f"yes{n}", 6, about=(SUBJECT,)) for n in range(count)]


def approvals_each_taken_back_and_that_taken_back(count: int) -> list[Record]:
    back = [withdrawal(n, f"yes{n}") for n in range(count)]
    return [*approvals(count), *back, *(withdrawal(count + n, f"r{n}") for n in range(count))]


def doubts_each_of_its_own(count: int) -> list[Record]:
    made = [decision(f"d{n}", 5, step="deploy") for n in range(count)]
    return [*made, *(dissent(f"x{n}", 6, about=(f"record:d{n}",)) for n in range(count))]


def controls_bypassed(count: int) -> list[Record]:
    return [
        Override(
            id=f"o{n}",
            decided_at=day(6),
            recorded_at=day(6),
            control=f"c{n}",
            rationale="so",
            about=(SUBJECT,),
        )
        for n in range(count)
    ]


def cost(history: list[Record]) -> float:
    """Processor time, the best of three."""

    def once() -> float:
        start = time.process_time()
        review(trace(SUBJECT, *WHOLE, *history))
        return time.process_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    "heap",
    [
        withdrawn_in_turn,
        withdrawn_again_and_again,
        approvals_withdrawn_in_turn,
        replaced_in_turn,
        each_replaces_five,
        replaced_in_a_circle,
        circles_on_circles,
        steps_in_steps,
        doubts_of_doubts,
        doubts_each_of_its_own,
        controls_bypassed,
        decisions_that_assume,
        approvals,
        approvals_each_taken_back_and_that_taken_back,
    ],
)
def test_four_times_as_many_cost_no_sixteen_times_as_much(
    heap: Callable[[int], list[Record]],
) -> None:
    assert cost(heap(1200)) < 9 * cost(heap(300))


@pytest.mark.parametrize("count", [1, 2, 1500, 1501])
def test_of_withdrawals_of_withdrawals_every_second_one_counts(count: int) -> None:
    """However many there are: they are not followed by calls within calls."""
    told = trace(SUBJECT, *WHOLE, *withdrawn_in_turn(count))

    assert placed(told, "go").superseded_by == ("r0" if count % 2 else None)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_whoever_gets_back_to_themselves_is_in_a_circle(ways: list[tuple[int, int]]) -> None:
    above = {str(n): [str(b) for a, b in ways if a == n and a != b] for n in range(8)}

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            new = set(above[waiting.pop()]) - found
            found |= new
            waiting += new
        return found

    found: dict[str, bool] = {}
    told: list[str] = []
    for start in above:
        for together in circles(start, above.__getitem__, found):
            # After all that lie above them.
            assert all(reached(one) <= {*told, *together} for one in together)
            told += together
    assert sorted(told) == sorted(above)
    assert found == {id: id in reached(id) for id in above}


def test_what_takes_an_approval_back_changes_no_digest_whatever_it_says_it_is_about() -> None:
    yes = approval("yes", 6, about=(SUBJECT,))
    of_yes = attrs.evolve(withdrawal(1, "yes"), about=())
    assert trace(SUBJECT, *WHOLE, yes, of_yes).digest == trace(SUBJECT, *WHOLE).digest
