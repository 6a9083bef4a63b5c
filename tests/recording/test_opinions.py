"""`approve` and `dissent`: a yes or a no, about something, by somebody, as a record of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

import answerable as ans
from answerable.errors import AnswerableError, InvalidReferenceError, InvalidValueError
from answerable.model import Actor, Approval, Dissent
from answerable.model.records import Meaning
from answerable.recording import scope
from tests.recording.kept import Kept

PRESENTED = "sha256:" + "a" * 64
Opinion = Callable[..., "Approval | Dissent"]


def _approve(about: Any, **details: Any) -> Approval:
    return ans.approve(about, digest=PRESENTED, **details)


def _dissent(about: Any, **details: Any) -> Dissent:
    return ans.dissent(about, "not tested on thin files", **details)


@pytest.fixture(params=[_approve, _dissent], ids=["approve", "dissent"])
def say(request: pytest.FixtureRequest) -> Opinion:
    way: Opinion = request.param
    return way


def test_it_comes_back_as_it_is_kept(kept: Kept, say: Opinion) -> None:
    said = say("model:loans@7")

    assert [said] == kept.records()
    assert said.about == ("model:loans@7",)
    assert said.custody is not None
    assert said.custody.verified
    assert said.custody.index == 1
    assert said.decided_by == Actor(id="person:analyst@bank.example", known_by="asserted")
    assert said.team == "credit-risk"
    assert said.source is not None
    assert said.source.function == say.__name__


def test_it_is_about_an_artifact_by_its_name(kept: Kept, say: Opinion) -> None:
    say(ans.artifact("model:loans@7", data=b"weights"))
    assert kept.records()[0].about == ("model:loans@7",)


def test_it_may_be_somebody_elses(kept: Kept, say: Opinion) -> None:
    say("model:loans@7", decided_by="committee:credit")
    assert kept.records()[0].decided_by == Actor(id="committee:credit", known_by="asserted")


def test_it_stands_in_what_is_open_and_closes_nothing_of_it(kept: Kept, say: Opinion) -> None:
    with ans.step("review") as s, ans.decide("model") as d:
        said = say("model:loans@7")
        assert scope.here().innermost is d
        d.choose("forest")

    assert (said.step, said.within) == (s.id, d.id)
    assert [type(r) for r in kept.records()] == [type(said), ans.Decision, ans.Step]


@pytest.mark.parametrize("about", [None, [], (), "", "nonsense", 5, ["model:a@1", ""]])
def test_an_opinion_about_nothing_is_refused(kept: Kept, say: Opinion, about: Any) -> None:
    with pytest.raises((InvalidReferenceError, InvalidValueError)):
        say(about)
    assert kept.size() == 0


@pytest.mark.parametrize("by", ["", "nobody in particular", 5])
def test_an_opinion_of_nobody_is_refused(kept: Kept, say: Opinion, by: Any) -> None:
    with pytest.raises(InvalidReferenceError, match="not an actor"):
        say("model:loans@7", decided_by=by)
    assert kept.size() == 0


def test_each_meaning_of_an_approval_is_kept(kept: Kept) -> None:
    for meaning in get_args(Meaning):
        ans.approve("model:loans@7", digest=PRESENTED, meaning=meaning)
    ans.approve("model:loans@7", digest=PRESENTED)

    found = [r.meaning for r in kept.records() if isinstance(r, Approval)]
    assert found == ["review", "approval", "responsibility", "authorship", "approval"]


@pytest.mark.parametrize(
    "details",
    [
        {"digest": "a" * 64},
        {"digest": None},
        {"digest": PRESENTED, "meaning": "perhaps"},
        {"digest": PRESENTED, "meaning": []},
        {"digest": PRESENTED, "because": "a" * 10_000_000},
        {"digest": PRESENTED, "because": "a\x00b"},
    ],
    ids=lambda details: str(details)[-30:],
)
def test_an_approval_that_binds_nothing_is_refused(kept: Kept, details: dict[str, Any]) -> None:
    with pytest.raises(AnswerableError):
        ans.approve("model:loans@7", **details)
    assert kept.size() == 0


@pytest.mark.parametrize("because", ["", " \n", "a" * 10_000_000, "\ud800", None])
def test_a_dissent_without_a_reason_is_refused(kept: Kept, because: Any) -> None:
    with pytest.raises(AnswerableError):
        ans.dissent("model:loans@7", because)
    assert kept.size() == 0


def test_it_is_made_and_not_kept_where_recording_is_disabled(
    kept: Kept, say: Opinion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERABLE_DISABLED", "1")
    assert say("model:loans@7").custody is None
    assert kept.size() == 0


def test_a_dissent_beside_a_refused_decision_is_not_left_alone(kept: Kept) -> None:
    with pytest.raises(InvalidValueError), ans.decide("model") as d:
        d.dissent("role:auditor", because="too early")
        d.choose(float("nan"))
    assert kept.size() == 0
