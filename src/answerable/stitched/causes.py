"""What bears on a record beside the one it stands in: links, and their roles."""

from __future__ import annotations

from collections.abc import Mapping

from answerable.lineage.trace import Placed
from answerable.otel import attributes as names
from answerable.otel.attributes import AttributeValue
from answerable.stitched import ids
from answerable.stitched.span import SpanLink


def of(
    placed: Placed, parent: str | None, trace_id: str, span_ids: Mapping[str, str]
) -> tuple[tuple[SpanLink, ...], dict[str, AttributeValue]]:
    """A link to each further cause that is drawn, then one to the record's live span; and the
    causes again as parallel arrays in that order, since Jaeger shows no link's attributes.

    `span_ids` has the span that stands for each record, `parent` the one it is drawn under: that
    the record stands inside it, the tree says already.
    """
    causes = [
        link
        for link in placed.links
        if not (link.by == "inside" and parent is not None and span_ids.get(link.to) == parent)
    ]
    causes.sort(key=lambda link: link.to not in span_ids)  # stable: what has a link comes first
    links = [
        SpanLink(
            trace_id=trace_id,
            span_id=span_ids[link.to],
            attributes=((names.LINK_JOIN, link.by), (names.LINK_ROLE, link.role)),
        )
        for link in causes
        if link.to in span_ids
    ]
    record = placed.record
    if record.trace_id and record.span_id and ids.is_live(record.trace_id, record.span_id):
        live = ((names.LINK_ROLE, "live"),)
        links.append(SpanLink(trace_id=record.trace_id, span_id=record.span_id, attributes=live))
    return tuple(links), names.said(
        {
            names.CAUSE_IDS: tuple(link.to for link in causes),
            names.CAUSE_ROLES: tuple(link.role for link in causes),
            names.CAUSE_JOINS: tuple(link.by for link in causes),
        }
    )
