"""Mandates, overrides, notices, assumptions, incidents: what they change, and what they leave open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from answerable.lineage import AccountabilityTrace
from answerable.model import (
    Acknowledgement,
    Action,
    Actor,
    Assumption,
    AssumptionEvent,
    Decision,
    Incident,
    Mandate,
    Notice,
    Override,
    Record,
    ResidualRisk,
    Revocation,
)
from tests.lineage.story import approval, choice, codes, day, placed, step, trace

_R = TypeVar("_R", bound=Record)
SUBJECT = "deployment:prod/m"
DEPLOY = step("deploy", 5, produced=[SUBJECT])
ANA, BO = Actor(id="person:ana@bank.example"), Actor(id="person:bo@bank.example")
KEPT = (Assumption(statement="the mix stays", review_by="2026-02-10", owner="role:risk"),)


def event(made: Callable[..., _R], id: str, on: float = 6, **fields: Any) -> _R:
    return made(id=id, decided_at=day(on), recorded_at=day(on), **fields)


def of(*records: Record, at: float | None = None) -> AccountabilityTrace:
    return trace(SUBJECT, DEPLOY, *records, at=at)


def gaps(told: AccountabilityTrace) -> set[tuple[str, str | None]]:
    return {(code, record) for code, record, _ in codes(told)}


def cut(**fields: Any) -> Decision:
    return choice("cut", 4, step="deploy", **fields)


class TestRevocations:
    def test_what_is_revoked_is_history(self) -> None:
        revoked = event(Revocation, "undo", 7, rationale="a mistake", revokes=("cut",))

        before, after = of(cut(), revoked, at=6.5), of(cut(), revoked)

        assert placed(before, "cut").superseded_by is None
        assert placed(after, "cut").superseded_by == "undo"
        assert ("undo", "supersedes") not in {(x.to, x.by) for x in placed(after, "cut").links}
        assert ("cut", "supersedes") in {(x.to, x.by) for x in placed(after, "undo").links}

    def test_what_it_used_is_no_cause_any_more(self) -> None:
        used = cut(used=["vendor:v@1"])
        undo = event(Revocation, "undo", 7, rationale="a mistake", revokes=("cut",))

        assert ("opaque", "cut") in gaps(of(used))
        assert gaps(of(used, undo)) == set()

    def test_an_approval_can_be_withdrawn(self) -> None:
        yes = approval("yes", 6, about=(SUBJECT,))
        undo = event(Revocation, "undo", 7, rationale="seen too little", revokes=("yes",))

        assert placed(of(yes, undo), "yes").superseded_by == "undo"

    def test_a_revocation_can_itself_be_revoked(self) -> None:
        undo = event(Revocation, "undo", 7, rationale="a mistake", revokes=("cut",))
        redo = event(Revocation, "redo", 8, rationale="no mistake", revokes=("undo",))

        told = of(cut(), undo, redo)

        assert placed(told, "undo").superseded_by == "redo"
        # What was withdrawn stays so until somebody decides anew: nothing comes back by itself.
        assert placed(told, "cut").superseded_by == "undo"


class TestMandates:
    mandate = event(
        Mandate,
        "lent",
        1,
        holder=ANA.id,
        kinds=("threshold",),
        valid_until="2026-01-04",
    )

    def acted(self, on: float, **fields: Any) -> AccountabilityTrace:
        given = {"authority": "record:lent", "decided_by": ANA, **fields}
        return of(self.mandate, choice("cut", on, step="deploy", **given))

    def test_what_was_decided_on_one_is_tied_to_it(self) -> None:
        told = self.acted(2)

        assert ("lent", "authority") in {(x.to, x.by) for x in placed(told, "cut").links}
        assert gaps(told) == set()

    def test_after_its_end_nobody_answers_by_it(self) -> None:
        assert gaps(self.acted(4.5)) == {("orphaned", "cut")}

    def test_nor_for_another_kind_nor_by_somebody_else(self) -> None:
        assert gaps(self.acted(2, kind="deploy")) == {("orphaned", "cut")}
        assert gaps(self.acted(2, decided_by=BO)) == {("orphaned", "cut")}


class TestOverrides:
    def bypassed(self, **fields: Any) -> Override:
        given = {"control": "four eyes", "rationale": "alone", "about": (SUBJECT,), **fields}
        return event(Override, "bypass", **given)

    def test_one_without_an_end_stays_open(self) -> None:
        assert gaps(of(self.bypassed())) == {("open-override", "bypass")}

    def test_one_with_an_end_is_open_after_it(self) -> None:
        timed = self.bypassed(until="2026-01-20")

        assert gaps(of(timed, at=10)) == set()
        assert gaps(of(timed, at=30)) == {("open-override", "bypass")}

    def test_one_that_was_reverted_is_closed(self) -> None:
        reverted = event(Revocation, "undo", 7, rationale="in place", revokes=("bypass",))

        assert gaps(of(self.bypassed(), reverted)) == set()


class TestNotices:
    notice = event(
        Notice,
        "told",
        statement="a campaign runs",
        addressees=(ANA.id, "role:retrain"),
        about=(SUBJECT,),
    )

    def test_each_addressee_is_to_acknowledge(self) -> None:
        heard = event(Acknowledgement, "heard", 7, about=("record:told",), decided_by=ANA)

        before, after = of(self.notice, heard, at=6.5), of(self.notice, heard)

        assert [g.owner for g in before.gaps] == [ANA.id, "role:retrain"]
        assert [(g.code, g.owner) for g in after.gaps] == [("unacknowledged", "role:retrain")]
        assert "heard" in {p.record.id for p in after.records}


class TestAssumptions:
    def reviewed(self, on: float, **fields: Any) -> AssumptionEvent:
        given = {"assumption": "the mix stays", "state": "reviewed", **fields}
        return event(AssumptionEvent, "look", on, about=("record:cut",), **given)

    def test_a_look_at_it_after_its_date_closes_the_gap(self) -> None:
        held = cut(assumptions=KEPT)

        assert gaps(of(held)) == {("expired-assumption", "cut")}
        assert gaps(of(held, self.reviewed(60))) == set()
        assert gaps(of(held, self.reviewed(60), at=50)) == {("expired-assumption", "cut")}

    def test_a_look_ahead_of_its_date_moves_the_date(self) -> None:
        held = cut(assumptions=KEPT)
        early = self.reviewed(20, review_by="2026-06-01")

        assert gaps(of(held, early, at=100)) == set()
        assert gaps(of(held, early, at=200)) == {("expired-assumption", "cut")}
        assert gaps(of(held, self.reviewed(20), at=100)) == {("expired-assumption", "cut")}

    def test_one_that_did_not_hold_is_a_gap_of_its_decision(self) -> None:
        broken = attrs.evolve(self.reviewed(7), state="violated")

        found = of(cut(assumptions=KEPT), broken, at=8)

        assert gaps(found) == {("violated-assumption", "cut")}
        assert found.gaps[0].message == (
            'The assumption "the mix stays" of the threshold decision "Which cut?" was violated.'
        )


class TestIncidents:
    wrong = event(
        Incident, "wrong", statement="declined twice", occurred_at=day(6), about=(SUBJECT,)
    )

    def todo(self, id: str = "fix", on: float = 7, **fields: Any) -> Action:
        given = {"statement": "roll back", "owner": BO.id, "due": "2026-01-20", **fields}
        return event(Action, id, on, about=("record:wrong",), **given)

    def test_they_and_what_is_done_about_them_belong_to_the_trace(self) -> None:
        told = of(self.wrong, self.todo(), at=8)

        assert {placed(told, id).phase for id in ("wrong", "fix")} == {"incident"}
        assert gaps(told) == set()

    def test_an_action_that_is_overdue_is_a_gap_of_its_owner(self) -> None:
        (gap,) = of(self.wrong, self.todo()).gaps

        assert (gap.code, gap.record, gap.owner) == ("open-action", "fix", BO.id)

    def test_one_that_is_done_is_not(self) -> None:
        done = self.todo("done", 9, state="done", supersedes=("fix",))

        told = of(self.wrong, self.todo(), done)

        assert gaps(told) == set()
        assert placed(told, "fix").superseded_by == "done"


def test_a_decision_whose_time_is_over_has_lapsed() -> None:
    ended = cut(valid_to="2026-03-01")

    assert gaps(of(ended, at=30)) == set()
    assert gaps(of(ended)) == {("lapsed", "cut")}


def test_a_residual_risk_has_an_owner_and_an_end() -> None:
    risky = cut(residual_risk=(ResidualRisk(statement="few", until="2026-03-01"),))

    assert gaps(of(risky, at=30)) == {("unassigned", "cut")}
    assert gaps(of(risky)) == {("unassigned", "cut"), ("lapsed", "cut")}
