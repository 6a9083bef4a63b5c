"""What a deployed system did to one person: cheap enough to be said of everyone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from answerable.model import Artifact, parse_actor, parse_ref
from answerable.model.outcomes import Part
from answerable.model.records import Capture
from answerable.outcomes.disclosure import checked_token, others, written
from answerable.recording import clock, process
from answerable.recording.details import When
from answerable.recording.receipt import OutcomeReceipt

_EXPLICIT: Capture = "explicit"


def outcome(
    deployment: str | Artifact,
    subject: str,
    value: Any,
    *,
    elements: Mapping[str, Any] | None = None,
    part: Part | None = None,
    model: str | None = None,
    reviewed_by: str | None = None,
    accountable: str | None = None,
    decided_at: datetime | str | None = None,
    capture: Capture | None = None,
) -> OutcomeReceipt:
    """One person's outcome: what the system behind `deployment` did in the case of `subject`.

    `subject` is a pseudonym (`application-4711`); what looks like a person's name, address or number
    is refused. `value` is the outcome, `elements` what weighed most in it, by name, `part` the
    system's part: it "decided", or "recommended" and a person decided. `model` is the version
    that was asked, `reviewed_by` who looked at it before it took effect, `accountable` who answers
    to the person, by default as configured.

    Outcomes gather for up to a second and are sealed in batches, by one signature; a crash can take
    those of that second. `flush()` seals at once, and the receipt's `sealed` tells. Raises
    `InvalidValueError`, `InvalidReferenceError`, and as recording does where nothing can be kept.
    """
    if isinstance(deployment, Artifact):
        deployment = deployment.ref
    checked_token(subject)
    said = written(value, elements, others(part, model, reviewed_by))
    if process.is_disabled():
        return OutcomeReceipt(clock.new_id())
    custodian = process.custodian()
    if decided_at is None and capture is None:
        at, captured = clock.now(), _EXPLICIT
    else:
        when = When.of(decided_at, capture).fields
        at, captured = when.get("decided_at") or clock.now(), when["capture"]
    answers = custodian.settings.accountable if accountable is None else accountable
    key = deployment, answers, captured
    batches = custodian.outcomes
    if not batches.knows(key):
        parse_ref(deployment)
        key = deployment, None if answers is None else parse_actor(answers), captured
        custodian.prepare()
    return batches.add(key, subject, at, said)
