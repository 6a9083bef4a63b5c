"""What rests on something, over any number of hops, and its agreement with the closure."""

from __future__ import annotations

import pytest
from hypothesis import given

from answerable.errors import InvalidReferenceError, NotFoundError
from answerable.lineage import Impact, Known, MemoryLookup, closure, impact
from answerable.model import Record, Supersession
from tests import strategies
from tests.lineage.story import NOW, approval, artifact, choice, day, decision, step


def of(ref: str, *records: Record, at: float | None = None) -> Impact:
    return impact(ref, MemoryLookup(records), NOW if at is None else day(at))


def reached(found: Impact) -> set[str]:
    return {each.subject for each in found.reached}


def ids(found: Impact) -> list[str]:
    return [each.id for each in found.decisions]


CHAIN = (
    step("select", 1, used=["dataset:raw@1"], produced=["dataset:clean@1"]),
    step("train", 2, used=["dataset:clean@1"], produced=["model:m@1"]),
    choice("deploy", 3, used=["model:m@1"], produced=["deployment:prod/m"]),
)


def test_it_goes_over_any_number_of_hops_and_says_the_way() -> None:
    found = of("dataset:raw@1", *CHAIN)

    assert [each.subject for each in found.reached] == [
        "dataset:clean@1",
        "model:m@1",
        "deployment:prod/m",
    ]
    assert found.reached[-1].path == (
        *("dataset:raw@1", "select", "dataset:clean@1", "train"),
        *("model:m@1", "deploy", "deployment:prod/m"),
    )
    assert ids(found) == ["deploy"]


def test_what_does_not_rest_on_it_is_not_reached() -> None:
    other = step("other", 2, used=["dataset:b@1"], produced=["model:other@1"])

    assert reached(of("dataset:b@1", *CHAIN, other)) == {"model:other@1"}


def test_a_deployment_counts_as_long_as_it_holds_what_rests_on_it() -> None:
    """Which *live* deployments: the slot's occupant decides."""
    replaced = choice("redeploy", 9, used=["model:n@1"], produced=["deployment:prod/m"])

    assert "deployment:prod/m" in reached(of("dataset:raw@1", *CHAIN, replaced, at=8))
    assert reached(of("dataset:raw@1", *CHAIN, replaced)) == {"dataset:clean@1", "model:m@1"}


def test_without_a_version_any_version_is_meant() -> None:
    assert reached(of("dataset:raw", *CHAIN)) == {
        *("dataset:clean@1", "model:m@1", "deployment:prod/m")
    }


def test_a_decision_passes_on_what_it_used_to_what_it_is_about() -> None:
    vendor = decision("vendor", 2, kind="vendor", used=["vendor:v"], about=("model:m@1",))

    found = of("vendor:v", *CHAIN, vendor)

    assert reached(found) == {"model:m@1", "deployment:prod/m"}
    assert ids(found) == ["vendor", "deploy"]


def test_a_decision_inside_a_step_passes_it_on_to_what_the_step_made() -> None:
    inside = decision("labels", 2, step="train", used=["guideline:g@3"])

    assert reached(of("guideline:g@3", *CHAIN, inside)) == {"model:m@1", "deployment:prod/m"}


def test_the_same_bytes_under_another_name_are_followed() -> None:
    copied = step(
        "serve", 4, used=[artifact("model:copy@9", "bytes")], produced=["deployment:edge/m"]
    )
    trained = step("train", 2, used=["dataset:a@1"], produced=[artifact("model:m@1", "bytes")])

    assert "deployment:edge/m" in reached(of("dataset:a@1", trained, copied))


def test_what_was_decided_on_an_authority_rests_on_it() -> None:
    policy = decision("policy", 1, kind="requirement", produced=["policy:risk@2"])
    acted = decision("limit", 2, authority="policy:risk@2", produced=["config:limit@1"])

    assert reached(of("policy:risk@2", policy, acted)) == {"config:limit@1"}
    assert "config:limit@1" in reached(of("record:policy", policy, acted))


def test_what_was_superseded_passes_nothing_on() -> None:
    first = choice("first", 1, used=["vendor:v"], produced=["config:c@1"])
    second = choice("second", 2, supersedes=("first",), produced=["config:c@2"])

    assert reached(of("vendor:v", first, second, at=1.5)) == {"config:c@1"}
    assert reached(of("vendor:v", first, second)) == set()


def test_it_answers_as_of_a_time() -> None:
    assert reached(of("dataset:raw@1", *CHAIN, at=1)) == {"dataset:clean@1"}
    with pytest.raises(NotFoundError, match="names dataset:raw@1"):
        of("dataset:raw@1", *CHAIN, at=0.5)


def test_what_is_only_spoken_of_is_known_and_reaches_nothing() -> None:
    found = of("dataset:b@1", approval("yes", about=("dataset:b@1",)))

    assert (found.reached, found.decisions) == ((), ())


@pytest.mark.parametrize("ref", ["nothing", "Model:x", ""])
def test_what_is_no_reference_is_refused(ref: str) -> None:
    with pytest.raises(InvalidReferenceError):
        of(ref, *CHAIN)


@given(strategies.histories(), strategies.subjects())
def test_forwards_and_backwards_are_inverse(history: list[Record], ref: str) -> None:
    """Whatever rests on it by its own closure is reached, and nothing else is."""
    known = Known(MemoryLookup(history), strategies.END)
    try:
        found = impact(ref, MemoryLookup(history), strategies.END)
    except NotFoundError:
        asked, there = {ref}, set[str]()
    else:
        asked, there = {ref, *known.versions(ref)} if "@" not in ref else {ref}, reached(found)
    for subject in strategies.REFS:
        if subject not in asked:
            assert (subject in there) == (not asked.isdisjoint(closure(subject, known).refs))


@given(strategies.histories(), strategies.subjects())
def test_a_path_begins_and_ends_where_it_should(history: list[Record], ref: str) -> None:
    try:
        found = impact(ref, MemoryLookup(history), strategies.END)
    except NotFoundError:
        return
    named = {*strategies.REFS, *(record.id for record in history)}
    for each in found.reached:
        assert each.path[0].partition("@")[0] == ref.removeprefix("record:").partition("@")[0]
        assert each.path[-1] == each.subject
        assert set(each.path) <= named
        assert len(set(each.path)) == len(each.path)


def test_a_supersession_ties_what_it_names_together_from_either_side() -> None:
    old = choice("old", 1, about=("model:m@1",))
    new = choice("new", 2, about=("model:n@1",))
    said = Supersession(
        id="said", decided_at=day(3), recorded_at=day(3), replaces=("old",), successor="new"
    )

    def subjects(ref: str) -> set[str]:
        return reached(impact(ref, MemoryLookup([old, new, said]), NOW))

    assert subjects("record:old") == subjects("record:new") == {"model:m@1", "model:n@1"}
    assert subjects("record:said") == {"model:m@1", "model:n@1"}
