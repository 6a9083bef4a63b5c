"""What an event says, in rows: for whoever shows a record that is neither a decision nor a step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import attrs

from answerable.model import Evidence, Outcomes, Record, headlines
from answerable.model.types import EVENTS
from answerable.wording.phrases import EVIDENCE
from answerable.wording.text import line, moment

# Fields in the order in which they are told, and what each is called.
_LABELS: Final = {
    "deployment": "outcomes of",
    "size": "how many",
    "started_at": "from",
    "root": "root",
    "statement": "says",
    "control": "bypasses",
    "field": "erases",
    "holder": "lends to",
    "kinds": "to decide",
    "limit": "within",
    "assumption": "assumed",
    "state": "state",
    "severity": "severity",
    "occurred_at": "happened",
    "owner": "owner",
    "due": "due",
    "until": "until",
    "valid_until": "until",
    "review_by": "next look",
    "addressees": "made known to",
    "revokes": "withdraws",
    "replaces": "replaces",
    "successor": "in their place",
    "evidence": "evidence",
    "accountable": "accountable",
    "authority": "authority",
    "rationale": "why",
}


def details(record: Record) -> Iterator[tuple[str, str]]:
    """Label and text of each field of an event, or of a batch of outcomes, that says something."""
    if not isinstance(record, (*EVENTS, Outcomes)):
        return
    named = {field.name for field in attrs.fields(type(record))}
    for name, label in _LABELS.items():
        value = getattr(record, name, None) if name in named else None
        if value not in (None, ()):
            yield label, _said(value)


def headline(record: Record) -> str | None:
    """The few words by which an event is known, on one line; None of any other record."""
    known_by = headlines.headline(record)
    return None if known_by is None else line(known_by)


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, tuple):
        return line(", ".join(_evidence(v) if isinstance(v, Evidence) else v for v in value))
    return line(str(value))


def _evidence(evidence: Evidence) -> str:
    artifact = evidence.artifact
    said = [EVIDENCE[evidence.kind]]
    said += [f"until {evidence.valid_until}"] if evidence.valid_until else []
    said += [each for each in (artifact.digest, artifact.uri) if each]
    return f"{artifact.ref} ({', '.join(said)})"
