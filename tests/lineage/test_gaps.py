from __future__ import annotations

from typing import Any

import attrs
import pytest

from answerable.lineage import AccountabilityTrace, Gap
from answerable.model import Assumption, Considered, Custody, Evidence, Record
from tests.lineage.story import artifact, choice, codes, decision, digest, step, trace

MODEL = "model:loan@7"
RIVAL = (Considered(value=0.5, because="declines more"),)


def of(record: Record, at: float | None = None) -> AccountabilityTrace:
    """The trace of a model that this record produced."""
    return trace(MODEL, attrs.evolve(record, produced=(artifact(MODEL),)), at=at)  # type: ignore[call-arg]


def only(told: AccountabilityTrace) -> Gap:
    (gap,) = told.gaps
    return gap


def test_a_decision_that_says_everything_has_no_gap() -> None:
    assert of(decision("cut", considered=RIVAL)).gaps == ()


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        (
            {"capture": "default", "chosen": 1.5, "rationale": None},
            "default",
            'Nobody took the threshold decision "Which cut?": it was left at its default, 1.5.',
        ),
        (
            {"capture": "passed", "accountable": None},
            "unassigned",
            'Nobody is accountable for the threshold decision "Which cut?".',
        ),
        (
            {"rationale": None, "considered": RIVAL},
            "no-rationale",
            'The threshold decision "Which cut?" gives no reason.',
        ),
        (
            {},
            "no-alternatives",
            'The threshold decision "Which cut?" names no alternative that was weighed.',
        ),
        (
            {"capture": "backfilled"},
            "backfilled",
            'The threshold decision "Which cut?" was recorded after the fact.',
        ),
    ],
)
def test_what_a_decision_leaves_out(fields: dict[str, Any], code: str, message: str) -> None:
    gap = only(of(decision("cut", **fields)))
    assert (gap.code, gap.message, gap.record, gap.ref) == (code, message, "cut", None)
    assert gap.owner == (None if code == "unassigned" else "role:owner")


@pytest.mark.parametrize("kind", ["threshold", "fairness", "vendor", "model", "risk_acceptance"])
def test_what_nobody_should_settle_on_a_feeling_names_what_it_rests_on(kind: str) -> None:
    bare = decision("cut", kind=kind, considered=RIVAL, legal_refs=())
    gap = only(of(bare))
    assert (gap.code, gap.record, gap.owner) == ("no-evidence", "cut", "role:owner")
    assert gap.message == f'The {kind} decision "Which cut?" names nothing that it rests on.'
    audit = Evidence(artifact=artifact("report:audit@1"), kind="third_party")
    for rests in (
        {"evidence": (audit,)},
        {"legal_refs": ("the lending act, 4",)},
        {"used": (artifact("report:audit@1", "audit"),)},
    ):
        told = {gap.code for gap in of(attrs.evolve(bare, **rests)).gaps}
        assert "no-evidence" not in told


@pytest.mark.parametrize("other", [{"kind": "hyperparameter"}, {"capture": "passed"}])
def test_evidence_is_not_asked_of_everything(other: dict[str, Any]) -> None:
    fields = {"considered": RIVAL, "legal_refs": (), **other}
    assert "no-evidence" not in {gap.code for gap in of(decision("cut", **fields)).gaps}


@pytest.mark.parametrize("capture", ["default", "passed", "imported", "backfilled", "inferred"])
def test_reason_and_rivals_are_asked_of_explicit_decisions_only(capture: str) -> None:
    found = {gap.code for gap in of(decision("cut", capture=capture, rationale=None)).gaps}
    assert not found & {"no-rationale", "no-alternatives"}


def test_what_was_used_and_never_produced_is_named_once_at_its_first_user() -> None:
    told = trace(
        MODEL,
        step("train", 2, used=["dataset:raw@1", "config:x@1"], produced=[MODEL]),
        choice("clean", 1, used=["dataset:raw@1"], produced=["config:x@1"], accountable="team:d"),
    )
    gap = next(gap for gap in told.gaps if gap.code == "unrecorded")
    assert (gap.record, gap.ref, gap.owner) == ("clean", "dataset:raw@1", "team:d")
    assert [gap.code for gap in told.gaps] == ["unrecorded", "asserted-link"]


def test_own_tests_are_expected_to_be_recorded_and_others_are_not() -> None:
    vouched = [
        Evidence(artifact=artifact(f"report:{kind}@1"), kind=kind)
        for kind in ("own_test", "third_party", "vendor_assertion")
    ]
    told = of(choice("cut", evidence=tuple(vouched)))
    assert codes(told) == [("unrecorded", "cut", "report:own_test@1")]


def test_a_vendors_inside_is_closed_whoever_chose_the_vendor() -> None:
    told = trace(
        MODEL,
        choice("buy", 1, produced=["vendor:scores@2"]),
        choice("use", 2, used=[artifact("vendor:scores@2"), "vendor:acme"], produced=[MODEL]),
    )
    assert [(g.code, g.record, g.ref) for g in told.gaps if g.code != "asserted-link"] == [
        ("opaque", "use", "vendor:acme"),
        ("opaque", "use", "vendor:scores@2"),
    ]
    assert told.gaps[-1].message == "What is inside vendor:scores@2 is known to its vendor only."


def test_a_vendor_as_the_subject_is_closed_too() -> None:
    told = trace("vendor:acme", choice("use", used=["vendor:acme"]))
    assert codes(told) == [("opaque", None, "vendor:acme")]


def test_evidence_that_is_all_a_vendors_word_is_reported() -> None:
    word = Evidence(artifact=artifact("report:sheet@1"), kind="vendor_assertion")
    audit = Evidence(artifact=artifact("report:audit@1"), kind="third_party")
    assert only(of(choice("cut", evidence=(word,)))).code == "vendor-assertion-only"
    assert of(choice("cut", evidence=(word, audit))).gaps == ()


def test_a_date_lasts_to_its_end_and_a_time_to_its_moment() -> None:
    by_date = choice(
        "cut", assumptions=(Assumption(statement="mix stays", review_by="2026-02-01"),)
    )
    assert of(by_date, at=31.9).gaps == ()
    gap = only(of(by_date, at=32))
    assert gap.code == "expired-assumption"
    assert gap.message == (
        'The assumption "mix stays" of the threshold decision "Which cut?" '
        "was to be reviewed by 2026-02-01."
    )
    by_time = choice(
        "cut",
        assumptions=(Assumption(statement="mix stays", review_by="2026-02-01T01:00:00+01:00"),),
    )
    assert of(by_time, at=31).gaps == ()
    assert only(of(by_time, at=31.001)).code == "expired-assumption"


def test_an_expired_assumption_is_its_owners() -> None:
    told = of(
        choice(
            "cut",
            assumptions=(
                Assumption(statement="a", review_by="2026-01-02", owner="role:risk"),
                Assumption(statement="b", review_by="2026-01-02"),
                Assumption(statement="c", review_by="soon"),
                Assumption(statement="d"),
            ),
        )
    )
    assert [gap.owner for gap in told.gaps] == ["role:risk", "role:owner"]


def test_expired_evidence_is_named() -> None:
    audit = Evidence(
        artifact=artifact("report:audit@1"), kind="third_party", valid_until="2026-01-05"
    )
    assert of(choice("cut", evidence=(audit,)), at=4).gaps == ()
    gap = only(of(choice("cut", evidence=(audit,)), at=6))
    assert (gap.code, gap.ref) == ("expired-evidence", "report:audit@1")
    assert gap.message == (
        'The evidence report:audit@1 for the threshold decision "Which cut?" '
        "was valid until 2026-01-05."
    )


def test_a_record_that_does_not_verify_is_reported_and_makes_the_verdict() -> None:
    fine = Custody(envelope=b"{}", digest=digest("envelope"), verified=True)
    cut = choice("cut")
    assert of(cut).verdict == of(attrs.evolve(cut, custody=fine)).verdict == "valid-unwitnessed"
    told = of(attrs.evolve(cut, custody=attrs.evolve(fine, verified=False, fault="no key")))
    assert told.verdict == "invalid"
    assert codes(told) == [("unverified", "cut", None)]


def test_a_superseded_record_that_does_not_verify_still_makes_the_verdict() -> None:
    broken = Custody(envelope=b"{}", digest=digest("envelope"), verified=False)
    told = trace(
        MODEL,
        attrs.evolve(choice("old", 1, produced=[MODEL]), custody=broken),
        choice("new", 2, produced=[MODEL], supersedes=("old",)),
    )
    assert told.verdict == "invalid"
    assert told.gaps == ()


def test_gaps_stand_in_the_order_of_their_records_and_are_never_repeated() -> None:
    told = trace(
        "deployment:prod/loan",
        decision("b", 2, used=[MODEL, MODEL], produced=["deployment:prod/loan"], accountable=None),
        decision("a", 1, produced=[MODEL], accountable=None),
    )
    assert codes(told) == [
        ("unassigned", "a", None),
        ("no-alternatives", "a", None),
        ("unassigned", "b", None),
        ("no-alternatives", "b", None),
        ("asserted-link", "b", MODEL),
    ]


def test_long_questions_are_cut_in_messages() -> None:
    gap = only(of(decision("cut", question="why " * 500, capture="passed", accountable=None)))
    assert len(gap.message) < 200
    assert "…" in gap.message
