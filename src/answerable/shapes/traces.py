"""A trace and a verdict as JSON."""

from __future__ import annotations

from typing import Any

import attrs

from answerable import statement
from answerable.history import Verdict
from answerable.lineage import AccountabilityTrace, Placed
from answerable.lineage.fingerprint import trace_id
from answerable.shapes.records import gap, record
from answerable.signing import Policy


def verdict(verdict: Verdict) -> dict[str, Any]:
    """`{"verdict", "size", "root", "origin", "policy", "unwitnessed_since", "faults"}`, and
    `exchanged_from`, and `since` (how many entries a given receipt covers that were not looked at, or
    only `read`)."""
    return attrs.asdict(verdict)


def trace(trace: AccountabilityTrace, policy: Policy | None = None) -> dict[str, Any]:
    """The whole trace; `records` and `steps` are oldest first. `policy` says who fills roles."""
    return {
        "subject": trace.subject,
        "as_of": statement.timestamp(trace.as_of),
        "trace_id": trace.trace_id,
        "revision": trace.revision,
        "predecessor": _predecessor(trace),
        "digest": trace.digest,
        "verdict": trace.verdict,
        "phases": [
            {"name": name, "records": [p.record.id for p in placed]}
            for name, placed in trace.phases
        ],
        "records": [_placed(p, policy) for p in trace.records],
        "steps": [_placed(p, policy) for p in trace.steps],
        "gaps": [gap(g) for g in trace.missing],
    }


def _predecessor(trace: AccountabilityTrace) -> dict[str, str] | None:
    revision = trace.predecessor
    if revision is None:
        return None
    return {"revision": revision, "trace_id": trace_id(trace.subject, revision)}


def _placed(placed: Placed, policy: Policy | None) -> dict[str, Any]:
    return record(placed.record, policy) | {
        "phase": placed.phase,
        "parent": placed.parent,
        "links": [attrs.asdict(link) for link in placed.links],
        "superseded_by": placed.superseded_by,
        "standing": placed.standing,
    }
