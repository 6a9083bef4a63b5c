"""OpenTelemetry as any service sets it up: `OTEL_SERVICE_NAME` says who speaks, and spans go to
`OTEL_EXPORTER_OTLP_ENDPOINT` if there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from answerable.errors import MissingExtraError


def provider(endpoint: str | None, service: str | None = None) -> TracerProvider:
    """A provider that exports over HTTP to the OTLP receiver at `endpoint`, or nowhere."""
    named = {"service.name": service} if service else {}
    made = TracerProvider(resource=Resource.create(named))
    if endpoint:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError as missing:
            raise MissingExtraError("demo", "sending live spans") from missing
        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
        made.add_span_processor(BatchSpanProcessor(exporter))
    return made


@contextmanager
def observed() -> Iterator[None]:
    """Spans of this process are exported until the block ends."""
    made = provider(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    trace.set_tracer_provider(made)
    try:
        yield
    finally:
        made.shutdown()
