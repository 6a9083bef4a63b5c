"""The names of all span attributes, and what a record says in them.

Live spans and the spans of a stitched trace carry the same attributes for the same record.
Names are lower-case and dotted under `answerable.`, plural where the value is an array; a name
is never also a namespace. OpenTelemetry's own names stand where they mean the same. Structured
values are JSON text, which Jaeger shows as a tree.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

import attrs

from answerable.model import (
    Approval,
    Decision,
    Delegation,
    Dissent,
    Outcomes,
    Record,
    Source,
    Step,
    types,
)
from answerable.model.headlines import headline
from answerable.statement import record_type, timestamp

AttributeValue: TypeAlias = str | bool | int | float | tuple[str, ...]

# Every record.
TYPE: Final = "answerable.type"
ID: Final = "answerable.id"
DECIDED_AT: Final = "answerable.decided_at"
RECORDED_AT: Final = "answerable.recorded_at"
DECIDED_BY: Final = "answerable.decided_by"
KNOWN_BY: Final = "answerable.known_by"
TEAM: Final = "answerable.team"
ABOUT: Final = "answerable.about"
STEP: Final = "answerable.step"
WITHIN: Final = "answerable.within"
RUN: Final = "answerable.run"
DIRTY: Final = "answerable.dirty"
KEY_ID: Final = "answerable.key_id"
DIGEST: Final = "answerable.digest"
INDEX: Final = "answerable.index"
FUNCTION: Final = "code.function.name"
FILE: Final = "code.file.path"
LINE: Final = "code.line.number"
COMMIT: Final = "vcs.ref.head.revision"

# Decisions, and what approvals and dissents share with them.
KIND: Final = "answerable.kind"
QUESTION: Final = "answerable.question"
CHOSEN: Final = "answerable.chosen"
PREVIOUS: Final = "answerable.previous"
CONSIDERED: Final = "answerable.considered"
RATIONALE: Final = "answerable.rationale"
ACCOUNTABLE: Final = "answerable.accountable"
AUTHORITY: Final = "answerable.authority"
EVIDENCE: Final = "answerable.evidence"
ASSUMPTIONS: Final = "answerable.assumptions"
USED: Final = "answerable.used"
PRODUCED: Final = "answerable.produced"
SUPERSEDES: Final = "answerable.supersedes"
SCOPE: Final = "answerable.scope"
VOTES: Final = "answerable.votes"
CAPTURE: Final = "answerable.capture"
ABANDONED: Final = "answerable.abandoned"
RESIDUAL_RISK: Final = "answerable.residual_risk"
CONSULTED: Final = "answerable.consulted"
INFORMED: Final = "answerable.informed"
LEGAL_REFS: Final = "answerable.legal_refs"
WITHHELD: Final = "answerable.withheld"
DISCLOSURES: Final = "answerable.disclosures"
VALID_FROM: Final = "answerable.valid_from"
VALID_TO: Final = "answerable.valid_to"
PRE_DETERMINED_CHANGE: Final = "answerable.pre_determined_change"
DRAFTED_BY: Final = "answerable.drafted_by"
MEANING: Final = "answerable.meaning"
PRESENTED: Final = "answerable.presented_digest"

# Steps and delegations.
NAME: Final = "answerable.name"
STARTED_AT: Final = "answerable.started_at"
ENDED_AT: Final = "answerable.ended_at"
SESSION_KEY: Final = "answerable.session_key"
IDENTITY_KEY: Final = "answerable.identity_key"
PRINCIPAL: Final = "answerable.principal"
NOT_BEFORE: Final = "answerable.not_before"
NOT_AFTER: Final = "answerable.not_after"

# Events: what happens around decisions.
STATEMENT: Final = "answerable.statement"
CONTROL: Final = "answerable.control"
UNTIL: Final = "answerable.until"
REVOKES: Final = "answerable.revokes"
REPLACES: Final = "answerable.replaces"
SUCCESSOR: Final = "answerable.successor"
HOLDER: Final = "answerable.holder"
KINDS: Final = "answerable.kinds"
LIMIT: Final = "answerable.limit"
VALID_UNTIL: Final = "answerable.valid_until"
ADDRESSEES: Final = "answerable.addressees"
ASSUMPTION: Final = "answerable.assumption"
STATE: Final = "answerable.state"
REVIEW_BY: Final = "answerable.review_by"
OCCURRED_AT: Final = "answerable.occurred_at"
SEVERITY: Final = "answerable.severity"

# Batches of outcomes.
DEPLOYMENT: Final = "answerable.deployment"
SIZE: Final = "answerable.size"
ROOT: Final = "answerable.root"
OWNER: Final = "answerable.owner"
DUE: Final = "answerable.due"

# Only on the spans of a stitched trace: a record's copy, and what stitching found out.
ENVELOPE: Final = "answerable.envelope"
VERIFIED: Final = "answerable.verified"
FAULT: Final = "answerable.fault"
PHASE: Final = "answerable.phase"
SUPERSEDED_BY: Final = "answerable.superseded_by"
STANDING: Final = "answerable.standing"
SINCE_PREVIOUS: Final = "answerable.since_previous"
CAUSE_IDS: Final = "answerable.cause.ids"
CAUSE_ROLES: Final = "answerable.cause.roles"
CAUSE_JOINS: Final = "answerable.cause.joins"
LINK_ROLE: Final = "answerable.link.role"
LINK_JOIN: Final = "answerable.link.join"
STITCHED_SUBJECT: Final = "answerable.stitched.subject"
STITCHED_REVISION: Final = "answerable.stitched.revision"
STITCHED_TRACE_ID: Final = "answerable.stitched.trace_id"
STITCHED_SPAN_ID: Final = "answerable.stitched.span_id"
LIVE_TRACE_ID: Final = "answerable.live.trace_id"
LIVE_SPAN_ID: Final = "answerable.live.span_id"

# Gaps.
GAP_CODE: Final = "answerable.gap.code"
GAP_MESSAGE: Final = "answerable.gap.message"
GAP_RECORD: Final = "answerable.gap.record"
GAP_REF: Final = "answerable.gap.ref"
GAP_OWNER: Final = "answerable.gap.owner"

# The root and its phases; the root's `DIGEST` is that of what an approver is shown.
SUBJECT: Final = "answerable.subject"
REVISION: Final = "answerable.revision"
PREDECESSOR_REVISION: Final = "answerable.predecessor.revision"
PREDECESSOR_TRACE_ID: Final = "answerable.predecessor.trace_id"
VERDICT: Final = "answerable.verdict"
TIME_AXIS: Final = "answerable.time_axis"
FIRST_DECIDED_AT: Final = "answerable.first_decided_at"
LAST_DECIDED_AT: Final = "answerable.last_decided_at"
TEAMS: Final = "answerable.teams"
SHOWN_SINCE: Final = "answerable.shown_since"
DELEGATIONS: Final = "answerable.delegations"
GAP_CODES: Final = "answerable.gap.codes"
COUNT_RECORDS: Final = "answerable.count.records"
COUNT_DECISIONS: Final = "answerable.count.decisions"
COUNT_STEPS: Final = "answerable.count.steps"
COUNT_GAPS: Final = "answerable.count.gaps"
COUNT_TEAMS: Final = "answerable.count.teams"

# Where a trace is too large to draw record by record.
FOLDED_RECORDS: Final = "answerable.folded.records"
FOLDED_GAPS: Final = "answerable.folded.gaps"
FOLDED_NAMES: Final = "answerable.folded.names"
FOLDED_IDS: Final = "answerable.folded.ids"

_MAX_INT = 2**53
_MAX_NAME = 60


def of_record(record: Record) -> dict[str, AttributeValue]:
    """What the record says, as attributes; what it leaves unsaid has none.

    Pure. Digest and index are there once the record has custody, the key's id once it has been
    emitted. Values that JSON or a span cannot hold (NaN, integers beyond 2^53) become text.
    """
    found: dict[str, AttributeValue | None] = {
        TYPE: record_type(record),
        ID: record.id,
        RECORDED_AT: timestamp(record.signed_at),
        DECIDED_BY: record.decided_by.id if record.decided_by else None,
        KNOWN_BY: record.decided_by.known_by if record.decided_by else None,
        TEAM: record.team,
        ABOUT: record.about,
        STEP: record.step,
        WITHIN: record.within,
        RUN: record.run,
        CAPTURE: getattr(record, "capture", None),
        KEY_ID: record.emission.key_id if record.emission else None,
    }
    if record.custody is not None:
        found[DIGEST] = record.custody.digest
        found[INDEX] = record.custody.index
    if record.source is not None:
        found |= _source(record.source)
    # A step is not decided: it runs, from when to when.
    found[ENDED_AT if isinstance(record, Step) else DECIDED_AT] = timestamp(record.decided_at)
    if (of_type := _TYPES.get(type(record))) is not None:
        found |= of_type(record)
    return said(found)


def span_name(record: Record) -> str:
    """The span's name. A decision's carries the choice, because Jaeger compares traces by
    service and name alone."""
    if isinstance(record, Decision):
        if record.abandoned is not None:
            return short(f"{record.kind} abandoned")
        value = record.chosen if isinstance(record.chosen, str) else to_json(record.chosen)
        return short(f"{record.kind} = {value}")
    if isinstance(record, Step):
        return short(record.name)
    what = record_type(record).replace("_", " ")
    if (known_by := headline(record)) is not None:
        return short(f"{what}: {known_by}")
    if isinstance(record, Approval) and record.meaning != "approval":
        what = f"{what} ({record.meaning})"
    return short(f"{what} by {record.decided_by.id if record.decided_by else 'nobody'}")


def short(name: str) -> str:
    """`name` on one line, cut to the length of a label."""
    line = " ".join(_text(name).split())
    return line if len(line) <= _MAX_NAME else line[: _MAX_NAME - 1].rstrip() + "…"


def said(found: dict[str, AttributeValue | None]) -> dict[str, AttributeValue]:
    """Without what is empty, and with values that every reader takes as they are."""
    return {k: _fit(v) for k, v in found.items() if v is not None and v not in ("", ())}


def to_json(value: Any) -> str:
    """JSON text, keys sorted, that parses the same everywhere: in it NaN, infinities and
    integers beyond 2^53 are strings."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _decision(record: Decision) -> dict[str, AttributeValue | None]:
    return {
        KIND: record.kind,
        QUESTION: record.question,
        # An abandoned decision chose nothing, which is not the same as choosing null.
        CHOSEN: None if record.abandoned is not None else to_json(record.chosen),
        PREVIOUS: None if record.previous is None else to_json(record.previous),
        CONSIDERED: _listed(
            {"value": c.value} | ({"because": c.because} if c.because else {})
            for c in record.considered
        ),
        RATIONALE: record.rationale,
        ACCOUNTABLE: record.accountable,
        AUTHORITY: record.authority,
        EVIDENCE: _objects(record.evidence),
        ASSUMPTIONS: _objects(record.assumptions),
        USED: _objects(record.used),
        PRODUCED: _objects(record.produced),
        SUPERSEDES: record.supersedes,
        SCOPE: None if record.scope is None else to_json(_object(record.scope)),
        VOTES: _objects(record.votes),
        RESIDUAL_RISK: _objects(record.residual_risk),
        CONSULTED: record.consulted,
        INFORMED: record.informed,
        LEGAL_REFS: record.legal_refs,
        WITHHELD: _objects(record.withheld),
        VALID_FROM: record.valid_from,
        VALID_TO: record.valid_to,
        PRE_DETERMINED_CHANGE: record.pre_determined_change,
        DRAFTED_BY: record.drafted_by,
        ABANDONED: record.abandoned,
    }


def _step(record: Step) -> dict[str, AttributeValue | None]:
    return {
        NAME: record.name,
        PHASE: record.phase,
        STARTED_AT: timestamp(record.started_at),
        USED: _objects(record.used),
        PRODUCED: _objects(record.produced),
        ABANDONED: record.abandoned,
    }


def _approval(record: Approval) -> dict[str, AttributeValue | None]:
    return {
        MEANING: record.meaning,
        PRESENTED: record.digest,
        RATIONALE: record.rationale,
        WITHHELD: _objects(record.withheld),
    }


def _dissent(record: Dissent) -> dict[str, AttributeValue | None]:
    return {RATIONALE: record.rationale, WITHHELD: _objects(record.withheld)}


def _delegation(record: Delegation) -> dict[str, AttributeValue | None]:
    return {
        SESSION_KEY: record.session_key,
        IDENTITY_KEY: record.identity_key,
        PRINCIPAL: record.principal,
        NOT_BEFORE: timestamp(record.not_before),
        NOT_AFTER: timestamp(record.not_after),
    }


def _event(record: Record) -> dict[str, AttributeValue | None]:
    own = {f.name for f in attrs.fields(type(record))} - _OF_ALL
    found: dict[str, AttributeValue | None] = {}
    for name in sorted(own):
        value = getattr(record, name)
        if isinstance(value, datetime):
            value = timestamp(value)
        elif name in ("evidence", "withheld"):
            value = _objects(value)
        found[f"answerable.{name}"] = value
    return found


_OF_ALL = {f.name for f in attrs.fields(Record)}
_TYPES: dict[type[Record], Callable[[Any], dict[str, AttributeValue | None]]] = {
    Decision: _decision,
    Step: _step,
    Approval: _approval,
    Dissent: _dissent,
    Delegation: _delegation,
    **dict.fromkeys((*types.EVENTS, Outcomes), _event),
}


def _source(source: Source) -> dict[str, AttributeValue | None]:
    return {
        FUNCTION: source.function,
        FILE: source.file,
        LINE: source.line,
        COMMIT: source.commit,
        DIRTY: source.dirty,
    }


def _objects(records: Iterable[Any]) -> str | None:
    return _listed(_object(record) for record in records)


def _object(record: Any) -> dict[str, Any]:
    return dict(attrs.asdict(record, filter=lambda _, value: value is not None))


def _listed(objects: Iterable[dict[str, Any]]) -> str | None:
    found = [{name: _plain(value) for name, value in each.items()} for each in objects]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) if found else None


def _fit(value: AttributeValue) -> AttributeValue:
    fitting: AttributeValue = (
        tuple(_text(v) for v in value) if isinstance(value, tuple) else _plain(value)
    )
    return fitting


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(str(k)): _plain(value[k]) for k in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INT else str(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _text(value: str) -> str:
    # A lone surrogate has no UTF-8, so neither JSON nor protobuf could carry it.
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
