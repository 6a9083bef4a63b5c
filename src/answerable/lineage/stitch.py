"""Stitching: from a subject and what was recorded to its accountability trace."""

from __future__ import annotations

from datetime import datetime

from answerable import statement
from answerable.errors import InvalidValueError, NotFoundError
from answerable.lineage import fingerprint
from answerable.lineage.closure import Closure, closure
from answerable.lineage.gaps import gaps, with_approvals
from answerable.lineage.known import Known
from answerable.lineage.links import links, parents
from answerable.lineage.lookup import Lookup
from answerable.lineage.phase import phases
from answerable.lineage.trace import AccountabilityTrace, Placed
from answerable.lineage.turning import shown_since
from answerable.model import Artifact, Record, Step


def stitch(subject: str, lookup: Lookup, at: datetime) -> AccountabilityTrace:
    """The trace of `subject` (an artifact's ref, or `record:<id>`) as known at `at`.

    Pure: the same records give the same trace, in whatever order they come. Raises
    `NotFoundError` if nothing recorded by `at` produced, used or is about the subject,
    `InvalidReferenceError` if it is no reference, `InvalidValueError` for a time without a
    zone.
    """
    if at.tzinfo is None:
        raise InvalidValueError(f"a time without a zone: {at}", hint="say at=…, tzinfo=UTC")
    known = Known(lookup, at)
    reached = closure(subject, known)
    if not (reached.records or known.about(subject) or known.using(Artifact(ref=subject))):
        raise NotFoundError(
            f"nothing recorded by {statement.timestamp(at)} produced, used or is about {subject}"
        )
    enclosing, nested = parents(reached.records)
    causes, cuts = links(reached, enclosing)
    phase = phases(reached.records, enclosing, reached.makers)
    placed = tuple(
        Placed(
            record=record,
            phase=phase[id],
            parent=enclosing[id],
            links=causes[id],
            superseded_by=_successor(record, reached),
            standing=known.standing(record),
        )
        for id, record in reached.records.items()
    )
    found = gaps(reached, causes, (*nested, *cuts))
    digest = fingerprint.presented(subject, placed, found)
    missing = with_approvals(found, reached, digest)
    since = shown_since(placed, missing, at)
    revision = fingerprint.revision(subject, placed, missing, since)
    return AccountabilityTrace(
        subject=subject,
        as_of=at,
        records=tuple(p for p in placed if not isinstance(p.record, Step)),
        steps=tuple(p for p in placed if isinstance(p.record, Step)),
        gaps=missing,
        revision=revision,
        trace_id=fingerprint.trace_id(subject, revision),
        digest=digest,
        verdict="invalid"
        if any(_fails(r) for r in reached.records.values())
        else "valid-unwitnessed",
    )


def _successor(record: Record, reached: Closure) -> str | None:
    successor = reached.known.successor(record)
    return successor.id if successor else None


def _fails(record: Record) -> bool:
    return record.custody is not None and not record.custody.verified
