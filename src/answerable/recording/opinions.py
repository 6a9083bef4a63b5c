"""A yes or a no to what was decided: approvals and dissents, each a record of its own."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from answerable.errors import InvalidValueError
from answerable.model import Approval, Artifact, Dissent, parse_digest
from answerable.model.records import Capture, Meaning
from answerable.recording import inputs
from answerable.recording.details import When
from answerable.recording.saying import say
from answerable.values import optional, required


def approve(
    subject: str | Artifact,
    *,
    digest: str,
    meaning: Meaning = "approval",
    because: str | None = None,
    decided_by: str | None = None,
    decided_at: datetime | str | None = None,
    capture: Capture | None = None,
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
        about=inputs.subjects(subject),
        meaning=meaning,
        digest=parse_digest(digest),
        rationale=optional(because, "the reason"),
    )


def dissent(
    about: str | Artifact,
    because: str,
    *,
    decided_by: str | None = None,
    decided_at: datetime | str | None = None,
    capture: Capture | None = None,
) -> Dissent:
    """Say no, or voice a doubt, about an artifact or a record (`record:<id>`).

    Raises `InvalidReferenceError`, `InvalidValueError`, `IncompleteDecisionError`.
    """
    return say(
        Dissent,
        "dissent",
        by=decided_by,
        when=When.of(decided_at, capture),
        about=inputs.subjects(about),
        rationale=required(because, "the dissent"),
    )
