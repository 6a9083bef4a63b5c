"""One person's outcome, and what stands behind it, as JSON."""

from __future__ import annotations

from typing import Any

import attrs

from answerable import statement
from answerable.lineage import Explanation
from answerable.model import Outcome, Record
from answerable.model.outcomes import Sealing
from answerable.shapes.records import artifact, gap, held, record


def explanation(found: Explanation) -> dict[str, Any]:
    """`{"id", "verified", "outcome", "deployment", "accountable", "organisation", "contest", …}`.

    `proof` has what shows, without the ledger, that the outcome was sealed: SHA-256 of a zero octet
    and the `disclosure` is the `leaf`; `path` leads from there to the batch's `root` (RFC 6962
    section 2.1.1); the batch is the entry (`envelope`) that `log` (a C2SP tlog-proof) is about, under
    the log's key `vkey`, and signed under the `delegation`.
    """

    def told(each: Record) -> dict[str, Any]:
        return held(record(each), found.holders.get(each.id, {}))

    return {
        "id": found.id,
        "verified": found.verified,
        "fault": found.fault,
        "erased": None if found.erasure is None else record(found.erasure),
        "outcome": None if found.outcome is None else outcome(found.outcome),
        "deployment": found.batch.deployment,
        "as_of": None if found.as_of is None else statement.timestamp(found.as_of.as_of),
        "accountable": told(found.batch)["accountable"],
        "organisation": None if found.organisation is None else {"id": found.organisation},
        "contest": [told(d) for d in found.contest],
        "human_review": [told(d) for d in found.human_review],
        "deployed": [told(d) for d in found.deployed],
        "thresholds": [told(d) for d in found.thresholds],
        "others": [told(d) for d in found.others],
        "evidence": [
            {"record": id, "artifact": artifact(e.artifact)}
            | {"kind": e.kind, "valid_until": e.valid_until}
            for id, e in found.evidence
        ],
        "batch": told(found.batch),
        "proof": _proof(found),
        "gaps": [gap(g) for g in found.gaps],
        "learned": [gap(g) for g in found.learned],
    }


def outcome(outcome: Outcome) -> dict[str, Any]:
    """`{"id", "subject", "value", "decided_at", "part", "elements", "model", "reviewed_by"}`."""
    return attrs.asdict(outcome) | {"decided_at": statement.timestamp(outcome.decided_at)}


def _proof(found: Explanation) -> dict[str, Any]:
    custody = found.batch.custody
    assert custody is not None
    return {
        "batch": None if found.sealing is None else _sealing(found.sealing, found),
        "log": found.log_proof.decode(),
        "vkey": found.vkey,
        "envelope": custody.envelope.decode(),
        "delegation": None if custody.delegation is None else custody.delegation.decode(),
    }


def _sealing(seal: Sealing, found: Explanation) -> dict[str, Any]:
    return {
        "number": seal.number,
        "size": found.batch.size,
        "root": found.batch.root,
        "leaf": seal.leaf.hex(),
        "path": [step.hex() for step in seal.path],
        "disclosure": None if seal.disclosure is None else seal.disclosure.decode(errors="replace"),
    }
