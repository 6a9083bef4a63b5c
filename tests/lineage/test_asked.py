"""What a review, a why and an incident say beyond the trace; and what a forger cannot make them say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import NotFoundError
from answerable.lineage import MemoryLookup, Shown, certainty, review, stitch, unseen, why
from answerable.lineage.asked import courses, known
from answerable.model import (
    Acknowledgement,
    Action,
    Actor,
    Custody,
    Mandate,
    Override,
    Record,
    ResidualRisk,
    Revocation,
    Scope,
)
from answerable.model.records import Ballot
from tests import strategies
from tests.lineage.story import approval, artifact, day, decision, dissent, step, trace

LIVE = "deployment:prod/m"
DEPLOY = step("deploy", 1, produced=[LIVE])
ANA, BO = Actor(id="person:ana@example.org"), Actor(id="person:bo@example.org")
FORGED = Custody(envelope=b"", digest="sha256:" + "0" * 64, verified=False, fault="bad-signature")
GOOD = Custody(envelope=b"", digest="sha256:" + "1" * 64, verified=True)


def times(on: float) -> dict[str, Any]:
    return {"decided_at": day(on), "recorded_at": day(on)}


class TestOpposition:
    NO = dissent("no", 2, about=(LIVE,), decided_by=ANA)

    def answered(self, *records: Record) -> tuple[str, ...]:
        (against,) = review(trace(LIVE, DEPLOY, self.NO, *records)).opposition
        return against.answered_by

    def test_a_decision_about_it_answers_it(self) -> None:
        assert self.answered(decision("yes", 3, about=("record:no",))) == ("yes",)

    def test_nothing_about_it_does_not(self) -> None:
        assert self.answered(decision("other", 3, about=(LIVE,))) == ()

    @pytest.mark.parametrize(("because", "answers"), [(None, ()), ("we measure it", ("heard",))])
    def test_an_acknowledgement_does_if_it_says_something(
        self, because: str | None, answers: tuple[str, ...]
    ) -> None:
        heard = Acknowledgement(id="heard", **times(3), about=("record:no",), rationale=because)
        assert self.answered(heard) == answers

    def test_neither_another_dissent_nor_an_approval_does(self) -> None:
        again = dissent("again", 3, about=("record:no",))
        yes = approval("yes", 3, about=("record:no",))
        found = review(trace(LIVE, DEPLOY, self.NO, again, yes)).opposition

        assert [(o.record, o.answered_by) for o in found] == [("no", ()), ("again", ())]

    def test_what_does_not_verify_answers_nothing(self) -> None:
        assert self.answered(decision("yes", 3, about=("record:no",), custody=FORGED)) == ()

    def test_what_was_withdrawn_answers_nothing_and_is_answered_by_nothing(self) -> None:
        yes = decision("yes", 3, about=("record:no",))
        back = Revocation(
            id="back", **times(4), about=("record:yes",), revokes=("yes",), rationale="a mistake"
        )
        assert self.answered(yes, back) == ()
        taken = attrs.evolve(back, about=("record:no",), revokes=("no",))
        assert review(trace(LIVE, DEPLOY, self.NO, taken)).opposition == ()

    def test_a_vote_is_answered_where_its_voters_own_dissent_is(self) -> None:
        votes = (
            Ballot(actor=ANA.id, vote="against"),
            Ballot(actor=BO.id, vote="abstain"),
            Ballot(actor="person:cy@example.org", vote="for"),
        )
        vote = decision("vote", 2, about=(LIVE,), votes=votes)
        no = dissent("no", 2, about=("record:vote",), decided_by=ANA)
        yes = decision("yes", 3, about=("record:no",))
        found = review(trace(LIVE, DEPLOY, vote, no, yes)).opposition

        assert {(o.actor, o.how, o.answered_by) for o in found} == {
            (ANA.id, "dissent", ("yes",)),
            (ANA.id, "against", ("yes",)),
            (BO.id, "abstain", ()),
        }


class TestRisks:
    RISK = decision(
        "risk", 2, about=(LIVE,), residual_risk=(ResidualRisk(statement="few", until="2026-01-20"),)
    )

    @pytest.mark.parametrize(("at", "state"), [(10, "accepted"), (30, "lapsed")])
    def test_one_lapses_with_its_date(self, at: float, state: str) -> None:
        (risk,) = review(trace(LIVE, DEPLOY, self.RISK, at=at)).risks
        assert (risk.record, risk.owner, risk.state, risk.monitors) == ("risk", None, state, ())

    @pytest.mark.parametrize(("custody", "watched"), [(GOOD, ("watch",)), (FORGED, ())])
    def test_it_is_watched_by_a_monitor_that_verifies(
        self, custody: Custody, watched: tuple[str, ...]
    ) -> None:
        watch = decision("watch", 3, kind="monitor", about=("record:risk",), custody=custody)
        found = review(trace(LIVE, DEPLOY, self.RISK, watch))

        assert found.risks[0].monitors == watched
        assert tuple(d.id for d in found.monitors) == watched

    def test_a_monitor_of_something_else_does_not_watch_it(self) -> None:
        watch = decision("watch", 3, kind="monitor", about=(LIVE,))
        assert review(trace(LIVE, DEPLOY, self.RISK, watch)).risks[0].monitors == ()


class TestOverrides:
    @pytest.mark.parametrize(
        ("until", "at", "state"),
        [(None, 10, "open"), ("2026-01-20", 10, "bypassed"), ("2026-01-20", 30, "overdue")],
    )
    def test_its_state_follows_from_its_date(
        self, until: str | None, at: float, state: str
    ) -> None:
        past = Override(
            id="past",
            **times(2),
            about=(LIVE,),
            control="four eyes",
            rationale="alone",
            until=until,
        )
        (found,) = review(trace(LIVE, DEPLOY, past, at=at)).overrides
        assert (found.state, found.reverted_by, found.reverted_at) == (state, None, None)

    def test_reverted_it_says_by_which_record_and_when(self) -> None:
        past = Override(
            id="past", **times(2), about=(LIVE,), control="four eyes", rationale="alone"
        )
        back = Revocation(
            id="back", **times(5), about=("record:past",), revokes=("past",), rationale="done"
        )
        (found,) = review(trace(LIVE, DEPLOY, past, back)).overrides
        assert (found.state, found.reverted_by, found.reverted_at) == ("reverted", "back", day(5))


class TestScopes:
    def differs(self, *scopes: Scope) -> list[tuple[str, ...]]:
        told = [
            decision(f"d{n}", n + 2, about=(LIVE,), scope=scope) for n, scope in enumerate(scopes)
        ]
        return [s.differs for s in review(trace(LIVE, DEPLOY, *told)).scopes]

    def test_the_first_word_on_each_part_is_what_the_others_are_compared_with(self) -> None:
        first = Scope(intended_purpose="lending")
        second = Scope(intended_purpose="Lending ", population="adults")
        third = Scope(population="minors")

        assert self.differs(first, second, third) == [(), (), ("population",)]

    def test_what_was_decided_for_another_deployment_differs(self) -> None:
        assert self.differs(Scope(deployment="deployment:test/m")) == [("deployment",)]


class TestCourses:
    OPEN = Action(id="open", **times(2), about=("record:i",), statement="mend it", owner=ANA.id)

    def course(self, *records: Record) -> Any:
        found = known(trace("record:i", decision("i", 1), *records))
        actions = [r for r in found.about("record:i") if isinstance(r, Action)]
        (course,) = courses([a for a in actions if found.in_force(a)], found)
        return course

    def later(self, **fields: Any) -> Action:
        given = {"id": "later", **times(3), "about": ("record:i",), "statement": "mend it"}
        return Action(**(given | {"supersedes": ("open",)} | fields))

    def test_owner_and_date_are_those_that_were_said_first_unless_said_anew(self) -> None:
        begun = attrs.evolve(self.OPEN, due="2026-01-20", authority="policy:p@1")
        course = self.course(begun, self.later(state="done"))

        assert (course.owner, course.due, course.right) == (ANA.id, "2026-01-20", "policy:p@1")
        assert (course.state, course.begun_by, course.overdue) == ("done", "open", False)

    @pytest.mark.parametrize(("who", "another"), [(ANA, False), (BO, True)])
    def test_whether_another_than_its_owner_verified_it_is_told(
        self, who: Actor, another: bool
    ) -> None:
        course = self.course(self.OPEN, self.later(state="verified", decided_by=who))
        assert (course.verified_by, course.by_another) == (who.id, another)

    def test_a_forged_verification_verifies_nothing(self) -> None:
        forged = self.later(state="verified", decided_by=BO, custody=FORGED)
        course = self.course(self.OPEN, forged)
        assert (course.verified_by, course.by_another) == (None, None)

    def test_a_right_that_had_ended_is_objected_to(self) -> None:
        lent = Mandate(id="lent", **times(1), holder=ANA.id, valid_until="2026-01-01")
        begun = attrs.evolve(self.OPEN, authority="record:lent", decided_by=ANA)
        assert "had ended on 2026-01-01" in self.course(lent, begun).objection


class TestAuthority:
    def right(self, *records: Record, **fields: Any) -> Any:
        asked = decision("d", 5, about=(LIVE,), decided_by=ANA, **fields)
        (right,) = why(trace(LIVE, DEPLOY, asked, *records), "threshold").authorities
        return right

    def test_none_that_is_named_is_told_as_that(self) -> None:
        right = self.right()
        assert (right.named, right.record, right.then, right.now) == (None, None, None, None)

    def test_words_cannot_be_judged(self) -> None:
        right = self.right(authority="as ever")
        assert (right.named, right.record, right.then) == ("as ever", None, None)

    def test_an_artifact_leads_to_what_produced_it_before(self) -> None:
        policy = decision("policy", 2, kind="guideline", produced=[artifact("policy:p@1")])
        right = self.right(policy, authority="policy:p@1")
        assert (right.record, right.then, right.now, right.because) == ("policy", True, True, None)

    def test_what_was_replaced_before_was_not_in_force_then(self) -> None:
        old = decision("old", 2, kind="guideline")
        new = decision("new", 3, kind="guideline", supersedes=("old",))
        right = self.right(old, new, authority="record:old")
        assert (right.then, right.now) == (False, False)


class TestCertainty:
    @pytest.mark.parametrize(
        ("capture", "word"),
        [
            *(("explicit", "asserted"), ("passed", "observed"), ("default", "observed")),
            *(("backfilled", "backfilled"), ("imported", "imported"), ("inferred", "inferred")),
        ],
    )
    def test_of_a_decision_it_follows_from_how_it_was_captured(
        self, capture: str, word: str
    ) -> None:
        assert certainty(decision("d", capture=capture)) == word
        assert certainty(decision("d", capture=capture, custody=GOOD)) == word
        assert certainty(decision("d", capture=capture, custody=FORGED)) == "unknown"

    def test_a_step_was_observed_and_an_approval_is_somebodys_word(self) -> None:
        assert certainty(DEPLOY) == "observed"
        assert certainty(attrs.evolve(DEPLOY, capture="imported")) == "imported"
        assert certainty(approval("yes")) == "asserted"


class TestShown:
    CHOICE = decision("choice", 2, about=(LIVE,))
    LATER = decision("later", 6, about=(LIVE,))

    def test_it_is_found_though_more_was_recorded_before_it_was_signed(self) -> None:
        """Between looking and signing, somebody else decided."""
        seen = trace(LIVE, DEPLOY, self.CHOICE, at=5).digest
        yes = approval("yes", 7, about=(LIVE,), digest=seen)
        lookup = MemoryLookup([DEPLOY, self.CHOICE, self.LATER, yes])

        found = Shown(lookup).to(yes)
        assert found.trace is not None and found.trace.digest == seen
        assert unseen(found.trace, trace(LIVE, DEPLOY, self.CHOICE, self.LATER)) == ("later",)

    def test_a_digest_of_nothing_is_of_nothing(self) -> None:
        yes = approval("yes", 7, about=(LIVE,))
        found = Shown(MemoryLookup([DEPLOY, self.CHOICE, yes])).to(yes)
        assert (found.trace, found.record, found.subject) == (None, None, LIVE)

    def test_of_what_nobody_has_recorded_neither(self) -> None:
        yes = approval("yes", 7, about=("deployment:prod/other", LIVE))
        assert Shown(MemoryLookup([DEPLOY, yes])).to(yes).trace is None

    def test_a_thousand_approvals_of_nothing_are_not_looked_for_without_an_end(self) -> None:
        asked = [0]

        class Counting(MemoryLookup):
            def as_of(self, at: Any) -> MemoryLookup:
                asked[0] += 1
                return super().as_of(at)

        noise = [
            attrs.evolve(approval(f"n{n}", 3, about=(LIVE,)), recorded_at=day(3) + timedelta(n))
            for n in range(1_000)
        ]
        shown = Shown(Counting([DEPLOY, self.CHOICE, *noise]))
        assert not any(shown.to(each).trace for each in noise)
        assert asked[0] <= 64

    @given(strategies.histories(), st.data())
    def test_whatever_a_history_holds_what_was_shown_has_the_digest_or_nobody_can_tell(
        self, records: list[Record], data: st.DataObject
    ) -> None:
        yes = approval("yes", 7, about=("model:m@1", "deployment:prod/m"))
        lookup = MemoryLookup([*records, yes])
        try:
            digest = stitch("deployment:prod/m", lookup, data.draw(strategies.times())).digest
        except NotFoundError:
            return
        given = attrs.evolve(yes, digest=digest)

        found = Shown(MemoryLookup([*records, given])).to(given)
        assert found.trace is not None and found.trace.digest == digest
