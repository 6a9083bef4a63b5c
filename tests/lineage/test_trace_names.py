"""Revision, trace id and digest: what changes them, and what does not."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import attrs
import pytest

from answerable.lineage import Link
from answerable.lineage.fingerprint import presented, revision
from answerable.lineage.turning import shown_since
from answerable.model import Assumption, Custody
from tests.lineage.story import approval, choice, digest, dissent, gaps_of, step, trace

SLOT = "deployment:prod/loan"
DEPLOY = choice("deploy", 2, used=["model:loan@7"], produced=[SLOT])
TRAIN = step("train", 1, produced=["model:loan@7"])


def test_the_trace_id_follows_from_subject_and_revision() -> None:
    told = trace(SLOT, DEPLOY, TRAIN)
    text = f"answerable trace\0{SLOT}\0{told.revision}"
    assert told.trace_id == hashlib.sha256(text.encode()).hexdigest()[:32]
    assert re.fullmatch(r"[0-9a-f]{16}", told.revision)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", told.digest)


def test_nothing_new_means_the_same_names_at_any_time() -> None:
    first, later = trace(SLOT, DEPLOY, TRAIN, at=2), trace(SLOT, DEPLOY, TRAIN, at=200)
    assert (first.revision, first.trace_id, first.digest) == (
        later.revision,
        later.trace_id,
        later.digest,
    )


def test_another_subject_with_the_same_records_has_other_names() -> None:
    one, other = trace("model:loan@7", TRAIN), trace("record:train", TRAIN)
    assert [*one.placed()] == [*other.placed()]
    assert one.revision != other.revision
    assert one.digest != other.digest


def test_approving_and_dissenting_leave_the_digest_and_a_decision_changes_it() -> None:
    presented = trace(SLOT, DEPLOY, TRAIN)
    voices = (
        approval("yes", 3, about=(SLOT,)),
        approval("early", 0, about=("model:loan@7",), step="train"),
        dissent("no", 3, about=("record:deploy",)),
        dissent("to-the-yes", 4, about=("record:yes",)),
    )
    heard = trace(SLOT, DEPLOY, TRAIN, *voices)
    assert len(heard.records) == 5
    assert heard.digest == presented.digest
    assert heard.revision != presented.revision
    assert trace(SLOT, DEPLOY, TRAIN, choice("new", 3, about=(SLOT,))).digest != presented.digest


def test_gaps_and_links_of_a_yes_are_no_part_of_the_digest() -> None:
    broken = Custody(envelope=b"", digest=digest("a yes"), verified=False)
    yes = attrs.evolve(approval("yes", 1, about=(SLOT,)), custody=broken)
    deploy = attrs.evolve(DEPLOY, authority="record:yes")
    with_it, without = trace(SLOT, deploy, TRAIN, yes), trace(SLOT, deploy, TRAIN)
    assert [gap.code for gap in gaps_of(with_it)] == ["unverified", "asserted-link"]
    assert with_it.digest == without.digest


@pytest.mark.parametrize(
    "change",
    [
        {"phase": "incident"},
        {"parent": "train"},
        {"superseded_by": "train"},
        {"standing": "over"},
        {"links": ()},
        {"links": (Link(to="train", role="model:loan@7", by="digest"),)},
        {"record": attrs.evolve(DEPLOY, chosen=2)},
        {"record": attrs.evolve(DEPLOY, custody=Custody(envelope=b"", digest=digest("x")))},
    ],
)
def test_everything_shown_of_a_record_is_in_revision_and_digest(change: dict[str, Any]) -> None:
    told = trace(SLOT, DEPLOY, TRAIN)
    train, deploy = told.placed()
    shown = (train, attrs.evolve(deploy, **change))
    since = shown_since(told.placed(), told.gaps, told.as_of)
    assert revision(SLOT, told.placed(), told.gaps, since) == told.revision
    assert revision(SLOT, shown, told.gaps, since) != told.revision
    assert presented(SLOT, told.placed(), told.gaps) == told.digest
    assert presented(SLOT, shown, told.gaps) != told.digest
    assert revision(SLOT, told.placed(), (), since) != told.revision
    assert presented(SLOT, told.placed(), ()) != told.digest


def test_whether_an_envelope_verified_is_in_revision_and_digest() -> None:
    kept = Custody(envelope=b"", digest=digest("one"), verified=True)
    broken = attrs.evolve(kept, verified=False)
    new = choice("new", 3, produced=[SLOT], supersedes=("deploy",))
    one, other = (trace(SLOT, attrs.evolve(DEPLOY, custody=c), new) for c in (kept, broken))
    assert gaps_of(one) == gaps_of(other) == ()
    assert one.revision != other.revision
    assert one.digest != other.digest


def test_an_assumption_that_expires_changes_what_is_presented() -> None:
    held = attrs.evolve(
        DEPLOY, assumptions=(Assumption(statement="mix stays", review_by="2026-02-01"),)
    )
    assert trace(SLOT, held, at=10).digest != trace(SLOT, held, at=100).digest


def test_the_envelope_stands_for_the_record_where_there_is_one() -> None:
    kept = Custody(envelope=b"", digest=digest("one"), index=4, verified=True)
    one = trace(SLOT, attrs.evolve(DEPLOY, custody=kept))
    moved = trace(SLOT, attrs.evolve(DEPLOY, custody=attrs.evolve(kept, index=9)))
    other = trace(SLOT, attrs.evolve(DEPLOY, custody=attrs.evolve(kept, digest=digest("two"))))
    assert one.digest == moved.digest != other.digest
    assert len({one.revision, moved.revision, other.revision}) == 3
