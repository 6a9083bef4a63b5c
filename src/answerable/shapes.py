"""The contract's JSON shapes: what `--json` prints and other tools rely on."""

from __future__ import annotations

from typing import Any

import attrs

from answerable import statement
from answerable.history import Verdict
from answerable.lineage import (
    AccountabilityTrace,
    Change,
    Difference,
    Gap,
    Gate,
    Hearing,
    Impact,
    Investigation,
    Placed,
    Review,
    Why,
)
from answerable.model import Artifact, Custody, Record, Source

_FIRST = (
    *("id", "type", "kind", "question", "chosen", "considered", "rationale", "decided_by"),
    *("accountable", "authority", "evidence", "assumptions", "used", "produced", "about"),
    *("step", "within", "run", "capture", "team", "decided_at", "recorded_at", "source"),
    *("previous", "scope", "residual_risk", "consulted", "informed", "legal_refs", "votes"),
    *("valid_from", "valid_to", "pre_determined_change", "drafted_by"),
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
    for name in ("assumptions", "residual_risk", "votes"):
        shape[name] = [attrs.asdict(each) for each in getattr(record, name, ())]
    for name in ("consulted", "informed", "legal_refs"):
        shape[name] = list(getattr(record, name, ()))
    shape["about"] = list(record.about)
    if shape["accountable"] is not None:
        shape["accountable"] = {"id": shape["accountable"]}
    shape["source"] = attrs.asdict(record.source or Source())
    custody = record.custody or Custody(envelope=b"", digest="")
    if "digest" in signed:  # an approval's own; `digest` is the envelope's in every record
        shape["binds"] = signed.pop("digest")
    return (
        shape
        | signed
        | {
            "supersedes": list(getattr(record, "supersedes", ())),
            "trace_id": record.trace_id,
            "span_id": record.span_id,
            "index": custody.index,
            "digest": custody.digest or None,
            "signed_at": statement.timestamp(record.signed_at),
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


def why(found: Why) -> dict[str, Any]:
    """`{"in_force", "superseded", "gaps"}`, and those whose time is `over` or `to_come`."""
    return {
        "kind": found.kind,
        "subject": found.subject,
        "in_force": [record(d) for d in found.in_force],
        "superseded": [record(d) for d in found.superseded],
        "over": [record(d) for d in found.over],
        "to_come": [record(d) for d in found.to_come],
        "gaps": [gap(g) for g in found.gaps],
    }


def diff(found: Difference) -> dict[str, Any]:
    """`{"added", "removed", "changed", "changed_without_decision", "gaps"}`, and `remade`: the
    same question, decided anew, with the same choice."""
    return {
        "before": found.before,
        "after": found.after,
        "added": [record(d) for d in found.added],
        "removed": [record(d) for d in found.removed],
        "changed": [_change(c) for c in found.changed],
        "remade": [_change(c) for c in found.remade],
        "changed_without_decision": [attrs.asdict(c) for c in found.without_decision],
        "gaps": {
            "closed": [gap(g) for g in found.closed],
            "opened": [gap(g) for g in found.opened],
        },
    }


def impact(found: Impact) -> dict[str, Any]:
    """`{"ref", "reached", "decisions"}`."""
    return {
        "ref": found.ref,
        "reached": [{"subject": r.subject, "path": list(r.path)} for r in found.reached],
        "decisions": [d.id for d in found.decisions],
    }


def hearing(found: Hearing) -> dict[str, Any]:
    """`{"actor", "how", "at", "record", "before"}`; `how` is notified, informed or acknowledged."""
    return attrs.asdict(found) | {"at": statement.timestamp(found.at)}


def review(found: Review) -> dict[str, Any]:
    """`{"subject", "digest", "records", "gaps", "approvals", "required"}` and more. An approval's
    `binds` is the digest of what it was shown, `present` whether that is what there is now."""
    return {
        "subject": found.subject,
        "as_of": statement.timestamp(found.as_of),
        "digest": found.digest,
        "verdict": found.verdict,
        "records": [record(d) for d in found.decisions],
        "defaults": [d.id for d in found.defaults],
        "assumptions": [
            {"record": h.record, **attrs.asdict(h.assumption)} for h in found.assumptions
        ],
        "walls": list(found.walls),
        "gaps": [gap(g) for g in found.gaps],
        "approvals": [record(v.approval) | {"present": v.is_present} for v in found.approvals],
        "dissents": [record(d) for d in found.dissents],
        "required": None
        if found.required is None
        else {
            "threshold": found.required.threshold,
            "principals": list(found.required.principals),
        },
    }


def investigation(found: Investigation) -> dict[str, Any]:
    """An incident, what was in force at its time, who answers and who responds, what is open."""
    return {
        "incident": record(found.incident),
        "subject": found.subject,
        "occurred_at": statement.timestamp(found.incident.occurred_at),
        "in_force": [record(d) for d in found.in_force],
        "accountable": [{"id": who, "decisions": list(of)} for who, of in found.accountable],
        "responding": [{"id": who, "actions": list(of)} for who, of in found.responding],
        "actions": [record(a) for a in found.actions],
        "assumptions": [attrs.asdict(a) for a in found.assumptions],
        "unacknowledged": [gap(g) for g in found.unheard],
        "gaps": {
            "then": [gap(g) for g in found.then.gaps],
            "learned": [gap(g) for g in found.learned],
        },
    }


def gate(found: Gate) -> dict[str, Any]:
    """`{"open", "because", "approvals", "gaps"}`."""
    return {
        "open": found.open,
        "because": list(found.because),
        "approvals": [record(a) for a in found.approvals],
        "gaps": [gap(g) for g in found.gaps],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.after.kind,
        "question": change.after.question,
        "before": record(change.before),
        "after": record(change.after),
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
        "standing": placed.standing,
    }
