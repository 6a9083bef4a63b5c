"""A yes or a no to what was decided: approvals and dissents, each a record of its own."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from answerable.canonical import value_digest
from answerable.errors import IncompleteDecisionError, InvalidValueError
from answerable.model import Approval, Decision, Dissent, parse_digest
from answerable.model.records import Capture, Meaning
from answerable.recording import inputs, process
from answerable.recording.details import Private, When
from answerable.recording.saying import say
from answerable.values import optional, required


def approve(
    subject: inputs.About,
    *,
    digest: str,
    meaning: Meaning = "approval",
    because: str | None = None,
    decided_by: str | None = None,
    decided_at: datetime | str | None = None,
    capture: Capture | None = None,
    private: Private = None,
) -> Approval:
    """Say yes to what was presented of `subject`; `digest` (`sha256:<hex>`) binds exactly that.

    `meaning` is review, approval, responsibility or authorship. Raises `InvalidReferenceError`,
    `InvalidValueError`.
    """
    if meaning not in get_args(Meaning):
        raise InvalidValueError(
            f"no meaning of an approval: {meaning!r:.40}", hint=", ".join(get_args(Meaning))
        )
    return say(
        Approval,
        "approval",
        by=decided_by,
        when=When.of(decided_at, capture),
        private=private,
        about=inputs.subjects(subject),
        meaning=meaning,
        digest=parse_digest(digest),
        rationale=optional(because, "the reason"),
    )


def confirm(
    decision: Decision,
    because: str | None = None,
    *,
    decided_by: str | None = None,
    decided_at: datetime | str | None = None,
    capture: Capture | None = None,
    private: Private = None,
) -> Approval:
    """Take a reason that a machine drafted (`drafted_by`) for one's own: from then on it counts
    as given. Takes the decision as it was kept: `d.record`, or as a history gives it.

    It is an approval of the decision's own envelope, of the meaning authorship. Raises
    `IncompleteDecisionError` for one that has not been kept, and as `approve` does.
    """
    if decision.custody is None and not process.is_disabled():
        raise IncompleteDecisionError(
            "this decision has not been kept", hint="give d.record once its block has ended"
        )
    kept = decision.custody.digest if decision.custody else value_digest(decision.id)
    return approve(
        decision,
        digest=kept,
        meaning="authorship",
        because=because,
        decided_by=decided_by,
        decided_at=decided_at,
        capture=capture,
        private=private,
    )


def dissent(
    about: inputs.About,
    because: str,
    *,
    decided_by: str | None = None,
    decided_at: datetime | str | None = None,
    capture: Capture | None = None,
    private: Private = None,
) -> Dissent:
    """Say no, or voice a doubt, about an artifact or a record (itself, or `record:<id>`).

    Raises `InvalidReferenceError`, `InvalidValueError`, `IncompleteDecisionError`.
    """
    return say(
        Dissent,
        "dissent",
        by=decided_by,
        when=When.of(decided_at, capture),
        private=private,
        about=inputs.subjects(about),
        rationale=required(because, "the dissent"),
    )
