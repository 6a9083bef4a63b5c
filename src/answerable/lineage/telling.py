"""A trace that tells what some of its records withhold."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from answerable.lineage.fingerprint import telling_id
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Record
from answerable.privacy import digest


def telling(trace: AccountabilityTrace, tell: Callable[[Record], Record]) -> AccountabilityTrace:
    """The trace with each record as `tell` gives it. Gaps, revision and what an approver is shown are
    what they were; where disclosures go along, it has another trace id, since a viewer that was sent
    both would show what has one id and two contents twice."""
    records = tuple(attrs.evolve(p, record=tell(p.record)) for p in trace.records)
    custodies = [p.record.custody for p in records if p.record.custody]
    told = sorted(digest(each) for custody in custodies for each in custody.disclosures)
    if not told:
        return attrs.evolve(trace, records=records)
    return attrs.evolve(trace, records=records, trace_id=telling_id(trace.trace_id, told))
