"""Small histories for stitching, told in days."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from answerable.lineage import AccountabilityTrace, Gap, MemoryLookup, Placed, stitch
from answerable.model import Approval, Artifact, Decision, Dissent, Record, Step

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=300)


def day(number: float) -> datetime:
    """The time of day `number`."""
    return START + timedelta(days=number)


def digest(content: str) -> str:
    """The digest of some content."""
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def artifact(ref: str | Artifact, content: str | None = None) -> Artifact:
    """An artifact by name, and by the digest of `content` if that is given."""
    if isinstance(ref, Artifact):
        return ref
    return Artifact(ref=ref, digest=digest(content) if content is not None else None)


def decision(id: str, on: float = 1, **fields: Any) -> Decision:
    """A decision of day `on` that leaves nothing to ask for, but for what `fields` say."""
    full: dict[str, Any] = {
        "kind": "threshold",
        "question": f"Which {id}?",
        "chosen": 1,
        "rationale": "it was best",
        "accountable": "role:owner",
        "legal_refs": ("the lending act, 4",),
    }
    return Decision(**_artifacts({"id": id, **_times(on), **full, **fields}))


def choice(id: str, on: float = 1, **fields: Any) -> Decision:
    """A decision that was passed as an argument: no reason and no rival is asked of it."""
    return decision(id, on, **{"capture": "passed", **fields})


def step(id: str, on: float = 1, **fields: Any) -> Step:
    """A step that ended on day `on`."""
    given = {"id": id, **_times(on), "name": id, "started_at": day(on - 1), **fields}
    return Step(**_artifacts(given))


def approval(id: str, on: float = 1, **fields: Any) -> Approval:
    """A yes of day `on`."""
    given: dict[str, Any] = {"meaning": "approval", "digest": digest(""), **fields}
    return Approval(id=id, **_times(on), **given)


def dissent(id: str, on: float = 1, **fields: Any) -> Dissent:
    """A no of day `on`."""
    given: dict[str, Any] = {"rationale": "too soon", **fields}
    return Dissent(id=id, **_times(on), **given)


def trace(subject: str, *records: Record, at: float | None = None) -> AccountabilityTrace:
    """The trace of `subject` over these records, as of day `at` (default: long after)."""
    return stitch(subject, MemoryLookup(records), NOW if at is None else day(at))


def ids(trace: AccountabilityTrace) -> set[str]:
    """The ids of everything in the trace."""
    return {placed.record.id for placed in trace.placed()}


def placed(trace: AccountabilityTrace, id: str) -> Placed:
    """The record of that id as it stands in the trace."""
    return next(p for p in trace.placed() if p.record.id == id)


def links(trace: AccountabilityTrace, id: str) -> set[tuple[str, str, str]]:
    """The links of that record, as (to, role, by)."""
    return {(link.to, link.role, link.by) for link in placed(trace, id).links}


def codes(trace: AccountabilityTrace) -> list[tuple[str, str | None, str | None]]:
    """The trace's gaps as (code, record, ref), in order, but for `unapproved`: no story approves
    what it deploys, unless that is what it is about (test_gaps_of_approvals.py)."""
    return [(gap.code, gap.record, gap.ref) for gap in gaps_of(trace)]


def gaps_of(trace: AccountabilityTrace) -> tuple[Gap, ...]:
    """The trace's gaps, but for `unapproved`, as in `codes`."""
    return tuple(gap for gap in trace.gaps if gap.code != "unapproved")


def _times(on: float) -> dict[str, Any]:
    return {"decided_at": day(on), "recorded_at": day(on)}


def _artifacts(fields: dict[str, Any]) -> dict[str, Any]:
    for role in ("used", "produced"):
        given: Iterable[str | Artifact] = fields.get(role, ())
        fields[role] = tuple(artifact(one) for one in given)
    return fields
