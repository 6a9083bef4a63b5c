"""What each span of a stitched trace says beside the record itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from answerable.lineage.trace import AccountabilityTrace, Gap, Phase, Placed
from answerable.lineage.turning import shown_since
from answerable.model import Decision
from answerable.otel import attributes as names
from answerable.otel.attributes import AttributeValue
from answerable.statement import timestamp
from answerable.stitched import ids
from answerable.stitched.axis import TimeAxis
from answerable.stitched.folding import Fold

Found = dict[str, AttributeValue]


def of_root(trace: AccountabilityTrace, axis: TimeAxis, folds: list[Fold]) -> Found:
    """The subject, what was found out about it, and how it is drawn."""
    placed = list(trace.placed())
    teams = tuple(sorted({p.record.team for p in placed if p.record.team}))
    found: dict[str, AttributeValue | None] = {
        names.SUBJECT: trace.subject,
        names.REVISION: trace.revision,
        names.PREDECESSOR_REVISION: trace.predecessor,
        names.PREDECESSOR_TRACE_ID: ids.predecessor_id(trace, axis),
        names.DIGEST: trace.digest,
        names.VERDICT: trace.verdict,
        names.TIME_AXIS: axis,
        names.TEAMS: teams,
        names.SHOWN_SINCE: timestamp(_since(trace)),
        names.DELEGATIONS: _delegations(placed),
        names.COUNT_RECORDS: len(placed),
        names.COUNT_DECISIONS: sum(isinstance(p.record, Decision) for p in placed),
        names.COUNT_STEPS: len(trace.steps),
        names.COUNT_TEAMS: len(teams),
        names.COUNT_GAPS: len(trace.gaps),
        names.GAP_CODES: _codes(trace.gaps),
    }
    if placed:
        found[names.FIRST_DECIDED_AT] = timestamp(placed[0].record.decided_at)
        found[names.LAST_DECIDED_AT] = timestamp(placed[-1].record.decided_at)
    if folds:
        found[names.FOLDED_RECORDS] = sum(len(each.members) for each in folds)
        found[names.FOLDED_GAPS] = sum(len(each.gaps) for each in folds)
    return names.said(found)


def _since(trace: AccountabilityTrace) -> datetime:
    return shown_since(trace.placed(), trace.gaps, trace.as_of) or trace.as_of


def _delegations(placed: Iterable[Placed]) -> tuple[str, ...]:
    """The envelopes under which the records count, and those that say when one arrived: with them
    a copy verifies by itself."""
    custodies = [p.record.custody for p in placed if p.record.custody]
    found = {each for c in custodies for each in (c.delegation, c.arrival)}
    return tuple(sorted(each.decode("utf-8", "replace") for each in found if each is not None))


def of_phase(phase: Phase, trace: AccountabilityTrace) -> Found:
    """The phase, and how much is in it."""
    inside = [p for p in trace.placed() if p.phase == phase]
    return {
        names.PHASE: phase,
        names.COUNT_RECORDS: len(inside),
        names.COUNT_DECISIONS: sum(isinstance(p.record, Decision) for p in inside),
    }


def of_placed(placed: Placed, since: timedelta | None) -> Found:
    """The record, its signed envelope, and its place in the trace. `since` is the time that had
    passed since the decision before it."""
    record = placed.record
    found: dict[str, AttributeValue | None] = {
        **names.of_record(record),
        names.PHASE: placed.phase,
        names.SUPERSEDED_BY: placed.superseded_by,
        names.STANDING: placed.standing,
        names.SINCE_PREVIOUS: None if since is None else elapsed(since),
        names.LIVE_TRACE_ID: record.trace_id,
        names.LIVE_SPAN_ID: record.span_id,
    }
    if (custody := record.custody) is not None:
        found[names.ENVELOPE] = custody.envelope.decode("utf-8", "replace")
        found[names.VERIFIED] = custody.verified
        found[names.FAULT] = custody.fault
        found[names.DISCLOSURES] = tuple(told.decode() for told in custody.disclosures)
    return names.said(found)


def of_gap(gap: Gap) -> Found:
    """What is missing, and where."""
    return names.said(
        {
            names.GAP_CODE: gap.code,
            names.GAP_MESSAGE: gap.message,
            names.GAP_RECORD: gap.record,
            names.GAP_REF: gap.ref,
            names.GAP_OWNER: gap.owner,
        }
    )


def of_fold(fold: Fold) -> Found:
    """How many records are folded into the span, which, and with what gaps."""
    named = Counter(names.span_name(p.record) for p in fold.members)
    return names.said(
        {
            names.PHASE: fold.phase,
            names.TEAM: fold.members[0].record.team,
            names.FIRST_DECIDED_AT: timestamp(fold.members[0].record.decided_at),
            names.LAST_DECIDED_AT: timestamp(fold.members[-1].record.decided_at),
            names.FOLDED_RECORDS: len(fold.members),
            names.FOLDED_NAMES: names.to_json(dict(named)),
            names.FOLDED_IDS: tuple(p.record.id for p in fold.members),
            names.FOLDED_GAPS: len(fold.gaps),
            names.GAP_CODES: _codes(fold.gaps),
        }
    )


def _codes(gaps: Iterable[Gap]) -> str | None:
    found = Counter(str(gap.code) for gap in gaps)
    return names.to_json(dict(found)) if found else None


_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def elapsed(time: timedelta) -> str:
    """A span of time as people say it: its two greatest units, or seconds with a fraction."""
    seconds = int(time.total_seconds())
    if seconds < 60:
        return f"{time.total_seconds():.3f} s"
    parts: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
