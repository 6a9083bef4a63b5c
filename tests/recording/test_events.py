"""What happens around decisions, each in one call, and what of it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable.errors import IncompleteDecisionError, InvalidValueError, UsageError
from answerable.model import Artifact, Decision, Evidence, Record
from tests.recording.kept import Kept

SUBJECT = "deployment:prod/scores"
CALLS: list[tuple[str, Callable[..., Record], dict[str, Any]]] = [
    (
        "override",
        lambda **more: ans.override(
            "four-eyes check",
            "nobody else was there",
            about=SUBJECT,
            until="2027-01-31",
            accountable="role:head",
            authority="policy:release@3",
            **more,
        ),
        {
            "control": "four-eyes check",
            "rationale": "nobody else was there",
            "until": "2027-01-31",
            "accountable": "role:head",
            "authority": "policy:release@3",
            "about": (SUBJECT,),
        },
    ),
    (
        "revocation",
        lambda **more: ans.revoke(["one", "record:two"], "made by mistake", **more),
        {"revokes": ("one", "two"), "about": ("record:one", "record:two")},
    ),
    (
        "supersession",
        lambda **more: ans.supersede(["one", "record:two"], by="three", because="again", **more),
        {
            "replaces": ("one", "two"),
            "successor": "three",
            "rationale": "again",
            "about": ("record:one", "record:two", "record:three"),
        },
    ),
    (
        "mandate",
        lambda **more: ans.mandate(
            "ana@bank.example",
            kinds="threshold",
            limit="0.6 to 0.7",
            until="2027-01-31",
            authority="policy:release@3",
            **more,
        ),
        {
            "holder": "person:ana@bank.example",
            "kinds": ("threshold",),
            "limit": "0.6 to 0.7",
            "valid_until": "2027-01-31",
            "authority": "policy:release@3",
        },
    ),
    (
        "notice",
        lambda **more: ans.notify(
            "a campaign runs in March", about="dataset:a@1", to=["role:retrain"], **more
        ),
        {
            "statement": "a campaign runs in March",
            "addressees": ("role:retrain",),
            "about": ("dataset:a@1",),
        },
    ),
    (
        "acknowledgement",
        lambda **more: ans.acknowledge("record:n", "left out of training", **more),
        {"about": ("record:n",), "rationale": "left out of training"},
    ),
    (
        "assumption_event",
        lambda **more: ans.assumption_event(
            "d",
            "the mix stays",
            "reviewed",
            because="looked",
            review_by=date(2027, 6, 1),
            evidence="report:mix@2",
            **more,
        ),
        {
            "about": ("record:d",),
            "assumption": "the mix stays",
            "state": "reviewed",
            "review_by": "2027-06-01",
            "evidence": (Evidence(artifact=Artifact(ref="report:mix@2"), kind="own_test"),),
        },
    ),
    (
        "incident",
        lambda **more: ans.incident(
            SUBJECT, "declined twice", occurred_at="2026-03-01T12:00:00Z", severity="high", **more
        ),
        {
            "about": (SUBJECT,),
            "statement": "declined twice",
            "occurred_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
            "severity": "high",
        },
    ),
    (
        "action",
        lambda **more: ans.action(
            "i",
            "roll back",
            owner="role:on-call",
            due="2026-03-02",
            because="it is quickest",
            authority="record:m",
            supersedes="a",
            **more,
        ),
        {
            "about": ("record:i",),
            "statement": "roll back",
            "owner": "role:on-call",
            "due": "2026-03-02",
            "state": "open",
            "rationale": "it is quickest",
            "authority": "record:m",
            "supersedes": ("a",),
        },
    ),
]
NAMES = [name for name, _, _ in CALLS]


@pytest.mark.parametrize(("name", "call", "fields"), CALLS, ids=NAMES)
def test_one_call_is_one_signed_record(
    kept: Kept, name: str, call: Callable[..., Record], fields: dict[str, Any]
) -> None:
    made = call()
    ans.shutdown()

    (found,) = kept.records()
    assert found == made
    assert type(found).__name__.lower() == name.replace("_", "")
    assert {field: getattr(found, field) for field in fields} == fields
    assert (found.decided_by and found.decided_by.id) == "person:analyst@bank.example"
    assert found.source is not None and (found.source.file or "").endswith("test_events.py")
    assert getattr(found, "capture", None) == "explicit"


@pytest.mark.parametrize(("name", "call", "fields"), CALLS, ids=NAMES)
def test_it_may_be_said_late_and_for_somebody_else(
    kept: Kept, name: str, call: Callable[..., Record], fields: dict[str, Any]
) -> None:
    made = call(decided_at="2026-01-31T12:00:00Z", decided_by="bo@bank.example")

    assert made.decided_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert made.recorded_at > made.decided_at
    assert getattr(made, "capture", None) == "backfilled"
    assert made.decided_by is not None and made.decided_by.id == "person:bo@bank.example"
    assert getattr(call(capture="imported"), "capture", None) == "imported"


@pytest.mark.parametrize(("name", "call", "fields"), CALLS, ids=NAMES)
def test_what_it_does_not_take_is_refused(
    kept: Kept, name: str, call: Callable[..., Record], fields: dict[str, Any]
) -> None:
    for wrong in ({"decided_at": "soon"}, {"capture": "somehow"}, {"decided_by": ""}):
        with pytest.raises(UsageError):
            call(**wrong)
    with pytest.raises(TypeError):
        call(colour="red")
    assert kept.size() == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: ans.override("", "why", about=SUBJECT),
        lambda: ans.override("check", " ", about=SUBJECT),
        lambda: ans.override("check", "why", about=SUBJECT, until="soon"),
        lambda: ans.revoke([], "why"),
        lambda: ans.revoke("id", ""),
        lambda: ans.revoke(5, "why"),  # type: ignore[arg-type]
        lambda: ans.revoke("model:loans@7", "why"),
        lambda: ans.revoke("record:", "why"),
        lambda: ans.supersede([], by="b"),
        lambda: ans.supersede("a", by=""),
        lambda: ans.supersede("a", by="record:a"),
        lambda: ans.supersede("a", by=["b", "c"]),  # type: ignore[arg-type]
        lambda: ans.override("check", "it is said nowhere what for"),
        lambda: ans.override("check", "why", about=SUBJECT, accountable="nobody"),
        lambda: ans.override("check", "why", about=SUBJECT, authority=" "),
        lambda: ans.action("i", "x", evidence=[5]),  # type: ignore[list-item]
        lambda: ans.mandate("nobody"),
        lambda: ans.mandate("ana@bank.example", kinds=["two words"]),
        lambda: ans.notify("", about=SUBJECT, to="role:a"),
        lambda: ans.notify("x", about=[], to="role:a"),
        lambda: ans.notify("x", about=SUBJECT, to="nobody"),
        lambda: ans.acknowledge([]),
        lambda: ans.assumption_event("", "x", "reviewed"),
        lambda: ans.assumption_event("d", "x", "forgotten"),  # type: ignore[arg-type]
        lambda: ans.incident([], "x"),
        lambda: ans.incident(SUBJECT, ""),
        lambda: ans.incident(SUBJECT, "x", occurred_at=datetime(2026, 1, 1)),
        lambda: ans.action("", "x"),
        lambda: ans.action("i", "x", state="nearly"),  # type: ignore[arg-type]
        lambda: ans.action("i", "x", owner="nobody"),
    ],
)
def test_what_says_nothing_is_refused(kept: Kept, call: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        call()
    assert kept.size() == 0


def test_a_record_stands_for_itself_wherever_one_is_named(kept: Kept) -> None:
    lent = ans.mandate("ana@bank.example")
    with ans.decide("threshold", authority=lent, assumptions="the mix stays") as d:
        d.choose(0.58)
    with ans.decide("threshold", authority=lent, supersedes=d.record) as e:
        e.choose(0.62)
    wrong = ans.incident(e.record, "declined twice")
    todo = ans.action(wrong, "roll back", authority=lent)
    done = ans.action(wrong, "roll back", state="done", supersedes=todo)
    undone = ans.revoke([e.record, d.id], "both were wrong")
    instead = ans.supersede(e.record, by=d.record)
    held = ans.assumption_event(d.record, "the mix stays", "confirmed")
    no = ans.dissent(e.record, "too high")
    noted = ans.acknowledge([wrong, "fact:campaign@1"])

    assert d.record.authority == e.record.authority == todo.authority == f"record:{lent.id}"
    assert e.record.supersedes == (d.id,)
    assert (wrong.about, todo.about) == ((f"record:{e.id}",), (f"record:{wrong.id}",))
    assert done.supersedes == (todo.id,)
    assert undone.revokes == (e.id, d.id)
    assert (instead.replaces, instead.successor) == ((e.id,), d.id)
    assert (held.about, no.about) == ((f"record:{d.id}",), (f"record:{e.id}",))
    assert noted.about == (f"record:{wrong.id}", "fact:campaign@1")


def test_a_control_that_is_bypassed_in_a_step_is_bypassed_for_what_that_makes(kept: Kept) -> None:
    with ans.step("deploy", produced=SUBJECT) as s:
        bypass = ans.override("four-eyes check", "nobody else was there")

    assert (bypass.about, bypass.step) == ((), s.id)


def test_what_was_chosen_before_is_kept_where_it_is_known(kept: Kept) -> None:
    with ans.decide("threshold") as first:
        first.choose(0.58)
    with ans.decide("threshold", supersedes=first.record) as told:
        told.choose(0.62)
    with ans.decide("threshold", supersedes=first.id) as unknown:
        unknown.choose(0.62)
    with ans.decide("threshold", previous={"cut": 0.5}, supersedes=first.record) as said:
        said.choose(0.62)
    with pytest.raises(UsageError):
        ans.choose("threshold", 0.62, previous=float("nan"))

    assert told.record.previous == 0.58
    assert unknown.record.previous is None
    assert said.record.previous == {"cut": 0.5}
    assert [getattr(r, "previous", None) for r in kept.records()] == [
        None,
        0.58,
        None,
        {"cut": 0.5},
    ]


def test_what_becomes_of_an_assumption_is_said_of_one_that_there_is(kept: Kept) -> None:
    with ans.decide("threshold") as d:
        d.assume("the mix stays")
        d.choose(0.62)

    with pytest.raises(InvalidValueError, match="does not assume 'the mix stais'"):
        ans.assumption_event(d.record, "the mix stais", "reviewed")
    assert ans.assumption_event(d.record, "the mix stays", "reviewed").about == (f"record:{d.id}",)


def test_what_is_to_hold_for_a_day_may_begin_in_the_course_of_it(kept: Kept) -> None:
    ans.choose("threshold", 1, valid_from="2027-01-01T12:00:00Z", valid_to="2027-01-01")
    ans.choose("threshold", 1, valid_from="2027-01-01", valid_to="2027-01-01")
    assert len(kept.records()) == 2


class TestADraft:
    def drafted(self) -> Decision:
        with ans.decide("threshold") as d:
            d.choose(0.62, because="as the minutes say", drafted_by="agent:minutes")
        return d.record

    def test_it_is_labelled_with_who_drafted_it(self, kept: Kept) -> None:
        assert self.drafted().drafted_by == "agent:minutes"

    def test_confirming_it_binds_the_very_record(self, kept: Kept) -> None:
        draft = self.drafted()
        yes = ans.confirm(draft, because="so it was", decided_by="bo@bank.example")

        assert draft.custody is not None
        assert (yes.meaning, yes.digest) == ("authorship", draft.custody.digest)
        assert yes.about == (f"record:{draft.id}",)
        assert (yes.rationale, kept.records()[-1]) == ("so it was", yes)

    def test_what_was_not_kept_cannot_be_confirmed(
        self, kept: Kept, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bare = attrs.evolve(self.drafted(), custody=None)
        with pytest.raises(IncompleteDecisionError):
            ans.confirm(bare)

        monkeypatch.setenv("ANSWERABLE_DISABLED", "1")
        assert ans.confirm(bare).custody is None
        assert kept.size() == 2  # the delegation and the draft


def test_a_dissent_came_into_the_record_as_its_decision_did(kept: Kept) -> None:
    then = "2026-01-31T12:00:00Z"
    with ans.decide("threshold", capture="imported", decided_at=then) as d:
        d.dissent("bo@bank.example", "too high")
        d.choose(1)

    no = kept.records()[-1]
    assert (no.decided_at, getattr(no, "capture", None)) == (d.record.decided_at, "imported")


def test_a_decision_takes_them_all(kept: Kept) -> None:
    with ans.decide(
        "risk_acceptance",
        residual_risk=ans.ResidualRisk(statement="few were held out", owner="role:risk"),
        consulted="team:fair-lending",
        informed=["role:operations", "role:operations"],
        legal_refs="12 CFR 1002.9",
        valid_from="2026-03-01",
        valid_to=date(2027, 3, 1),
        pre_determined_change="0.60 to 0.64",
        drafted_by="agent:minutes",
    ) as d:
        d.risk("another", until="2027-01-01")
        d.consult("role:legal")
        d.inform("role:head")
        d.choose("accepted", because="small")
    ans.shutdown()

    found = kept.decision()
    assert [(r.statement, r.owner, r.until) for r in found.residual_risk] == [
        ("few were held out", "role:risk", None),
        ("another", None, "2027-01-01"),
    ]
    assert found.consulted == ("team:fair-lending", "role:legal")
    assert found.informed == ("role:operations", "role:head")
    assert found.legal_refs == ("12 CFR 1002.9",)
    assert (found.valid_from, found.valid_to) == ("2026-03-01", "2027-03-01")
    assert (found.pre_determined_change, found.drafted_by) == ("0.60 to 0.64", "agent:minutes")


@pytest.mark.parametrize(
    "details",
    [
        {"residual_risk": ""},
        {"residual_risk": 5},
        {"consulted": "nobody"},
        {"informed": [5]},
        {"legal_refs": " "},
        {"valid_from": "soon"},
        {"valid_from": "2027-01-02", "valid_to": "2027-01-01"},
        {"supersedes": "config:threshold@6"},
        {"drafted_by": ""},
        {"pre_determined_change": " "},
    ],
)
def test_a_decision_refuses_what_says_nothing(kept: Kept, details: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        ans.choose("threshold", 1, **details)
    assert kept.size() == 0


def test_steps_approvals_and_dissents_may_be_written_down_late(kept: Kept) -> None:
    then = "2026-01-31T12:00:00Z"
    with ans.step("train", decided_at=then):
        pass
    ans.approve(SUBJECT, digest="sha256:" + "0" * 64, decided_at=then)
    ans.dissent(SUBJECT, "too soon", decided_at=then)
    with ans.decide("threshold", decided_at=then) as d:
        d.dissent("bo@bank.example", "too high")
        d.choose(1)
    ans.shutdown()

    found = kept.records()
    assert len(found) == 5
    assert {r.decided_at for r in found} == {datetime(2026, 1, 31, 12, tzinfo=UTC)}
    assert {getattr(r, "capture", None) for r in found} == {"backfilled"}
    assert any(isinstance(r, Decision) for r in found)
