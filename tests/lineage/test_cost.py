"""A trace costs what its subject's ancestry costs, not what else was recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import pytest

from answerable.lineage import MemoryLookup, stitch
from answerable.model import Artifact, Record
from tests.lineage.story import NOW, approval, choice, step


class CountingLookup:
    """A lookup that counts the questions it is asked, and what it hands out."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._inner = MemoryLookup(records)
        self.questions: Counter[object] = Counter()
        self.handed_out = 0

    def as_of(self, at: datetime) -> CountingLookup:
        return self

    def get(self, id: str) -> Record | None:
        found = self._inner.get(id)
        self._count(("get", id), [found] if found else [])
        return found

    def producing(self, artifact: Artifact) -> Sequence[Record]:
        return self._count(("producing", artifact), self._inner.producing(artifact))

    def using(self, artifact: Artifact) -> Sequence[Record]:
        return self._count(("using", artifact), self._inner.using(artifact))

    def about(self, ref: str) -> Sequence[Record]:
        return self._count(("about", ref), self._inner.about(ref))

    def inside(self, id: str) -> Sequence[Record]:
        return self._count(("inside", id), self._inner.inside(id))

    def superseding(self, id: str) -> Sequence[Record]:
        return self._count(("superseding", id), self._inner.superseding(id))

    def relying(self, name: str) -> Sequence[Record]:
        return self._count(("relying", name), self._inner.relying(name))

    def versions(self, ref: str) -> Sequence[str]:
        return self._inner.versions(ref)

    def _count(self, question: object, answer: Sequence[Record]) -> Sequence[Record]:
        self.questions[question] += 1
        self.handed_out += len(answer)
        return answer


def system(name: str, steps: int = 10) -> list[Record]:
    """A pipeline of `steps` steps with three decisions each, one of which was replaced, and a
    sign-off of each step's product: five records a step."""
    records: list[Record] = []
    for n in range(steps):
        here = f"{name}-{n}"
        thing, source = f"dataset:{name}@{n}", f"dataset:{name}@{n - 1}"
        records += [
            step(here, n + 1, used=[source] if n else [], produced=[thing]),
            choice(f"{here}-rows", n + 0.1, step=here),
            choice(f"{here}-old", n + 0.2, step=here),
            choice(f"{here}-new", n + 0.3, step=here, supersedes=(f"{here}-old",)),
            approval(f"{here}-yes", n + 1.5, about=(thing,)),
        ]
    return records


@pytest.fixture(scope="module")
def others() -> list[Record]:
    """5,000 records of other systems."""
    return [record for number in range(100) for record in system(f"other{number}")]


def asked(records: Sequence[Record]) -> CountingLookup:
    """The lookup after a trace of the system `mine`."""
    lookup = CountingLookup(records)
    told = stitch("dataset:mine@9", lookup, NOW)
    assert len(list(told.placed())) == 50
    return lookup


def test_no_question_is_asked_twice_and_few_for_each_record() -> None:
    lookup = asked(system("mine"))
    assert set(lookup.questions.values()) == {1}
    assert len(lookup.questions) < 6 * 50


def test_five_thousand_other_records_add_no_question_and_no_answer(others: list[Record]) -> None:
    alone, among = asked(system("mine")), asked([*others, *system("mine")])
    assert among.questions == alone.questions
    assert among.handed_out == alone.handed_out


def test_questions_grow_with_the_ancestry_and_no_faster() -> None:
    counts = []
    for steps in (10, 20, 40):
        lookup = CountingLookup(system("mine", steps))
        stitch(f"dataset:mine@{steps - 1}", lookup, NOW)
        counts.append(lookup.questions.total())
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


def test_a_long_history_is_walked_without_running_out_of_stack() -> None:
    told = stitch("dataset:mine@1999", MemoryLookup(system("mine", 2_000)), NOW.replace(year=2040))
    assert len(told.records) == 8_000
    chain: list[Record] = [choice("v0", 1, about=("model:m@1",))]
    chain += [choice(f"v{n}", n, supersedes=(f"v{n - 1}",)) for n in range(1, 200)]
    told = stitch("model:m@1", MemoryLookup(chain), NOW)
    assert [p.superseded_by is None for p in told.records] == [False] * 199 + [True]
