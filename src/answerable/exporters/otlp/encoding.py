"""Spans as OTLP requests in binary protobuf.

Format: OTLP 1.x (https://opentelemetry.io/docs/specs/otlp/), opentelemetry/proto/trace/v1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from answerable.errors import MissingExtraError
from answerable.otel.attributes import AttributeValue
from answerable.stitched import Span
from answerable.stitched.span import SCOPE, Attributes

try:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1 import trace_pb2 as pb
except ImportError as missing:
    raise MissingExtraError("otlp", "sending a trace over OTLP") from missing

# Receivers refuse large requests (Jaeger's limit is 20 MiB), and a proxy may sooner.
MAX_BYTES: Final = 4_000_000
_FRAMING: Final = 32  # tags and lengths around a span and its resource


def requests(spans: Sequence[Span]) -> Iterator[bytes]:
    """The spans as requests of at most `MAX_BYTES`, or of one span that is larger alone."""
    batch: dict[str, pb.ResourceSpans] = {}
    size = 0
    for span in spans:
        encoded = _span(span)
        resource = _resource(span)
        # With the resource each time: its few bytes are then never forgotten.
        adds = encoded.ByteSize() + resource.ByteSize() + _FRAMING
        if batch and size + adds > MAX_BYTES:
            yield ExportTraceServiceRequest(resource_spans=batch.values()).SerializeToString()
            batch, size = {}, 0
        batch.setdefault(span.service, resource).scope_spans[0].spans.append(encoded)
        size += adds
    yield ExportTraceServiceRequest(resource_spans=batch.values()).SerializeToString()


def _resource(span: Span) -> pb.ResourceSpans:
    found = pb.ResourceSpans(scope_spans=[pb.ScopeSpans()])
    found.scope_spans[0].scope.name = SCOPE
    found.resource.attributes.extend(_attributes(span.resource))
    return found


def _span(span: Span) -> pb.Span:
    found = pb.Span(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_id or ""),
        name=span.name,
        kind=pb.Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=span.start_ns,
        end_time_unix_nano=span.end_ns,
        attributes=_attributes(span.attributes),
        links=[
            pb.Span.Link(
                trace_id=bytes.fromhex(link.trace_id),
                span_id=bytes.fromhex(link.span_id),
                attributes=_attributes(link.attributes),
            )
            for link in span.links
        ],
    )
    if span.error is not None:
        found.status.code = pb.Status.STATUS_CODE_ERROR
        found.status.message = span.error
    return found


def _attributes(attributes: Attributes) -> list[KeyValue]:
    return [KeyValue(key=name, value=_value(value)) for name, value in attributes]


def _value(value: AttributeValue) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, tuple):
        found = AnyValue()
        found.array_value.values.extend(_value(each) for each in value)
        return found
    return AnyValue(string_value=value)
