"""Who was informed of a fact, when, and whether that was before something was decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import attrs

from answerable import statement
from answerable.errors import NotFoundError
from answerable.lineage.known import Known, order
from answerable.lineage.lookup import Lookup
from answerable.model import Acknowledgement, Decision, Notice, Record, parse_ref
from answerable.model.artifacts import RECORD

How = Literal["notified", "acknowledged", "informed"]


@attrs.frozen(kw_only=True)
class Hearing:
    """One actor and one record that says so. `notified` is to have been addressed, and no more;
    `informed` is what a decision says of those it names; `acknowledged` an actor's own word.
    `before` is None where no decision was asked about."""

    actor: str
    how: How
    at: datetime
    record: str
    before: bool | None = None


def informed(
    fact: str, lookup: Lookup, at: datetime, decision: Record | None = None
) -> tuple[Hearing, ...]:
    """Who was informed of `fact`, an artifact or a record (`record:<id>`), as known at `at`,
    oldest first; each word of it set against the time of `decision`.

    Raises `NotFoundError` if nothing recorded by then names it, `InvalidReferenceError` if it is
    no reference.
    """
    parse_ref(fact)
    known = Known(lookup, at)
    own = known.get(fact.removeprefix(RECORD)) if fact.startswith(RECORD) else None
    spoken = {record.id: record for record in known.about(fact)}
    spoken |= {own.id: own} if own is not None else {}
    if not spoken:
        raise NotFoundError(f"nothing recorded by {statement.timestamp(at)} is about {fact}")
    # Of a notice about it one hears by acknowledging either.
    for notice in [record for record in spoken.values() if isinstance(record, Notice)]:
        spoken |= {record.id: record for record in known.about(RECORD + notice.id)}
    found = []
    for record in sorted(spoken.values(), key=order):
        if known.in_force(record):
            before = None if decision is None else record.decided_at <= decision.decided_at
            found += [
                Hearing(actor=who, how=how, at=record.decided_at, record=record.id, before=before)
                for who, how in _told(record)
            ]
    return tuple(found)


def _told(record: Record) -> Iterator[tuple[str, How]]:
    if isinstance(record, Notice):
        yield from ((actor, "notified") for actor in record.addressees)
    elif isinstance(record, Decision):
        yield from ((actor, "informed") for actor in record.informed)
    elif isinstance(record, Acknowledgement) and record.decided_by is not None:
        yield record.decided_by.id, "acknowledged"
