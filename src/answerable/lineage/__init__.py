"""Stitching: records into the accountability trace of one subject. Pure; no I/O."""

from answerable.lineage.closure import Closure, closure
from answerable.lineage.joins import Join, producers
from answerable.lineage.known import Known
from answerable.lineage.lookup import Lookup, MemoryLookup
from answerable.lineage.stitch import stitch
from answerable.lineage.trace import (
    PHASES,
    AccountabilityTrace,
    By,
    Gap,
    GapCode,
    Link,
    Phase,
    Placed,
)

__all__ = [
    "PHASES",
    "AccountabilityTrace",
    "By",
    "Closure",
    "Gap",
    "GapCode",
    "Join",
    "Known",
    "Link",
    "Lookup",
    "MemoryLookup",
    "Phase",
    "Placed",
    "closure",
    "producers",
    "stitch",
]
