"""The accountability trace as spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from answerable.lineage.trace import AccountabilityTrace, Gap, Placed
from answerable.otel.attributes import AttributeValue
from answerable.stitched import attributes, causes, ids, labels
from answerable.stitched.axis import Interval, TimeAxis, intervals
from answerable.stitched.folding import Fold
from answerable.stitched.span import Span, SpanLink
from answerable.stitched.tree import Node, grow


def draw(
    trace: AccountabilityTrace, *, time_axis: TimeAxis = "compressed", under: str | None = None
) -> tuple[Span, ...]:
    """The spans of the trace, each after its parent and among its siblings by start.

    Pure: the same trace gives the same spans. Beyond `MAX_SPANS` defaults and repeated outcomes
    are folded into counts, which the root says; nothing else is ever left out. `under` is another
    trace id than its own: that of a copy which is to be compared.
    """
    nodes = grow(trace)
    when = intervals(nodes, trace, time_axis)
    trace_id = under or ids.trace_id(trace, time_axis)
    span_ids = {node.slot: ids.span_id(trace_id, node) for node in nodes}
    standing = _standing(nodes, span_ids)
    records = {p.record.id: p.record for p in trace.placed()}
    services = labels.services(nodes)
    said = _said(nodes, trace, time_axis)

    spans: list[Span] = []
    for node in _in_reading_order(nodes, when):
        found, error = said[node.slot]
        parent = span_ids[node.parent] if node.parent else None
        links: tuple[SpanLink, ...] = ()
        if isinstance(node.shows, Placed):
            links, roles = causes.of(node.shows, parent, trace_id, standing)
            found |= roles
        start, end = when[node.slot]
        spans.append(
            Span(
                name=labels.name(node, records),
                service=services[node.slot],
                trace_id=trace_id,
                span_id=span_ids[node.slot],
                parent_id=parent,
                start_ns=start,
                end_ns=end,
                attributes=tuple(sorted(found.items())),
                links=links,
                error=error,
            )
        )
    return tuple(spans)


def _standing(nodes: Sequence[Node], span_ids: Mapping[str, str]) -> dict[str, str]:
    """Which span stands for each record: its own, or the one it is folded into."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node.shows, Placed):
            found[node.shows.record.id] = span_ids[node.slot]
        elif isinstance(node.shows, Fold):
            found |= {p.record.id: span_ids[node.slot] for p in node.shows.members}
    return found


def _said(
    nodes: Sequence[Node], trace: AccountabilityTrace, axis: TimeAxis
) -> dict[str, tuple[dict[str, AttributeValue], str | None]]:
    """The attributes of each slot but the causes, and the message if it is drawn red."""
    folds = [node.shows for node in nodes if isinstance(node.shows, Fold)]
    since = _since_previous(trace)
    found: dict[str, tuple[dict[str, AttributeValue], str | None]] = {}
    for node in nodes:
        shown = node.shows
        if isinstance(shown, AccountabilityTrace):
            fault = "the ledger does not verify" if shown.verdict == "invalid" else None
            found[node.slot] = attributes.of_root(shown, axis, folds), fault
        elif isinstance(shown, Placed):
            fault = shown.record.custody.fault if shown.record.custody else None
            found[node.slot] = attributes.of_placed(shown, since.get(shown.record.id)), fault
        elif isinstance(shown, Gap):
            found[node.slot] = attributes.of_gap(shown), shown.message
        elif isinstance(shown, Fold):
            count = len(shown.gaps)
            found[node.slot] = attributes.of_fold(shown), f"{count:,} gaps" if count else None
        else:
            found[node.slot] = attributes.of_phase(shown, trace), None
    return found


def _since_previous(trace: AccountabilityTrace) -> dict[str, timedelta]:
    placed = list(trace.placed())
    return {
        here.record.id: here.record.decided_at - before.record.decided_at
        for before, here in pairwise(placed)
    }


def _in_reading_order(nodes: Sequence[Node], when: Mapping[str, Interval]) -> list[Node]:
    """Depth first, and siblings as Jaeger lists them."""
    inside: dict[str | None, list[Node]] = defaultdict(list)
    for node in sorted(nodes, key=lambda node: (when[node.slot], node.slot), reverse=True):
        inside[node.parent].append(node)
    found: list[Node] = []
    waiting = inside[None]
    while waiting:
        found.append(waiting.pop())
        waiting += inside[found[-1].slot]
    return found
