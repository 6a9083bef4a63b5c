"""Mandates, overrides, notices, assumptions, incidents: what they change, and what they leave open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs
import pytest

from answerable.lineage import AccountabilityTrace, why
from answerable.model import (
    Acknowledgement,
    Action,
    Actor,
    Approval,
    Assumption,
    AssumptionEvent,
    Custody,
    Decision,
    Incident,
    Mandate,
    Notice,
    Override,
    Record,
    ResidualRisk,
    Revocation,
    Supersession,
)
from answerable.model.events import AssumptionState
from tests.lineage.story import (
    approval,
    choice,
    codes,
    day,
    digest,
    dissent,
    gaps_of,
    ids,
    links,
    placed,
    step,
    trace,
)

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
        assert placed(of(used, undo), "cut").links == ()

    def test_what_rested_on_it_lacks_it_until_somebody_decides_anew(self) -> None:
        undo = event(Revocation, "undo", 7, rationale="a mistake", revokes=("cut",))
        anew = choice("anew", 8, step="deploy", supersedes=("cut",))

        (gap,) = gaps_of(of(cut(), undo))
        assert (gap.code, gap.record) == ("lapsed", "cut")
        assert gap.message.endswith("was withdrawn, and nothing has taken its place.")
        assert gaps(of(cut(), undo, anew)) == set()

    def test_what_was_replaced_and_then_withdrawn_as_well_lacks_nothing(self) -> None:
        anew = choice("anew", 6, step="deploy", supersedes=("cut",))
        undo = event(Revocation, "undo", 7, rationale="a mistake", revokes=("cut",))

        told = of(cut(), anew, undo)

        assert (placed(told, "cut").standing, gaps(told)) == ("revoked", set())

    def test_what_filled_a_slot_gives_way_to_what_was_there_before(self) -> None:
        first = choice("first", 1, produced=["deployment:eu/m"])
        second = choice("second", 2, produced=["deployment:eu/m"])
        undo = event(Revocation, "undo", 7, rationale="a mistake", revokes=("second",))

        told = trace("deployment:eu/m", first, second, undo)

        assert [placed(told, id).standing for id in ("first", "second")] == ["in-force", "revoked"]
        assert gaps(told) == set()
        alone = trace("deployment:eu/m", second, undo)
        assert gaps(alone) == {("lapsed", "second")}

    def test_an_approval_can_be_withdrawn(self) -> None:
        yes = approval("yes", 6, about=(SUBJECT,))
        undo = event(Revocation, "undo", 7, rationale="seen too little", revokes=("yes",))

        assert placed(of(yes, undo), "yes").superseded_by == "undo"

    def test_a_revocation_can_itself_be_revoked(self) -> None:
        undo = event(Revocation, "undo", 7, rationale="a mistake", revokes=("cut",))
        redo = event(Revocation, "redo", 8, rationale="no mistake", revokes=("undo",))

        then, told = of(cut(), undo, redo, at=7.5), of(cut(), undo, redo)

        assert placed(told, "undo").superseded_by == "redo"
        # What has no effect any more had better not keep a bypassed control out of sight.
        assert placed(told, "cut").standing == "in-force"
        assert placed(then, "cut").standing == "revoked"
        assert gaps(told) == set()

    def test_one_whose_clock_was_behind_withdraws_all_the_same(self) -> None:
        undo = event(Revocation, "undo", 3.9, rationale="a mistake", revokes=("cut",))

        assert placed(of(cut(), undo), "cut").standing == "revoked"

    def test_of_two_that_withdraw_each_other_the_later_counts(self) -> None:
        undo = event(Revocation, "undo", 7, rationale="a mistake", revokes=("cut", "redo"))
        redo = event(Revocation, "redo", 8, rationale="no mistake", revokes=("undo",))

        told = of(cut(), undo, redo)

        standing = {id: placed(told, id).standing for id in ("cut", "undo", "redo")}
        assert standing == {"cut": "in-force", "undo": "revoked", "redo": "in-force"}

    def test_a_decision_that_somebody_replaced_stays_so_when_its_successor_is_withdrawn(
        self,
    ) -> None:
        anew = choice("anew", 5, step="deploy", supersedes=("cut",))
        undo = event(Revocation, "undo", 7, rationale="a mistake", revokes=("anew",))

        told = of(cut(), anew, undo)

        # To go back is a decision, and nobody has made it.
        assert [placed(told, id).standing for id in ("cut", "anew")] == ["superseded", "revoked"]
        assert gaps(told) == {("lapsed", "anew")}


class TestSupersessions:
    def said(self, on: float = 7, id: str = "said", **fields: Any) -> Supersession:
        given: dict[str, Any] = {"replaces": ("cut",), "successor": "other", **fields}
        about = tuple(f"record:{one}" for one in (*given["replaces"], given["successor"]))
        return event(Supersession, id, on, about=about, **given)

    def test_the_successor_stands_where_the_replaced_one_stood(self) -> None:
        other = choice("other", 6, about=(SUBJECT,))

        before, after = of(cut(), other, self.said(), at=6.5), of(cut(), other, self.said())

        assert placed(before, "cut").standing == "in-force"
        cut_now = placed(after, "cut")
        assert (cut_now.superseded_by, cut_now.standing) == ("other", "superseded")
        assert ("cut", "supersedes", "supersedes") in links(after, "other")
        assert gaps(after) == set()

    def test_either_of_the_two_brings_the_other_into_the_trace(self) -> None:
        alone = choice("other", 6, about=("model:unrelated@1",))

        assert {"said", "other"} <= ids(of(cut(), alone, self.said()))
        assert {"said", "cut"} <= ids(trace("record:other", DEPLOY, cut(), alone, self.said()))

    def test_one_that_is_withdrawn_replaces_nothing(self) -> None:
        other = choice("other", 6, about=(SUBJECT,))
        undo = event(Revocation, "undo", 8, rationale="a slip", revokes=("said",))

        told = of(cut(), other, self.said(), undo)

        assert [placed(told, id).standing for id in ("cut", "said")] == ["in-force", "revoked"]

    def test_a_successor_that_is_recorded_elsewhere_is_stood_for_by_what_names_it(self) -> None:
        told = of(cut(), self.said())

        assert placed(told, "cut").superseded_by == "said"

    def test_nothing_takes_its_own_place(self) -> None:
        assert placed(of(cut(), self.said(successor="cut")), "cut").standing == "in-force"

    def test_a_successor_that_is_to_hold_later_replaces_nothing_yet(self) -> None:
        other = choice("other", 6, about=(SUBJECT,), valid_from="2026-02-01")

        before, after = of(cut(), other, self.said(), at=30), of(cut(), other, self.said(), at=31)

        assert placed(before, "cut").standing == "in-force"
        assert placed(after, "cut").superseded_by == "other"

    def test_a_successor_that_was_abandoned_replaces_nothing(self) -> None:
        other = choice("other", 6, about=(SUBJECT,), abandoned="ValueError")

        assert placed(of(cut(), other, self.said()), "cut").standing == "in-force"


class TestValidity:
    def test_what_is_to_hold_later_is_not_in_force_and_replaces_nothing_yet(self) -> None:
        later = choice(
            "later", 5, step="deploy", supersedes=("cut",), valid_from="2026-02-01", used=["x:y@1"]
        )

        before, after = of(cut(), later, at=30), of(cut(), later, at=31)

        assert [placed(before, id).standing for id in ("cut", "later")] == ["in-force", "to-come"]
        assert placed(before, "later").links == () and gaps(before) == set()
        assert [placed(after, id).standing for id in ("cut", "later")] == ["superseded", "in-force"]
        assert gaps(after) == {("unrecorded", "later")}
        assert before.digest != after.digest and before.revision != after.revision

    def test_a_slot_holds_what_was_there_until_the_time_has_come(self) -> None:
        now = choice("now", 1, produced=["deployment:eu/m"], used=["model:m@6"])
        next_ = choice(
            "next", 2, produced=["deployment:eu/m"], used=["model:m@7"], valid_from="2026-02-01"
        )
        made = [
            step("train6", 0.1, produced=["model:m@6"]),
            step("train7", 0.2, produced=["model:m@7"]),
        ]

        before = trace("deployment:eu/m", now, next_, *made, at=30)
        after = trace("deployment:eu/m", now, next_, *made, at=31)

        assert {"train6"} == ids(before) & {"train6", "train7"}
        assert {"train7"} == ids(after) & {"train6", "train7"}

    def test_what_is_over_still_is_what_the_rest_was_made_by_and_is_a_gap(self) -> None:
        ended = cut(valid_to="2026-03-01", used=["vendor:v@1"])

        last, after = of(ended, at=59.9), of(ended, at=60)

        assert (placed(last, "cut").standing, gaps(last)) == ("in-force", {("opaque", "cut")})
        assert placed(after, "cut").standing == "over"
        assert gaps(after) == {("opaque", "cut"), ("lapsed", "cut")}

    def test_why_tells_apart_what_is_in_force_over_and_to_come(self) -> None:
        ended = cut(valid_to="2026-03-01")
        later = choice("later", 5, step="deploy", valid_from="2026-06-01")

        found = [why(of(ended, later, at=at), "threshold") for at in (10, 100, 200)]

        told = [
            [[d.id for d in some] for some in (each.in_force, each.over, each.to_come)]
            for each in found
        ]
        assert told == [
            [["cut"], [], ["later"]],
            [[], ["cut"], ["later"]],
            [["later"], ["cut"], []],
        ]
        assert [g.code for g in found[1].gaps] == ["lapsed"]


class TestMandates:
    mandate = event(
        Mandate,
        "lent",
        1,
        holder=ANA.id,
        kinds=("threshold",),
        valid_until="2026-01-04",
    )

    def acted(
        self, on: float, *, also: Sequence[Record] = (), at: float | None = None, **fields: Any
    ) -> AccountabilityTrace:
        given = {"authority": "record:lent", "decided_by": ANA, **fields}
        return trace("record:cut", self.mandate, choice("cut", on, **given), *also, at=at)

    def why(self, told: AccountabilityTrace) -> str:
        (gap,) = told.gaps
        assert (gap.code, gap.record, gap.owner) == ("orphaned", "cut", self.mandate.holder)
        return gap.message.partition('"Which cut?" ')[2]

    def test_what_was_decided_on_one_is_tied_to_it(self) -> None:
        told = self.acted(2, at=3)

        assert ("lent", "authority") in {(x.to, x.by) for x in placed(told, "cut").links}
        assert gaps(told) == set()

    def test_what_was_decided_on_one_that_had_ended_lacked_it(self) -> None:
        assert self.why(self.acted(4.5)) == "was taken on a mandate that had ended on 2026-01-04."

    def test_once_it_has_ended_nobody_has_it_any_more(self) -> None:
        told = self.acted(2)

        assert self.why(told) == "was taken on a mandate that has ended since, on 2026-01-04."
        assert ("lent", "authority") in {(x.to, x.by) for x in placed(told, "cut").links}
        assert placed(told, "lent").standing == "over"

    def test_one_that_takes_its_place_carries_it_on(self) -> None:
        renewed = attrs.evolve(
            event(Mandate, "renewed", 3.5, holder=ANA.id, kinds=("threshold",)),
            about=("record:lent",),
        )
        said = event(
            Supersession,
            "said",
            3.6,
            replaces=("lent",),
            successor="renewed",
            about=("record:lent", "record:renewed"),
        )

        assert gaps(self.acted(2, also=[renewed, said])) == set()
        assert gaps(self.acted(6, also=[renewed, said])) == set()

    def test_one_that_was_withdrawn_gives_nothing_from_then_on(self) -> None:
        undo = event(
            Revocation, "undo", 2.5, rationale="gone", revokes=("lent",), about=("record:lent",)
        )

        assert self.why(self.acted(3, also=[undo])) == (
            "was taken on a mandate that had been withdrawn."
        )
        assert self.why(self.acted(2, also=[undo])) == (
            "was taken on a mandate that was withdrawn since."
        )
        assert gaps(self.acted(2, also=[undo], at=2.2)) == set()

    def test_nor_one_that_was_given_only_later(self) -> None:
        assert self.why(self.acted(0.5)) == "was taken before the mandate that it names was given."

    def test_nor_for_another_kind_nor_to_somebody_else(self) -> None:
        kind = self.acted(2, kind="deploy", at=3)
        other = self.acted(2, decided_by=BO, at=3)

        assert self.why(kind).endswith("was taken on a mandate for threshold.")
        assert self.why(other) == f"was taken on the mandate of {ANA.id}."

    @pytest.mark.parametrize(
        ("holder", "team", "held"),
        [
            ("role:head", None, True),
            ("committee:credit", "fraud", True),
            ("team:credit", "credit", True),
            ("team:credit", "team:credit", True),
            ("team:credit", "fraud", False),
            ("agent:tuner", "credit", False),
        ],
    )
    def test_who_holds_a_role_cannot_be_told_and_is_not_guessed(
        self, holder: str, team: str | None, held: bool
    ) -> None:
        lent = attrs.evolve(self.mandate, holder=holder, valid_until=None)
        acted = choice("cut", 2, step="deploy", authority="record:lent", decided_by=ANA, team=team)

        assert (gaps(of(lent, acted)) == set()) == held

    def test_one_for_no_kind_in_particular_is_for_all(self) -> None:
        lent = attrs.evolve(self.mandate, kinds=(), valid_until=None)
        acted = choice("cut", 2, kind="deploy", authority="record:lent", decided_by=ANA)

        assert gaps(trace("record:cut", lent, acted)) == set()

    def test_where_nobody_is_named_nobody_is_told_apart(self) -> None:
        assert gaps(self.acted(2, decided_by=None, at=3)) == set()

    def test_kinds_are_those_of_decisions(self) -> None:
        given: dict[str, Any] = {"control": "four eyes", "rationale": "alone", "decided_by": ANA}
        bypass = event(Override, "bypass", 2, **given, authority="lent", until="2026-01-03")

        assert gaps(trace("record:bypass", self.mandate, bypass, at=2.5)) == set()

    def test_bypassing_a_control_and_putting_right_need_one_too(self) -> None:
        bypass = event(
            Override,
            "bypass",
            4.5,
            control="four eyes",
            rationale="alone",
            about=(SUBJECT,),
            authority="record:lent",
            until="2027-01-01",
        )
        wrong = event(Incident, "wrong", 4, statement="x", occurred_at=day(4), about=(SUBJECT,))
        todo = event(Action, "todo", 4.6, statement="y", about=("record:wrong",), authority="lent")

        told = of(self.mandate, bypass, wrong, todo)

        assert gaps(told) == {("orphaned", "bypass"), ("orphaned", "todo")}
        assert placed(told, "lent").phase == "requirements"


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
        messages = [gaps_of(of(each, at=30))[0].message for each in (timed, self.bypassed())]
        assert messages == [
            "The control four eyes is since 2026-01-20 bypassed, and nobody reverted that.",
            "The control four eyes is bypassed, and nobody reverted that.",
        ]

    def test_one_that_was_reverted_is_closed(self) -> None:
        reverted = event(Revocation, "undo", 7, rationale="in place", revokes=("bypass",))

        assert gaps(of(self.bypassed(), reverted)) == set()

    def test_reverting_it_by_mistake_opens_it_again(self) -> None:
        reverted = event(Revocation, "undo", 7, rationale="in place", revokes=("bypass",))
        mistaken = event(Revocation, "redo", 8, rationale="it is not", revokes=("undo",))

        assert gaps(of(self.bypassed(), reverted, mistaken)) == {("open-override", "bypass")}

    def test_one_that_is_said_in_a_step_belongs_to_all_that_the_step_made(self) -> None:
        inside = self.bypassed(about=(), step="deploy")

        assert gaps(of(inside)) == {("open-override", "bypass")}

    def test_the_step_in_which_something_is_said_made_nothing_of_the_system(self) -> None:
        responding = step("responding", 7, produced=["report:root-cause@1"])
        inside = choice("unrelated", 6.5, step="responding", used=["vendor:elsewhere@1"])
        said = self.bypassed(step="responding", until="2027-01-01")

        assert ids(of(responding, inside, said)) == {"deploy", "bypass"}


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

        assert [g.owner for g in gaps_of(before)] == [ANA.id, "role:retrain"]
        assert [(g.code, g.owner) for g in gaps_of(after)] == [("unacknowledged", "role:retrain")]
        assert "heard" in {p.record.id for p in after.records}

    def test_a_team_has_heard_what_was_acknowledged_in_its_name_or_its_process(self) -> None:
        told = attrs.evolve(self.notice, addressees=("team:fraud", "team:credit"))
        own = event(Acknowledgement, "own", 7, about=("record:told",), decided_by=ANA, team="fraud")
        for_them = event(
            Acknowledgement, "named", 7, about=("record:told",), decided_by=Actor(id="team:credit")
        )

        assert [g.owner for g in gaps_of(of(told, own))] == ["team:credit"]
        assert gaps(of(told, own, for_them)) == set()

    def test_to_object_to_it_is_not_to_acknowledge_it(self) -> None:
        told = attrs.evolve(self.notice, addressees=(ANA.id,))
        no = dissent("no", 7, about=("record:told",), decided_by=ANA)

        assert gaps(of(told, no)) == {("unacknowledged", "told")}

    def test_an_acknowledgement_that_was_withdrawn_counts_for_nothing(self) -> None:
        told = attrs.evolve(self.notice, addressees=(ANA.id,))
        heard = event(Acknowledgement, "heard", 7, about=("record:told",), decided_by=ANA)
        undo = event(Revocation, "undo", 8, rationale="of another", revokes=("heard",))

        assert gaps(of(told, heard)) == set()
        assert gaps(of(told, heard, undo)) == {("unacknowledged", "told")}


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
        assert gaps_of(found)[0].message == (
            'The assumption "the mix stays" of the threshold decision "Which cut?" was violated.'
        )

    def test_the_later_word_counts(self) -> None:
        held = cut(assumptions=KEPT)

        def said(*states: tuple[float, AssumptionState]) -> set[tuple[str, str | None]]:
            told = [
                attrs.evolve(self.reviewed(on), id=f"look{on}", state=state) for on, state in states
            ]
            return gaps(of(held, *told, at=30))

        broken = {("violated-assumption", "cut")}
        assert said((7, "violated")) == said((7, "lapsed")) == broken
        assert said((7, "violated"), (8, "confirmed")) == set()
        assert said((7, "lapsed"), (8, "reviewed")) == set()
        # To look at what did not hold does not make it hold.
        assert said((7, "violated"), (8, "reviewed")) == broken
        assert said((7, "confirmed"), (8, "violated")) == broken

    def test_that_it_broke_is_no_look_at_it(self) -> None:
        broken = attrs.evolve(self.reviewed(60, review_by="2027-01-01"), state="violated")

        assert gaps(of(cut(assumptions=KEPT), broken)) == {
            ("expired-assumption", "cut"),
            ("violated-assumption", "cut"),
        }

    def test_a_word_that_was_taken_back_counts_for_nothing(self) -> None:
        broken = attrs.evolve(self.reviewed(7), state="violated")
        undo = event(Revocation, "undo", 8, rationale="of another", revokes=("look",))

        assert gaps(of(cut(assumptions=KEPT), broken, undo, at=9)) == set()

    def test_the_latest_look_sets_the_date(self) -> None:
        held = cut(assumptions=KEPT)
        first = self.reviewed(20, review_by="2027-06-01")
        second = attrs.evolve(self.reviewed(21, review_by="2026-02-15"), id="sooner")

        assert gaps(of(held, first, at=100)) == set()
        assert gaps(of(held, first, second, at=100)) == {("expired-assumption", "cut")}

    def test_whoever_watches_it_is_named(self) -> None:
        broken = attrs.evolve(self.reviewed(7), state="violated")

        assert [g.owner for g in gaps_of(of(cut(assumptions=KEPT), broken, at=8))] == ["role:risk"]
        assert [g.owner for g in gaps_of(of(cut(), broken, at=8))] == ["role:owner"]


class TestDrafts:
    envelope = Custody(envelope=b"cut", digest=digest("cut"), verified=True)

    def drafted(self, by: str = "agent:minutes") -> Decision:
        return attrs.evolve(cut(drafted_by=by), custody=self.envelope)

    def confirmed(self, **fields: Any) -> Approval:
        given: dict[str, Any] = {
            "meaning": "authorship",
            "digest": digest("cut"),
            "about": ("record:cut",),
            "decided_by": BO,
            **fields,
        }
        return approval("yes", 7, **given)

    def test_a_machines_reason_is_none_until_a_person_takes_it_for_their_own(self) -> None:
        (gap,) = gaps_of(of(self.drafted(), self.confirmed(), at=6.5))

        assert (gap.code, gap.record) == ("no-rationale", "cut")
        assert "was drafted by agent:minutes, and no person has confirmed it" in gap.message
        assert gaps(of(self.drafted(), self.confirmed())) == set()
        assert gaps(of(self.drafted(), self.confirmed(meaning="responsibility"))) == set()
        kept = Custody(envelope=b"", digest=digest("yes"), verified=True)
        noted = event(Acknowledgement, "noted", 6.5, about=("record:cut",), decided_by=BO)
        assert gaps(of(self.drafted(), noted, self.confirmed(custody=kept))) == set()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"decided_by": Actor(id="agent:minutes")},
            {"decided_by": None},
            {"digest": digest("another")},
            {"meaning": "review"},
            {"about": (SUBJECT,)},
            {"custody": Custody(envelope=b"", digest=digest("yes"), verified=False)},
        ],
        ids=str,
    )
    def test_nothing_less_confirms_it(self, wrong: dict[str, Any]) -> None:
        told = of(self.drafted(), self.confirmed(**wrong))

        assert ("no-rationale", "cut") in gaps(told)

    def test_a_confirmation_can_be_withdrawn(self) -> None:
        undo = event(Revocation, "undo", 8, rationale="not mine", revokes=("yes",))

        assert gaps(of(self.drafted(), self.confirmed(), undo)) == {("no-rationale", "cut")}

    def test_what_a_person_drafted_is_a_persons(self) -> None:
        assert gaps(of(self.drafted(by=BO.id))) == set()


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
        (gap,) = gaps_of(of(self.wrong, self.todo()))

        assert (gap.code, gap.record, gap.owner) == ("open-action", "fix", BO.id)

    def test_one_that_is_done_is_not(self) -> None:
        done = self.todo("done", 9, state="done", supersedes=("fix",))

        told = of(self.wrong, self.todo(), done)

        assert gaps(told) == set()
        assert placed(told, "fix").superseded_by == "done"


def test_withdrawing_a_yes_or_noting_one_leaves_the_digest_alone() -> None:
    yes = approval("yes", 6, about=(SUBJECT,))
    undo = event(Revocation, "undo", 7, rationale="hasty", revokes=("yes",), about=("record:yes",))
    noted = event(Acknowledgement, "noted", 7, about=("record:undo",))
    both = event(
        Revocation,
        "both",
        7,
        rationale="hasty",
        revokes=("yes", "cut"),
        about=("record:yes", "record:cut"),
    )

    before = of(cut(), yes)

    assert of(cut(), yes, undo, noted).digest == before.digest
    assert of(cut(), yes, undo, noted).revision != before.revision
    assert of(cut(), yes, both).digest != before.digest


def test_a_residual_risk_has_an_owner_and_an_end() -> None:
    risky = cut(residual_risk=(ResidualRisk(statement="few", until="2026-03-01"),))

    assert gaps(of(risky, at=30)) == {("unassigned", "cut")}
    assert gaps(of(risky)) == {("unassigned", "cut"), ("lapsed", "cut")}
