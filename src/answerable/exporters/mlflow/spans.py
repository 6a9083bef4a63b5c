"""The OTLP protobuf of what is shown. It is built here and never by MLflow's tracer, which
samples, and may replace the user's own tracer provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from answerable.errors import MissingExtraError
from answerable.exporters.mlflow.shaping import Shown

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span


def to_span(shown: Shown) -> Span:
    """One root span; raises `MissingExtraError` without opentelemetry-proto."""
    try:
        from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
        from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
    except ImportError:
        raise MissingExtraError("mlflow", "writing to MLflow") from None
    span = Span(
        trace_id=bytes.fromhex(shown.trace_id),
        span_id=bytes.fromhex(shown.span_id),
        name=shown.name,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=shown.moment,
        end_time_unix_nano=shown.moment,
        attributes=[
            KeyValue(key=name, value=AnyValue(string_value=text))
            for name, text in shown.all_attributes().items()
        ],
        status=Status(code=Status.STATUS_CODE_OK),
    )
    if shown.live:
        trace, span_id = shown.live
        span.links.append(Span.Link(trace_id=bytes.fromhex(trace), span_id=bytes.fromhex(span_id)))
    return span


def to_request(spans: Sequence[Span]) -> bytes:
    """An OTLP ExportTraceServiceRequest, serialised."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

    carried = ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])
    data: bytes = ExportTraceServiceRequest(resource_spans=[carried]).SerializeToString()
    return data
