"""A record, an artifact and a gap as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from answerable import statement
from answerable.lineage import Gap
from answerable.lineage.holding import holdings
from answerable.model import Artifact, Custody, Record, Source
from answerable.signing import Policy

_FIRST = (
    *("id", "type", "kind", "question", "chosen", "considered", "rationale", "decided_by"),
    *("accountable", "authority", "evidence", "assumptions", "used", "produced", "about"),
    *("step", "within", "run", "capture", "team", "decided_at", "recorded_at", "source"),
    *("previous", "scope", "residual_risk", "consulted", "informed", "legal_refs", "votes"),
    *("valid_from", "valid_to", "pre_determined_change", "drafted_by"),
)


def record(record: Record, policy: Policy | None = None) -> dict[str, Any]:
    """A record of any type. A decision has every field of the contract, null where unknown. Where
    the `policy` says who filled a role when it was decided, `held_by` stands beside the role."""
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
    held(shape, holdings(policy, record))
    shape["source"] = attrs.asdict(record.source or Source())
    custody = record.custody or Custody(envelope=b"", digest="")
    if "digest" in signed:  # an approval's own; `digest` is the envelope's in every record
        shape["binds"] = signed.pop("digest")
    return (
        shape
        | signed
        | {
            "supersedes": list(getattr(record, "supersedes", ())),
            "withheld": _withheld(record, custody),
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


def _withheld(record: Record, custody: Custody) -> list[dict[str, Any]]:
    """Its private fields: each disclosed here, erased, or neither."""
    erased = dict(custody.erased)
    found = []
    for part in getattr(record, "withheld", ()):
        at = erased.get(part.field)
        state = "disclosed" if part.field in custody.disclosed else "withheld"
        found.append(
            {
                "field": part.field,
                "digest": part.digest,
                "state": "erased" if at else state,
                "erased_at": statement.timestamp(at) if at else None,
            }
        )
    return found


def held(shape: dict[str, Any], roles: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The shape of a record, with who filled its roles beside each of them."""
    for role, persons in roles.items():
        for name in ("decided_by", "accountable"):
            if shape[name] is not None and shape[name]["id"] == role:
                shape[name]["held_by"] = list(persons)
    return shape


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
