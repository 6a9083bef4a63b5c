"""The contract's JSON shapes: what `--json` prints and other tools rely on."""

from __future__ import annotations

from typing import Any

import attrs

from answerable import statement
from answerable.history import Verdict
from answerable.lineage.trace import AccountabilityTrace, Gap, Placed
from answerable.model import Artifact, Custody, Record, Source

_FIRST = (
    *("id", "type", "kind", "question", "chosen", "considered", "rationale", "decided_by"),
    *("accountable", "authority", "evidence", "assumptions", "used", "produced", "about"),
    *("step", "within", "run", "capture", "team", "decided_at", "recorded_at", "source"),
)


def record(record: Record) -> dict[str, Any]:
    """A record of any type. A decision has every field of the contract, null where unknown."""
    signed = statement.to_plain(record)
    shape: dict[str, Any] = {name: signed.pop(name, None) for name in _FIRST}
    emission = signed.pop("emission", {})
    for name in ("used", "produced"):
        shape[name] = [artifact(a) for a in getattr(record, name, ())]
    shape["considered"] = [
        {"value": c.value, "because": c.because} for c in getattr(record, "considered", ())
    ]
    shape["evidence"] = [
        {"artifact": artifact(e.artifact), "kind": e.kind, "valid_until": e.valid_until}
        for e in getattr(record, "evidence", ())
    ]
    shape["assumptions"] = [attrs.asdict(a) for a in getattr(record, "assumptions", ())]
    shape["about"] = list(record.about)
    if shape["accountable"] is not None:
        shape["accountable"] = {"id": shape["accountable"]}
    shape["source"] = attrs.asdict(record.source or Source())
    custody = record.custody or Custody(envelope=b"", digest="")
    return (
        shape
        | signed
        | {
            "supersedes": list(getattr(record, "supersedes", ())),
            "trace_id": record.trace_id,
            "span_id": record.span_id,
            "index": custody.index,
            "digest": custody.digest or None,
            "key_id": emission.get("key_id"),
            "verified": custody.verified,
            "fault": custody.fault,
        }
    )


def artifact(artifact: Artifact) -> dict[str, Any]:
    """`{"ref", "digest", "uri"}`."""
    return {"ref": artifact.ref, "digest": artifact.digest, "uri": artifact.uri}


def gap(gap: Gap) -> dict[str, Any]:
    """`{"code", "record", "ref", "message", "owner"}`."""
    return {
        "code": gap.code,
        "record": gap.record,
        "ref": gap.ref,
        "message": gap.message,
        "owner": gap.owner,
    }


def verdict(verdict: Verdict) -> dict[str, Any]:
    """`{"verdict", "size", "root", "origin", "policy", "unwitnessed_since", "faults"}`, and
    `exchanged_from`."""
    return attrs.asdict(verdict)


def trace(trace: AccountabilityTrace) -> dict[str, Any]:
    """The whole trace; `records` and `steps` are oldest first."""
    return {
        "subject": trace.subject,
        "as_of": statement.timestamp(trace.as_of),
        "trace_id": trace.trace_id,
        "revision": trace.revision,
        "digest": trace.digest,
        "verdict": trace.verdict,
        "phases": [
            {"name": name, "records": [p.record.id for p in placed]}
            for name, placed in trace.phases
        ],
        "records": [_placed(p) for p in trace.records],
        "steps": [_placed(p) for p in trace.steps],
        "gaps": [gap(g) for g in trace.gaps],
    }


def _placed(placed: Placed) -> dict[str, Any]:
    return record(placed.record) | {
        "phase": placed.phase,
        "parent": placed.parent,
        "links": [attrs.asdict(link) for link in placed.links],
        "superseded_by": placed.superseded_by,
    }
