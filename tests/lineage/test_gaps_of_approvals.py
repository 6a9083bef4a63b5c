"""Whether what was deployed was approved, and as it is: asked without asking in a circle."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from answerable.lineage import AccountabilityTrace, gate, review
from answerable.lineage.approved import OF_APPROVALS
from answerable.lineage.fingerprint import presented
from answerable.model import Actor, Approval, Custody, Evidence, Record, Revocation
from tests.lineage.story import approval, artifact, choice, codes, day, digest, dissent, step, trace

SLOT, MODEL = "deployment:prod/loan", "model:loan@7"
WHOLE = (
    step("train", 1, produced=[MODEL]),
    step("deploy", 2, produced=[SLOT]),
)
LATER = choice("later", 5, about=(SLOT,))
ANA, BO = Actor(id="person:ana@example.org"), Actor(id="person:bo@example.org")
STALE = ("stale-approval", "yes", SLOT)


def found(*more: Record, subject: str = SLOT, at: float | None = None) -> AccountabilityTrace:
    return trace(subject, *WHOLE, *more, at=at)


def all_codes(*more: Record, **words: Any) -> list[tuple[str, str | None, str | None]]:
    return [(gap.code, gap.record, gap.ref) for gap in found(*more, **words).gaps]


def yes(id: str = "yes", on: float = 3, *, to: tuple[Record, ...] = (), **fields: Any) -> Approval:
    """A yes to what there was to see with the records of `to`."""
    given = {"about": (SLOT,), "digest": found(*to).digest, "decided_by": ANA, **fields}
    return approval(id, on, **given)


class TestUnapproved:
    def test_what_is_deployed_and_approved_by_nobody_is_a_gap_of_the_whole(self) -> None:
        (gap,) = found().gaps
        assert (gap.code, gap.record, gap.ref) == ("unapproved", None, SLOT)
        assert gap.message == f"Nobody has approved {SLOT}."

    def test_that_parts_of_it_were_approved_is_said(self) -> None:
        used = step("deploy", 2, produced=[SLOT], used=[MODEL])
        part = approval("part", 3, about=(MODEL,))
        told = trace(SLOT, WHOLE[0], used, part).gaps
        assert [gap.message for gap in told if gap.code == "unapproved"] == [
            f"Nobody has approved {SLOT}, only {MODEL}."
        ]

    def test_a_yes_to_it_closes_it(self) -> None:
        assert all_codes(yes()) == []

    def test_as_of_before_the_yes_it_is_open(self) -> None:
        assert all_codes(yes(), at=2.9) == [("unapproved", None, SLOT)]

    @pytest.mark.parametrize(
        "other",
        [
            yes(meaning="review"),
            yes(about=("record:deploy",)),
            dissent("yes", 3, about=(SLOT,)),
        ],
    )
    def test_other_words_are_no_yes_to_it(self, other: Record) -> None:
        assert ("unapproved", None, SLOT) in all_codes(other)

    def test_a_yes_that_does_not_verify_or_was_withdrawn_is_none(self) -> None:
        broken = Custody(envelope=b"", digest=digest("yes"), verified=False)
        assert ("unapproved", None, SLOT) in all_codes(attrs.evolve(yes(), custody=broken))
        undo = Revocation(
            id="undo",
            decided_at=day(4),
            recorded_at=day(4),
            about=("record:yes",),
            revokes=("yes",),
            rationale="too soon",
        )
        assert all_codes(yes(), undo) == [("unapproved", None, SLOT)]

    def test_only_of_what_is_deployed(self) -> None:
        assert all_codes(subject=MODEL) == []
        planned = choice("plan", 1, about=(SLOT,))
        assert "unapproved" not in {gap.code for gap in trace(SLOT, planned).gaps}


class TestStale:
    def test_what_came_after_the_yes_makes_it_stale(self) -> None:
        (gap,) = found(yes(), LATER).gaps
        assert (gap.code, gap.record, gap.ref) == STALE
        assert gap.message == (
            f"What the approval by {ANA.id} presented of {SLOT} has changed since."
        )

    def test_as_of_before_the_change_it_is_not(self) -> None:
        assert all_codes(yes(), LATER, at=4) == []

    def test_approving_anew_closes_it_for_whoever_does(self) -> None:
        assert all_codes(yes(), LATER, yes("anew", 6, to=(LATER,))) == []
        of_bo = yes("anew", 6, to=(LATER,), decided_by=BO)
        assert all_codes(yes(), LATER, of_bo) == [STALE]

    def test_further_voices_make_no_yes_stale(self) -> None:
        voices = (yes("other", 4, decided_by=BO), dissent("no", 5, about=(SLOT,)))
        assert all_codes(yes(), *voices) == []

    def test_of_models_too_but_not_of_what_it_does_not_name_alone(self) -> None:
        old = approval("yes", 3, about=(MODEL,))
        assert all_codes(old, subject=MODEL) == [("stale-approval", "yes", MODEL)]
        assert all_codes(attrs.evolve(old, about=(MODEL, SLOT)), subject=MODEL) == []
        assert all_codes(attrs.evolve(old, meaning="review"), subject=MODEL) == []

    def test_a_yes_to_one_record_binds_its_envelope(self) -> None:
        kept = Custody(envelope=b"", digest=digest("later"), verified=True)
        later = attrs.evolve(LATER, custody=kept)
        bound = approval("yes", 6, about=("record:later",), digest=kept.digest)
        assert codes(trace("record:later", later, bound)) == []
        other = attrs.evolve(bound, digest=digest("other"))
        assert [c for c, *_ in codes(trace("record:later", later, other))] == ["stale-approval"]


EVIDENCE = Evidence(artifact=artifact("report:test@1"), kind="own_test")
CUT = choice("cut", 1, about=(SLOT,), evidence=(EVIDENCE,))
EARLY = ("approval-before-evidence", "yes", "report:test@1")


class TestBeforeEvidence:
    def early(self, *more: Record, made: float = 4, **words: Any) -> list[Any]:
        measured = step("measure", made, produced=["report:test@1"])
        told = all_codes(CUT, yes(), measured, *more, **words)
        return [gap for gap in told if gap[0] == "approval-before-evidence"]

    def test_evidence_that_came_after_the_yes_is_a_gap_at_the_yes(self) -> None:
        assert self.early() == [EARLY]
        told = found(CUT, yes(), step("measure", 4, produced=["report:test@1"]))
        (gap,) = (gap for gap in told.gaps if gap.code == EARLY[0])
        assert gap.message == (
            f"The approval by {ANA.id} was given before report:test@1, on which the threshold"
            ' decision "Which cut?" rests, existed.'
        )

    def test_evidence_that_was_there_is_none(self) -> None:
        assert self.early(made=3) == self.early(made=2.9) == []

    def test_as_of_before_it_was_made_nothing_is_said_of_when(self) -> None:
        assert self.early(at=3.5) == []

    def test_a_decision_after_the_yes_was_not_what_it_approved(self) -> None:
        later = attrs.evolve(CUT, decided_at=day(3.1), recorded_at=day(3.1))
        measured = step("measure", 4, produced=["report:test@1"])
        told = all_codes(later, yes(), measured)
        assert EARLY not in told

    def test_a_new_making_of_what_was_there_before_is_not_its_first(self) -> None:
        assert self.early(step("first", 1, produced=["report:test@1"])) == []

    def test_approving_anew_closes_it_for_whoever_does_once_it_is_there(self) -> None:
        assert self.early(yes("anew", 5)) == []
        assert self.early(yes("anew", 3.5)) == [
            EARLY,
            ("approval-before-evidence", "anew", EARLY[2]),
        ]
        assert self.early(yes("anew", 5, decided_by=BO)) == [EARLY]


def kept(record: Approval, principal: str | None) -> Approval:
    custody = Custody(envelope=b"", digest=digest("yes"), verified=True, principal=principal)
    return attrs.evolve(record, custody=custody)


class TestAssertedIdentity:
    def test_a_yes_that_somebody_else_signed_is_a_gap_that_names_both(self) -> None:
        told = found(kept(yes(), BO.id))
        (gap,) = told.gaps
        assert (gap.code, gap.record) == ("asserted-identity", "yes")
        assert gap.message == f"The approval by {ANA.id} was signed by a key of {BO.id}."

    def test_a_yes_in_ones_own_name_is_none(self) -> None:
        assert found(kept(yes(), ANA.id)).gaps == ()

    def test_what_was_never_signed_says_nothing_of_who_signed_it(self) -> None:
        assert found(kept(yes(), None)).gaps == found(yes()).gaps == ()


class TestNoCircle:
    def test_neither_is_part_of_what_is_approved(self) -> None:
        open_, closed, stale = found(), found(yes()), found(approval("old", 1, about=(SLOT,)))
        assert open_.digest == closed.digest == stale.digest
        assert len({open_.revision, closed.revision, stale.revision}) == 3
        for one in (open_, stale):
            assert presented(SLOT, one.placed(), one.gaps) == one.digest

    def test_the_gate_judges_the_approvals_and_does_not_count_their_gaps(self) -> None:
        shut = gate(review(found()), None)
        assert (shut.because, shut.gaps) == (("nobody has approved it",), ())
        shut = gate(review(found(yes(), LATER)), None)
        assert (shut.open, shut.gaps) == (False, ())
        measured = step("measure", 4, produced=["report:test@1"])
        for other in ((kept(yes(), BO.id),), (CUT, yes(), measured)):
            assert OF_APPROVALS.isdisjoint(
                gap.code for gap in gate(review(found(*other)), None).gaps
            )
        assert [gap.code for gap in review(found(yes(), LATER)).gaps] == ["stale-approval"]
