"""What changed between two subjects, by whose decision, and what without any."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from answerable.errors import NotFoundError
from answerable.lineage import AccountabilityTrace, Change, Changed, Difference, MemoryLookup
from answerable.lineage import diff as compare
from answerable.lineage.stitch import stitch
from answerable.model import Decision, Record, Source
from tests import strategies
from tests.lineage.story import NOW, artifact, decision, step

V6, V7 = "model:m@6", "model:m@7"


def of(*records: Record, before: str = V6, after: str = V7) -> Difference:
    lookup = MemoryLookup(records)
    return compare(stitch(before, lookup, NOW), stitch(after, lookup, NOW))


def trained(version: int, *used: Any, on: float = 5, **fields: Any) -> Record:
    name = f"train-{version}"
    return step(name, on, name="train", used=used, produced=[f"model:m@{version}"], **fields)


def ids(records: tuple[Decision, ...]) -> list[str]:
    return [record.id for record in records]


def pairs(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.before.id, change.after.id) for change in changes]


def asked(id: str, on: float, chosen: object, **fields: Any) -> Decision:
    return decision(id, on, **{"question": "At which score?", "chosen": chosen, **fields})


def test_the_same_question_answered_otherwise_has_changed() -> None:
    found = of(
        *(trained(6), trained(7)),
        asked("t6", 1, 0.5, about=(V6,)),
        asked("t7", 2, 0.62, about=(V7,)),
    )

    assert pairs(found.changed) == [("t6", "t7")]
    assert (found.added, found.removed, found.remade) == ((), (), ())


def test_the_same_choice_made_again_is_no_change() -> None:
    found = of(
        *(trained(6), trained(7)),
        asked("t6", 1, 1, about=(V6,)),
        asked("t7", 2, 1, about=(V7,)),
    )

    assert pairs(found.remade) == [("t6", "t7")]
    assert found.changed == ()


def test_true_is_another_choice_than_one() -> None:
    found = of(
        *(trained(6), trained(7)),
        asked("t6", 1, 1, about=(V6,)),
        asked("t7", 2, True, about=(V7,)),
    )

    assert pairs(found.changed) == [("t6", "t7")]


def test_questions_of_one_side_were_added_or_removed() -> None:
    found = of(
        *(trained(6), trained(7)),
        decision("vendor", 1, kind="vendor", about=(V6,)),
        decision("fairness", 2, kind="fairness", about=(V7,)),
    )

    assert (ids(found.added), ids(found.removed)) == (["fairness"], ["vendor"])
    assert found.changed == ()


def test_a_question_put_in_other_words_is_the_same_where_its_kind_has_one_alone() -> None:
    found = of(
        *(trained(6), trained(7)),
        asked("t6", 1, 0.5, about=(V6,)),
        asked("t7", 2, 0.6, about=(V7,), question="Where is the cut?"),
    )

    assert pairs(found.changed) == [("t6", "t7")]


def test_many_of_a_kind_are_paired_by_question() -> None:
    both = {"kind": "hyperparameter"}
    found = of(
        *(trained(6), trained(7)),
        decision("d6", 1, question="Which depth?", chosen=3, step="train-6", **both),
        decision("r6", 1, question="Which rate?", chosen=0.1, step="train-6", **both),
        decision("r7", 2, question="Which rate?", chosen=0.2, step="train-7", **both),
        decision("d7", 2, question="Which depth?", chosen=3, step="train-7", **both),
    )

    assert pairs(found.changed) == [("r6", "r7")]
    assert pairs(found.remade) == [("d6", "d7")]


def test_what_both_rest_on_is_no_difference() -> None:
    shared = decision("shared", 1, kind="guideline", produced=["guideline:g@1"])

    found = of(shared, trained(6, "guideline:g@1"), trained(7, "guideline:g@1"))

    assert found == of(shared, trained(6, "guideline:g@1"), trained(7, "guideline:g@1"))
    assert (found.added, found.removed, found.changed, found.remade) == ((), (), (), ())


class TestWithoutDecision:
    def test_an_input_of_another_version_that_no_decision_names(self) -> None:
        found = of(trained(6, "dataset:raw@1"), trained(7, "dataset:raw@2"))

        assert found.without_decision == (
            Changed(what="dataset:raw", before="dataset:raw@1", after="dataset:raw@2"),
        )

    def test_an_input_of_other_content_under_the_same_name(self) -> None:
        one, other = artifact("dataset:raw@1", "march"), artifact("dataset:raw@1", "april")

        (changed,) = of(trained(6, one), trained(7, other)).without_decision

        assert changed.what == "dataset:raw"
        assert changed.before == f"dataset:raw@1 {one.digest}"
        assert changed.after == f"dataset:raw@1 {other.digest}"

    def test_an_input_that_was_not_there(self) -> None:
        (changed,) = of(trained(6), trained(7, "vendor:v@1")).without_decision

        assert (changed.what, changed.before, changed.after) == ("vendor:v", None, "vendor:v@1")

    def test_not_what_a_decision_used(self) -> None:
        chosen = decision("which", 1, kind="dataset", used=["dataset:raw@2"], step="train-7")

        found = of(trained(6, "dataset:raw@1"), trained(7, "dataset:raw@2"), chosen)

        assert found.without_decision == ()

    def test_not_what_a_decision_chose_by_name(self) -> None:
        chosen = decision("which", 1, kind="dataset", chosen="raw@2", step="train-7")

        found = of(trained(6, "dataset:raw@1"), trained(7, "dataset:raw@2"), chosen)

        assert found.without_decision == ()

    def test_not_what_was_made_on_the_way(self) -> None:
        """It changed because what went into it did."""
        found = of(
            step("s6", 1, used=["dataset:raw@1"], produced=["dataset:clean@1"]),
            step("s7", 2, used=["dataset:raw@2"], produced=["dataset:clean@2"]),
            *(trained(6, "dataset:clean@1"), trained(7, "dataset:clean@2")),
        )

        assert [changed.what for changed in found.without_decision] == ["dataset:raw"]

    def test_the_code_of_a_step(self) -> None:
        found = of(
            trained(6, source=Source(commit="a" * 40, dirty=False)),
            trained(7, source=Source(commit="a" * 40, dirty=True)),
        )

        assert found.without_decision == (
            Changed(what="the code of train", before="a" * 40, after="a" * 40 + " with changes"),
        )

    def test_a_default_that_is_another_now(self) -> None:
        left = {"capture": "default", "kind": "hyperparameter", "decided_by": None}
        found = of(
            *(trained(6), trained(7)),
            asked("d6", 1, 100, step="train-6", **left),
            asked("d7", 2, 300, step="train-7", **left),
        )

        assert (found.changed, pairs(found.defaults)) == ((), [("d6", "d7")])
        assert found.without_decision == (
            Changed(what="At which score?", before="100", after="300"),
        )

    def test_a_default_that_is_the_same_was_not_decided_anew(self) -> None:
        left = {"capture": "default", "kind": "hyperparameter", "decided_by": None}
        found = of(
            *(trained(6), trained(7)),
            asked("d6", 1, 100, step="train-6", **left),
            asked("d7", 2, 100, step="train-7", **left),
        )

        assert (found.remade, pairs(found.defaults)) == ((), [("d6", "d7")])
        assert found.without_decision == ()


def test_gaps_are_compared_by_what_they_are_at_not_by_record() -> None:
    found = of(
        *(trained(6), trained(7)),
        asked("t6", 1, 0.5, about=(V6,), accountable=None, considered=()),
        asked("t7", 2, 0.6, about=(V7,), rationale=None, considered=()),
    )

    assert [gap.code for gap in found.closed] == ["unassigned"]
    assert [gap.code for gap in found.opened] == ["no-rationale"]


def _stitched(subject: str, history: list[Record]) -> AccountabilityTrace | None:
    try:
        return stitch(subject, MemoryLookup(history), strategies.END)
    except NotFoundError:
        return None


@given(strategies.histories(), strategies.subjects())
def test_nothing_differs_from_itself(history: list[Record], subject: str) -> None:
    if whole := _stitched(subject, history):
        found = compare(whole, whole)
        assert found == Difference(
            before=subject,
            after=subject,
            added=(),
            removed=(),
            changed=(),
            remade=(),
            defaults=(),
            without_decision=(),
            closed=(),
            opened=(),
        )


@given(strategies.histories(), strategies.subjects(), strategies.subjects())
def test_turned_round_it_mirrors(history: list[Record], one: str, other: str) -> None:
    before, after = _stitched(one, history), _stitched(other, history)
    if before is None or after is None:
        return
    there, back = compare(before, after), compare(after, before)

    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.closed, there.opened) == (back.opened, back.closed)
    for ours, theirs in (
        (there.changed, back.changed),
        (there.remade, back.remade),
        (there.defaults, back.defaults),
    ):
        assert pairs(ours) == [(b, a) for a, b in pairs(theirs)]
    turned = {(c.what, c.after, c.before) for c in back.without_decision}
    assert {(c.what, c.before, c.after) for c in there.without_decision} == turned


@given(strategies.histories(), strategies.subjects(), strategies.subjects())
def test_every_decision_of_either_side_is_accounted_for(
    history: list[Record], one: str, other: str
) -> None:
    before, after = _stitched(one, history), _stitched(other, history)
    if before is None or after is None:
        return
    found = compare(before, after)
    both = (*found.changed, *found.remade, *found.defaults)

    assert sorted([*ids(found.removed), *(c.before.id for c in both)]) == sorted(
        _in_force(before) - _in_force(after)
    )
    assert sorted([*ids(found.added), *(c.after.id for c in both)]) == sorted(
        _in_force(after) - _in_force(before)
    )


def _in_force(trace: AccountabilityTrace) -> set[str]:
    return {
        placed.record.id
        for placed in trace.records
        if isinstance(placed.record, Decision)
        and not placed.superseded_by
        and placed.record.abandoned is None
    }
