"""OTLP/JSON read back as the spans that were drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from answerable.otel.attributes import AttributeValue
from answerable.stitched import Span, SpanLink
from answerable.stitched.span import Attributes
from tests.parts.jaeger import Jaeger


def fetch(jaeger: Jaeger, trace_id: str) -> list[Span]:
    """The spans that Jaeger has under this id, in no order, repeats included."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy is no way to a loopback address
        answer = session.get(f"{jaeger.query_url}/api/v3/traces/{trace_id}")
    answer.raise_for_status()
    return list(spans_of(answer.json()["result"]))


def spans_of(document: dict[str, Any]) -> Iterator[Span]:
    """The spans of one OTLP/JSON document; fails where a resource or scope is not ours."""
    for resource_spans in document["resourceSpans"]:
        resource = dict(_attributes(resource_spans["resource"]["attributes"]))
        assert set(resource) == {"service.name", "host.id"}
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans.get("spans", []):
                assert scope_spans["scope"] == {"name": "answerable"}
                assert span["kind"] == 1
                drawn = _span(span, str(resource["service.name"]))
                assert dict(drawn.resource) == resource
                yield drawn


def _span(span: dict[str, Any], service: str) -> Span:
    status = span.get("status", {})
    assert status.get("code") in {None, 0, 2}
    return Span(
        name=span["name"],
        service=service,
        trace_id=span["traceId"],
        span_id=span["spanId"],
        parent_id=span.get("parentSpanId") or None,
        start_ns=int(span["startTimeUnixNano"]),
        end_ns=int(span["endTimeUnixNano"]),
        attributes=tuple(sorted(_attributes(span["attributes"]))),
        links=tuple(
            SpanLink(
                trace_id=link["traceId"],
                span_id=link["spanId"],
                attributes=tuple(sorted(_attributes(link["attributes"]))),
            )
            for link in span.get("links", [])
        ),
        error=status.get("message", "") if status.get("code") == 2 else None,
    )


def _attributes(attributes: list[dict[str, Any]]) -> Attributes:
    return tuple((each["key"], _value(each["value"])) for each in attributes)


def _value(value: dict[str, Any]) -> AttributeValue:
    ((kind, found),) = value.items()
    if kind == "arrayValue":
        return tuple(str(_value(each)) for each in found["values"])
    if kind == "intValue":
        return int(found)
    result: AttributeValue = found
    return result
