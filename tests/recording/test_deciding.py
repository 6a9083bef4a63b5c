"""`decide`, `choose` and `current`: a choice, and all that is said about it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

import answerable as ans
from answerable.errors import IncompleteDecisionError, InvalidReferenceError, InvalidValueError
from answerable.model import Actor, Ballot, Dissent
from answerable.testing import FixedClock
from tests.recording.kept import Kept


def test_a_choice_takes_one_line_and_comes_back(kept: Kept) -> None:
    threshold = ans.choose(
        "threshold", 0.62, over={0.5: "library default"}, because="FPR below 2% on validation"
    )

    made = kept.decision()
    assert threshold == 0.62
    assert made.chosen == 0.62
    assert made.considered == (ans.Considered(value=0.5, because="library default"),)
    assert made.rationale == "FPR below 2% on validation"
    assert made.question == "From which value on do we act?"
    assert made.decided_by == Actor(id="person:analyst@bank.example", known_by="asserted")
    assert made.team == "credit-risk"
    assert made.capture == "explicit"


def test_a_block_holds_what_is_said_while_deciding(kept: Kept) -> None:
    with ans.decide("threshold", "At which score do we decline?") as d:
        d.used(ans.artifact("dataset:applications@1", data=b"rows"), "guideline:labelling@3")
        d.produced("config:threshold@7")
        d.about("model:loans@7")
        d.consider(0.5, because="library default")
        d.evidence("report:validation@1", kind="third_party", valid_until=date(2027, 1, 31))
        d.assume(
            "the mix stays", review_by="2027-01-31", holds_while="PSI < 0.2", owner="team:risk"
        )
        returned = d.choose(0.62, because="FPR below 2%")

    made = kept.decision()
    assert returned == 0.62
    assert [a.ref for a in made.used] == ["dataset:applications@1", "guideline:labelling@3"]
    assert made.used[0].digest is not None
    assert [a.ref for a in made.produced] == ["config:threshold@7"]
    assert made.about == ("model:loans@7",)
    assert made.evidence[0].artifact.ref == "report:validation@1"
    assert made.evidence[0].kind == "third_party"
    assert made.evidence[0].valid_until == "2027-01-31"
    assert made.assumptions == (
        ans.Assumption(
            statement="the mix stays",
            review_by="2027-01-31",
            holds_while="PSI < 0.2",
            owner="team:risk",
        ),
    )


def test_the_record_and_its_receipt_are_there_when_the_block_has_ended(kept: Kept) -> None:
    with ans.decide("threshold") as d:
        for ask in ("record", "receipt"):
            with pytest.raises(IncompleteDecisionError, match="has not been kept"):
                getattr(d, ask)
        d.choose(1)

    made = kept.decision()
    assert d.record == made
    assert d.record.custody is not None
    assert d.record.custody.verified
    assert d.receipt.index == 1
    assert d.receipt.durable
    assert made.custody is not None
    assert d.receipt.digest == made.custody.digest


def test_choosing_again_replaces_the_choice_and_its_reason(kept: Kept) -> None:
    with ans.decide("threshold") as d:
        d.choose(0.5, because="a first idea")
        d.choose(0.62)

    assert kept.decision().chosen == 0.62
    assert kept.decision().rationale is None


def test_a_refused_second_choice_leaves_the_first_whole(kept: Kept) -> None:
    with ans.decide("threshold") as d:
        d.choose(0.5, because="measured")
        with pytest.raises(InvalidValueError):
            d.choose(0.62, because=5)  # type: ignore[arg-type]
    assert (kept.decision().chosen, kept.decision().rationale) == (0.5, "measured")


def test_null_is_a_choice(kept: Kept) -> None:
    ans.choose("vendor", None, because="we build it ourselves")
    assert kept.decision().chosen is None
    assert kept.decision().abandoned is None


def test_a_block_that_ends_without_a_choice_is_an_error_and_no_record(kept: Kept) -> None:
    with pytest.raises(IncompleteDecisionError, match="nothing was chosen in the decision 'Why"):
        with ans.decide("threshold", "Why?"):
            pass
    assert kept.size() == 0


def test_an_exception_is_recorded_as_abandoned_and_goes_on_untouched(kept: Kept) -> None:
    stopped = ValueError("no data")
    with pytest.raises(ValueError, match="no data") as caught:
        with ans.decide("threshold") as d:
            d.consider(0.5)
            raise stopped

    made = kept.decision()
    assert caught.value is stopped
    assert not hasattr(stopped, "__notes__")
    assert made.abandoned == "ValueError"
    assert made.chosen is None
    assert made.considered == (ans.Considered(value=0.5),)


def test_a_block_is_used_once_and_only_while_it_is_open(kept: Kept) -> None:
    d = ans.decide("threshold")
    with pytest.raises(IncompleteDecisionError, match="threshold is not open"):
        d.choose(0.5)  # would never be recorded
    with d:
        d.choose(0.5)
    calls: list[Any] = [
        lambda: d.choose(1),
        lambda: d.consider(1),
        lambda: d.used("dataset:a@1"),
        lambda: d.produced("dataset:a@1"),
        lambda: d.about("dataset:a@1"),
        lambda: d.evidence("report:a@1"),
        lambda: d.assume("a"),
        lambda: d.vote("role:a", "for"),
        lambda: d.dissent("role:a", "no"),
        d.__enter__,
    ]
    for call in calls:
        with pytest.raises(IncompleteDecisionError):
            call()
    assert kept.decision().chosen == 0.5


def test_decisions_nest(kept: Kept) -> None:
    with ans.step("train") as s, ans.decide("model") as outer:
        with ans.decide("threshold") as inner:
            inner.choose(0.5)
        outer.choose("forest")

    threshold, model = kept.decisions()
    assert (threshold.step, threshold.within) == (s.id, outer.id)
    assert (model.step, model.within) == (s.id, None)
    assert kept.step().step is None


def _innermost() -> object:
    return ans.current()


def test_current_is_the_innermost_that_is_open(kept: Kept) -> None:
    with ans.step("train") as s:
        assert _innermost() is s
        with ans.decide("threshold") as d:
            assert _innermost() is d
            with ans.step("measure") as inner:
                assert _innermost() is inner
            d.choose(1)
        assert _innermost() is s
    measured, trained = kept.steps()
    assert (measured.step, measured.within) == (s.id, d.id)
    assert trained.step is None


def test_there_is_no_current_outside(kept: Kept) -> None:
    with pytest.raises(IncompleteDecisionError, match="no decision or step is open here"):
        ans.current()
    with ans.step("train"):
        pass
    with pytest.raises(IncompleteDecisionError):
        ans.current()
    assert len(kept.steps()) == 1


def test_a_step_is_told_from_a_decision_in_one_clear_line(kept: Kept) -> None:
    with ans.step("train") as s:
        with pytest.raises(IncompleteDecisionError, match="no decision is open here to call cons"):
            ans.current().consider(0.5)
        assert not hasattr(s, "something_else")
        ans.current().used("dataset:applications@1")
    assert [a.ref for a in kept.step().used] == ["dataset:applications@1"]


def test_a_committee_votes_and_a_dissent_is_a_record_of_its_own(kept: Kept) -> None:
    with ans.decide("risk_acceptance", accountable="role:chair") as d:
        d.vote("person:a@bank.example", "for")
        d.vote("b@bank.example", "against", because="too early")
        d.vote("role:observer", "abstain")
        d.dissent("b@bank.example", "the test set is a year old")
        d.choose("accepted")

    made, dissent = kept.records()
    assert isinstance(made, ans.Decision)
    assert made.votes == (
        Ballot(actor="person:a@bank.example", vote="for"),
        Ballot(actor="person:b@bank.example", vote="against", because="too early"),
        Ballot(actor="role:observer", vote="abstain"),
    )
    assert isinstance(dissent, Dissent)
    assert dissent.about == (f"record:{made.id}",)
    assert dissent.rationale == "the test set is a year old"
    assert dissent.decided_by == Actor(id="person:b@bank.example")


def test_a_dissent_and_an_approval_stand_alone_too(kept: Kept) -> None:
    digest = "sha256:" + "0" * 64
    no = ans.dissent("model:loans@7", "not tested on new applicants")
    yes = ans.approve("model:loans@7", digest=digest, meaning="review", because="read it all")

    assert [no, yes] == kept.records()
    assert no.about == yes.about == ("model:loans@7",)
    assert (yes.digest, yes.meaning, yes.rationale) == (digest, "review", "read it all")
    with pytest.raises(InvalidValueError, match="no meaning of an approval"):
        ans.approve("model:loans@7", digest=digest, meaning="maybe")  # type: ignore[arg-type]
    with pytest.raises(InvalidReferenceError, match="not a digest"):
        ans.approve("model:loans@7", digest="0")
    assert len(kept.records()) == 2


def test_a_decision_may_take_the_place_of_others(kept: Kept) -> None:
    ans.choose("threshold", 0.5)
    (first,) = kept.decisions()
    ans.choose("threshold", 0.6, supersedes=first.id)
    ans.choose("threshold", 0.7, supersedes=[first.id, kept.decisions()[1].id])

    assert [d.supersedes for d in kept.decisions()] == [
        (),
        (first.id,),
        (first.id, kept.decisions()[1].id),
    ]


def test_late_entries_are_marked_unless_the_clock_is_fixed(kept: Kept) -> None:
    ans.choose("threshold", 0.5, decided_at="2026-01-31T12:00:00+01:00")
    ans.choose("threshold", 0.5, decided_at=datetime(2026, 1, 31, tzinfo=UTC), capture="imported")
    with FixedClock("2026-03-01T00:00:00Z") as clock:
        ans.choose("threshold", 0.5, decided_at=datetime(2026, 2, 28, tzinfo=UTC))
        clock.advance(days=1)
        ans.choose("threshold", 0.5)

    late, imported, settled, now = kept.decisions()
    assert late.decided_at == datetime(2026, 1, 31, 11, tzinfo=UTC)
    assert late.recorded_at > late.decided_at
    assert [d.capture for d in (late, imported, settled, now)] == [
        "backfilled",
        "imported",
        "explicit",
        "explicit",
    ]
    assert settled.recorded_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert now.decided_at == now.recorded_at == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        (None, []),
        ({}, []),
        ({"a": "too slow", "b": None}, [("a", "too slow"), ("b", None)]),
        (["a", 2, None], [("a", None), (2, None), (None, None)]),
        (ans.Considered(value="a", because="b"), [("a", "b")]),
        ([ans.Considered(value=[1], because="b"), "c"], [([1], "b"), ("c", None)]),
        ((x for x in "ab"), [("a", None), ("b", None)]),
        (range(2), [(0, None), (1, None)]),
    ],
)
def test_the_other_options_come_in_any_form(kept: Kept, over: Any, expected: Any) -> None:
    ans.choose("threshold", 0.5, over=over)
    assert [(c.value, c.because) for c in kept.decision().considered] == expected


@pytest.mark.parametrize("over", ["text", 5])
def test_what_is_no_series_of_options_is_refused(kept: Kept, over: Any) -> None:
    with pytest.raises(InvalidValueError, match="over="):
        ans.choose("threshold", 0.5, over=over)
    assert kept.size() == 0


def test_who_answers_comes_from_the_call_else_from_the_settings(kept: Kept) -> None:
    ans.configure(ledger=kept.uri, actor="analyst@bank.example", accountable="role:head-of-risk")
    ans.choose("threshold", 0.5)
    ans.choose("threshold", 0.5, accountable="boss@bank.example", decided_by="committee:risk")

    own, told = kept.decisions()
    assert own.accountable == "role:head-of-risk"
    assert told.accountable == "person:boss@bank.example"
    assert told.decided_by == Actor(id="committee:risk", known_by="asserted")
