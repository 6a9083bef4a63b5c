"""Answers as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from answerable import statement
from answerable.lineage import (
    Bypass,
    Certainty,
    Change,
    Difference,
    Gate,
    Hearing,
    Impact,
    Investigation,
    Presented,
    Review,
    Why,
)
from answerable.lineage import review as to_review
from answerable.shapes.records import artifact, gap, held, record
from answerable.signing import Policy


def why(found: Why) -> dict[str, Any]:
    """`{"in_force", "superseded", "gaps"}`, and those whose time is `over` or `to_come`; of those
    in force and over, by what right (`authority`), on which `evidence`, and `certainty`."""
    return {
        "kind": found.kind,
        "subject": found.subject,
        "in_force": [held(record(d), found.holders.get(d.id, {})) for d in found.in_force],
        "superseded": [held(record(d), found.holders.get(d.id, {})) for d in found.superseded],
        "over": [held(record(d), found.holders.get(d.id, {})) for d in found.over],
        "to_come": [held(record(d), found.holders.get(d.id, {})) for d in found.to_come],
        "gaps": [gap(g) for g in found.gaps],
        "authority": [attrs.asdict(a) for a in found.authorities],
        "evidence": [{**attrs.asdict(r), "artifact": artifact(r.artifact)} for r in found.evidence],
        "certainty": certainty(found.certainty),
    }


def diff(found: Difference, policy: Policy | None = None) -> dict[str, Any]:
    """`{"added", "removed", "changed", "changed_without_decision", "gaps"}`; `remade`: the same
    question, decided anew, with the same choice; `defaults`: left to its default on both sides.
    `policy` says who fills roles, here and below."""
    return {
        "before": found.before,
        "after": found.after,
        "before_as_of": found.before_at and statement.timestamp(found.before_at),
        "after_as_of": found.after_at and statement.timestamp(found.after_at),
        "added": [record(d, policy) for d in found.added],
        "removed": [record(d, policy) for d in found.removed],
        "changed": [_change(c, policy) for c in found.changed],
        "remade": [_change(c, policy) for c in found.remade],
        "defaults": [_change(c, policy) for c in found.defaults],
        "changed_without_decision": [attrs.asdict(c) for c in found.without_decision],
        "gaps": {
            "closed": [gap(g) for g in found.closed],
            "opened": [gap(g) for g in found.opened],
        },
    }


def _change(change: Change, policy: Policy | None) -> dict[str, Any]:
    return {
        "kind": change.after.kind,
        "question": change.after.question,
        "before": record(change.before, policy),
        "after": record(change.after, policy),
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


def review(found: Review, policy: Policy | None = None) -> dict[str, Any]:
    """`{"subject", "digest", "records", "gaps", "approvals", "required"}` and more. An approval's
    `binds` is the digest of what it was shown, `present` whether that is what there is now,
    `unseen` the ids of what is in force now and was not shown; null where nobody can tell."""
    return {
        "subject": found.subject,
        "as_of": statement.timestamp(found.as_of),
        "digest": found.digest,
        "verdict": found.verdict,
        "records": [record(d, policy) for d in found.decisions],
        "defaults": [d.id for d in found.defaults],
        "assumptions": [
            {"record": h.record, "state": h.state, **attrs.asdict(h.assumption)}
            for h in found.assumptions
        ],
        "walls": list(found.walls),
        "gaps": [gap(g) for g in found.gaps],
        "approvals": [
            record(v.approval, policy) | {"present": v.is_present, "unseen": v.unseen}
            for v in found.approvals
        ],
        "risks": [attrs.asdict(r) for r in found.risks],
        "monitors": [record(d, policy) for d in found.monitors],
        "opposition": [attrs.asdict(o) for o in found.opposition],
        "overrides": [_bypass(b) for b in found.overrides],
        "scopes": [attrs.asdict(s) for s in found.scopes],
        "certainty": certainty(found.certainty),
        "dissents": [record(d, policy) for d in found.dissents],
        "required": None
        if found.required is None
        else {
            "threshold": found.required.threshold,
            "principals": list(found.required.principals),
        },
    }


def investigation(found: Investigation, policy: Policy | None = None) -> dict[str, Any]:
    """An incident, what was in force at its time, who answers and who responds, what is open."""
    return {
        "incident": record(found.incident, policy),
        "subject": found.subject,
        "occurred_at": statement.timestamp(found.incident.occurred_at),
        "in_force": [record(d, policy) for d in found.in_force],
        "accountable": [{"id": who, "decisions": list(of)} for who, of in found.accountable],
        "responding": [{"id": who, "actions": list(of)} for who, of in found.responding],
        "actions": [record(a, policy) for a in found.actions],
        "courses": [attrs.asdict(c) for c in found.courses],
        "assumptions": [attrs.asdict(a) for a in found.assumptions],
        "unacknowledged": [gap(g) for g in found.unheard],
        "gaps": {
            "then": [gap(g) for g in found.then.gaps],
            "learned": [gap(g) for g in found.learned],
        },
    }


def presented(found: Presented) -> dict[str, Any]:
    """`{"approval", "subject", "record", "presented"}`: what was shown, as `review` gives it; or
    the id of the one record that was approved; both null where nobody can tell."""
    return {
        "approval": record(found.approval),
        "subject": found.subject,
        "record": found.record,
        "presented": None if found.trace is None else review(to_review(found.trace)),
    }


def certainty(found: Mapping[Certainty, Sequence[str]]) -> dict[str, list[str]]:
    """The ids of the records under each word of `answerable.lineage.Certainty`."""
    return {word: list(ids) for word, ids in found.items()}


def _bypass(found: Bypass) -> dict[str, Any]:
    at = None if found.reverted_at is None else statement.timestamp(found.reverted_at)
    return attrs.asdict(found) | {"reverted_at": at}


def gate(found: Gate) -> dict[str, Any]:
    """`{"open", "because", "approvals", "gaps"}`."""
    return {
        "open": found.open,
        "because": list(found.because),
        "approvals": [record(a) for a in found.approvals],
        "gaps": [gap(g) for g in found.gaps],
    }
