"""The trace as an OTLP/JSON document: what Jaeger's page can upload, and a receiver be sent.

Format: OTLP 1.x, JSON Protobuf Encoding (https://opentelemetry.io/docs/specs/otlp/): names in
camelCase, ids as hex, 64-bit integers as text.
"""

from __future__ import annotations

import json
import os
from typing import Any, Final

from answerable import published
from answerable.lineage.trace import AccountabilityTrace
from answerable.otel.attributes import AttributeValue
from answerable.stitched import Span, TimeAxis, draw
from answerable.stitched.span import SCOPE, Attributes

_KIND_INTERNAL: Final = 1
_STATUS_ERROR: Final = 2


def to_json(trace: AccountabilityTrace, *, time_axis: TimeAxis = "compressed") -> str:
    """The trace as one document, ending in a newline. The same trace gives the same text."""
    by_service: dict[str, list[Span]] = {}
    for span in draw(trace, time_axis=time_axis):
        by_service.setdefault(span.service, []).append(span)
    document = {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(spans[0].resource)},
                "scopeSpans": [{"scope": {"name": SCOPE}, "spans": [_span(s) for s in spans]}],
            }
            for spans in by_service.values()
        ]
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def write(
    trace: AccountabilityTrace, path: str | os.PathLike[str], *, time_axis: TimeAxis = "compressed"
) -> None:
    """Write the document to `path`, whole or not at all; raises `ExportError` if it cannot be."""
    published.write(path, to_json(trace, time_axis=time_axis))


def _span(span: Span) -> dict[str, Any]:
    found: dict[str, Any] = {"traceId": span.trace_id, "spanId": span.span_id}
    if span.parent_id:
        found["parentSpanId"] = span.parent_id
    found |= {
        "name": span.name,
        "kind": _KIND_INTERNAL,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _attributes(span.attributes),
    }
    if span.links:
        found["links"] = [
            {
                "traceId": link.trace_id,
                "spanId": link.span_id,
                "attributes": _attributes(link.attributes),
            }
            for link in span.links
        ]
    if span.error is not None:
        found["status"] = {"code": _STATUS_ERROR, "message": span.error}
    return found


def _attributes(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in attributes]


def _value(value: AttributeValue) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, tuple):
        return {"arrayValue": {"values": [_value(each) for each in value]}}
    return {"stringValue": value}
