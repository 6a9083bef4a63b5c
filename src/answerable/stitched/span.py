"""What is drawn: spans, of whatever wire format they then get."""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from answerable.otel.attributes import AttributeValue

# The instrumentation scope of every stitched span, and the one host that all of them name:
# Jaeger corrects "clock skew" between spans of different hosts. Nothing else that could differ
# between two exports stands in a resource.
SCOPE: Final = "answerable"
HOST_ID: Final = "answerable"

Attributes: TypeAlias = tuple[tuple[str, AttributeValue], ...]


@attrs.frozen(kw_only=True)
class SpanLink:
    """A cause beside the parent. Ids are lower-case hex."""

    trace_id: str
    span_id: str
    attributes: Attributes = ()


@attrs.frozen(kw_only=True)
class Span:
    """One span of kind INTERNAL. `service` is its resource's `service.name`.

    Ids are lower-case hex (32 and 16 digits), times nanoseconds since 1970, attributes sorted
    by name. `error` is the message of the status ERROR; None leaves the status unset.
    """

    name: str
    service: str
    trace_id: str
    span_id: str
    parent_id: str | None
    start_ns: int
    end_ns: int
    attributes: Attributes
    links: tuple[SpanLink, ...] = ()
    error: str | None = None

    @property
    def resource(self) -> Attributes:
        """The attributes of its resource."""
        return (("host.id", HOST_ID), ("service.name", self.service))
