"""Ids that follow from what is shown, so that drawing it again gives the same spans."""

from __future__ import annotations

import hashlib
import re

from answerable.lineage import fingerprint
from answerable.lineage.trace import AccountabilityTrace, Placed
from answerable.stitched.axis import TimeAxis
from answerable.stitched.tree import Node

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")


def trace_id(trace: AccountabilityTrace, axis: TimeAxis) -> str:
    """The trace's own id; on the true axis another, since Jaeger shows a span of one id with two
    contents twice."""
    return _on(axis, trace.trace_id)


def predecessor_id(trace: AccountabilityTrace, axis: TimeAxis) -> str | None:
    """The trace id, on the same axis, of the revision that it was before."""
    if trace.predecessor is None:
        return None
    return _on(axis, fingerprint.trace_id(trace.subject, trace.predecessor))


def span_id(trace_id: str, node: Node) -> str:
    """The first 16 digits of a hash over the trace, the record, where that lies in its ledger,
    and its place in the tree."""
    custody = node.shows.record.custody if isinstance(node.shows, Placed) else None
    index = "" if custody is None else str(custody.index)
    return _hex(16, trace_id, node.digest, index, node.slot)


def back_id(live: str, stitched: str) -> str:
    """The span id of what leads from the live trace of that id to the stitched one."""
    return _hex(16, live, stitched, "back")


def is_live(trace_id: str | None, span_id: str | None) -> bool:
    """True for a pair of ids that a real span can have (W3C Trace Context, section 3.2.2)."""
    return bool(_TRACE_ID.fullmatch(trace_id or "") and _SPAN_ID.fullmatch(span_id or ""))


def _on(axis: TimeAxis, trace_id: str) -> str:
    return trace_id if axis == "compressed" else _hex(32, trace_id, axis)


def _hex(digits: int, *parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:digits]
