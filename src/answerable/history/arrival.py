"""When a record arrived in its log, where it had waited elsewhere.

Whoever delivers it begins a session for that, and the session's delegation, which goes in before
the record, is about it. Before that, nobody could know of the record: so, as read, it was recorded
then, and `signed_at` is what its own statement says.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from answerable.model import Delegation, Record


def name(id: str) -> str:
    """What a delegation that delivers the record of that id is about."""
    return f"record:{id}"


def arrived(record: Record, told: Iterable[Record]) -> Record:
    """The record, late if one of the delegations that are about it, and went in before it, holds."""
    if isinstance(record, Delegation) or record.custody is None:
        return record
    held = [r for r in told if isinstance(r, Delegation) and r.custody and r.custody.verified]
    newest = max(held, key=lambda r: r.recorded_at, default=record)
    if newest.custody is None or newest.recorded_at <= record.recorded_at:
        return record
    custody = attrs.evolve(
        record.custody, signed_at=record.recorded_at, arrival=newest.custody.envelope
    )
    return attrs.evolve(record, recorded_at=newest.recorded_at, custody=custody)
