"""A copy of a trace, as a viewer keeps it, against what was signed: everything that it shows is made
again from the envelopes in it (or from the ledger, where that is at hand), and compared.

Format: OTLP 1.x, JSON Protobuf Encoding; Jaeger's `/api/v3/traces/{id}` gives the same.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Final

import attrs

from answerable import fetching, jsontext, urls
from answerable.errors import ExportError, MalformedError, NotFoundError
from answerable.history import Verdict, arrival
from answerable.history.authentication import Authenticator, read
from answerable.history.withheld import fitting, handed_over, still_told
from answerable.ledger import Fault
from answerable.lineage import AccountabilityTrace, MemoryLookup, stitch
from answerable.lineage.telling import telling
from answerable.model import Delegation, Erasure, Record
from answerable.otel import attributes as names
from answerable.otel.attributes import AttributeValue
from answerable.statement import parse_time
from answerable.stitched import Span, SpanLink, TimeAxis, draw, ids
from answerable.stitched.span import HOST_ID, SCOPE, Attributes

_SECONDS: Final = 30.0
_MOST: Final = 256 * 1024 * 1024
Stitch = Callable[[str, datetime], AccountabilityTrace]


def from_document(data: bytes) -> list[Span]:
    """The spans of an OTLP/JSON document, or of what Jaeger answers; raises `MalformedError`."""
    try:
        # Strictly: of a name that stands twice, who shows the copy may show the other value.
        document = jsontext.loads(data, limit=len(data))
        document = document.get("result", document)
        return list(_spans(document))
    except (MalformedError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedError(f"not a trace in OTLP/JSON: {error}") from None


def from_jaeger(url: str, trace_id: str) -> list[Span]:
    """The trace's spans from a Jaeger's query address (`http://localhost:16686`). Raises
    `NotFoundError` if it has none of that id, `ExportError` if it does not answer."""
    where = urls.shown(url)
    if not url.startswith(("http://", "https://")):
        raise ExportError(f"not an HTTP address: {where}", hint="http://localhost:16686")
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        asked = fetching.request(urls.below(url, f"/api/v3/traces/{trace_id}"))
        with opener.open(asked, timeout=_SECONDS) as answer:
            data = answer.read(_MOST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 404:
            raise NotFoundError(f"Jaeger at {where} has no trace {trace_id}") from None
        raise ExportError(f"Jaeger at {where} answered {error.code}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        told = fetching.reason(error)
        raise ExportError(f"Jaeger at {where} does not answer: {told}") from None
    if len(data) > _MOST:
        raise ExportError(f"Jaeger at {where} answered with more than {_MOST:,} bytes")
    return from_document(data)


def verify(shown: Sequence[Span], kept: Stitch | None = None) -> Verdict:
    """Check a copy. `kept` stitches a subject's trace, as of a time, from the ledger: then spans
    that were taken away or added as a whole are found too. Without it, the records in the copy
    say what it must show; whoever takes a record away, and draws all of it again, is not found.

    The verdict's `size` counts the records in the copy.
    """
    faults: list[Fault] = []
    records, told, unread = _records(shown)
    faults += unread
    faults += [
        Fault("signature", r.custody.fault, r.custody.index, r.id)
        for r in records
        if r.custody is not None and r.custody.fault is not None
    ]
    expected = _expected(shown, records, told, kept, faults)
    if expected is not None:
        faults += _compared(shown, expected)
    return Verdict(
        verdict="invalid" if faults else "valid-unwitnessed",
        size=len(records),
        root=None,
        origin=None,
        faults=tuple(faults),
    )


def _expected(
    shown: Sequence[Span],
    records: Sequence[Record],
    told: Mapping[str, bytes],
    kept: Stitch | None,
    faults: list[Fault],
) -> Sequence[Span] | None:
    """What the copy must show; None, and a fault, where that cannot be told."""
    roots = [span for span in shown if names.SUBJECT in dict(span.attributes)]
    if len(roots) != 1:
        faults.append(Fault("root", f"{len(roots)} spans say that they are the trace's root"))
        return None
    said = dict(roots[0].attributes)
    if names.FOLDED_RECORDS in said and kept is None:
        only = "records are folded into counts: only the ledger can tell whether they are right"
        faults.append(Fault("folded", only))
        return None
    axis: TimeAxis = "true" if said.get(names.TIME_AXIS) == "true" else "compressed"
    try:
        at = parse_time(str(said.get(names.SHOWN_SINCE)))
        subject = str(said[names.SUBJECT])
        trace = kept(subject, at) if kept else _restitched(subject, records, at, said)
    except (ValueError, NotFoundError, MalformedError) as error:
        faults.append(Fault("root", f"its records give no such trace: {error}"))
        return None
    erasures = [record for record in records if isinstance(record, Erasure)]
    faults += (f for p in trace.records for f in still_told(p.record, told, erasures))
    trace = telling(trace, lambda record: handed_over(record, told, erased_too=True))
    own = ids.trace_id(trace, axis)
    if (claimed := roots[0].trace_id) != own:
        other = "what it shows is not what its trace id stands for"
        faults.append(Fault("trace-id", f"{other}: {claimed}, not {own}"))
    return draw(trace, time_axis=axis, under=claimed)


def _restitched(
    subject: str, records: Sequence[Record], at: datetime, said: Mapping[str, AttributeValue]
) -> AccountabilityTrace:
    """The trace of these records alone. What it was before, they need not hold: that is taken from
    the copy, whose root's span id it is part of."""
    trace = stitch(subject, MemoryLookup(records), at)
    claimed = said.get(names.PREDECESSOR_REVISION)
    return attrs.evolve(trace, predecessor=None if claimed is None else str(claimed))


def _records(shown: Sequence[Span]) -> tuple[list[Record], dict[str, bytes], list[Fault]]:
    """The records in the copy, each checked against the delegations in it, and the disclosures beside
    them, by their digests."""
    introduced: dict[str, list[tuple[int | None, bytes]]] = {}
    vouching: list[bytes] = []
    for span in shown:
        for text in _texts(dict(span.attributes).get(names.DELEGATIONS)):
            try:
                record, _ = read(text.encode())
            except MalformedError:
                continue  # what it would introduce is then told to be unintroduced
            if isinstance(record, Delegation) and record.emission is not None:
                introduced.setdefault(record.emission.key_id, []).append((None, text.encode()))
                vouching.append(text.encode())
    authenticator = Authenticator(lambda key: introduced.get(key, []))
    about: dict[str, list[Record]] = {}
    for record in map(authenticator.authenticate, vouching):
        for name in record.about:
            about.setdefault(name, []).append(record)
    records, faults = [], []
    disclosed: dict[str, bytes] = {}
    for span in shown:
        said = dict(span.attributes)
        if names.ENVELOPE not in said and names.ID not in said:
            continue
        index = said.get(names.INDEX)
        try:
            record = authenticator.authenticate(
                str(said.get(names.ENVELOPE, "")).encode("utf-8", "replace"),
                index=index if isinstance(index, int) else None,
            )
            records.append(arrival.arrived(record, about.get(arrival.name(record.id), ())))
        except MalformedError as error:
            cut = f"{_called(span)}: its envelope was cut or exchanged: {error.message}"
            faults.append(Fault("unreadable", cut, None, str(said.get(names.ID, "")) or None))
            continue
        beside = [text.encode() for text in _texts(said.get(names.DISCLOSURES))]
        told, wrong = fitting(record, beside)
        disclosed |= told
        faults += wrong
    return records, disclosed, faults


def _compared(shown: Sequence[Span], expected: Sequence[Span]) -> Iterator[Fault]:
    """Every field of every span. Spans are matched by their ids, and where that fails by what they
    stand for."""
    pairs, added, missing = _paired(shown, expected)
    ours = {wanted.span_id: found.span_id for found, wanted in pairs}
    for span in missing:
        yield _fault("missing", span, "is missing")
    for span in added:
        yield _fault("added", span, "was added")
    for found, wanted in pairs:
        for field, seen, signed in _differences(found, wanted, ours):
            told = f"{field} says {_quoted(seen)}; signed: {_quoted(signed)}"
            yield _fault("changed", wanted, told)


def _paired(
    shown: Sequence[Span], expected: Sequence[Span]
) -> tuple[list[tuple[Span, Span]], list[Span], list[Span]]:
    """What is shown beside what it should be; what is shown and should not be; what is not shown."""
    added, missing = [*shown], [*expected]
    pairs: list[tuple[Span, Span]] = []
    by: tuple[Callable[[Span], str], ...] = (lambda span: span.span_id, _key)
    for key in by:
        waiting: dict[str, list[Span]] = {}
        for span in added:
            waiting.setdefault(key(span), []).append(span)
        for wanted in [*missing]:
            if found := waiting.get(key(wanted)):
                pairs.append((found.pop(0), wanted))
                missing.remove(wanted)
        added = [span for left in waiting.values() for span in left]
    return pairs, added, missing


def _differences(
    one: Span, other: Span, standing: dict[str, str]
) -> Iterator[tuple[str, Any, Any]]:
    """`standing` has, for each span that there should be, the id of the one that stands for it."""
    within = names.INDEX if other.parent_id else names.PREDECESSOR_REVISION
    fields: list[tuple[str, Any, Any]] = [
        ("the trace id", one.trace_id, other.trace_id),
        # It follows from all that the span is about: a record's place in the ledger, what the whole
        # was before.
        (f"the span id, or {within},", one.span_id, other.span_id),
        ("the name", one.name, other.name),
        ("the service", one.service, other.service),
        ("the start", one.start_ns, other.start_ns),
        ("the end", one.end_ns, other.end_ns),
        ("the status", one.error, other.error),
        ("the parent", one.parent_id, standing.get(other.parent_id or "", other.parent_id)),
        ("the links", one.links, _moved(other.links, standing)),
    ]
    seen, signed = dict(one.attributes), dict(other.attributes)
    fields += [
        (f"the attribute {name}", seen.get(name), signed.get(name))
        for name in sorted(seen.keys() | signed.keys())
    ]
    for field, left, right in fields:
        if left != right or type(left) is not type(right):
            yield field, left, right


def _moved(links: Sequence[SpanLink], standing: dict[str, str]) -> tuple[SpanLink, ...]:
    return tuple(
        attrs.evolve(link, span_id=standing.get(link.span_id, link.span_id)) for link in links
    )


def _key(span: Span) -> str:
    """What the span stands for, as far as it says itself."""
    said = dict(span.attributes)
    if names.SUBJECT in said:
        return "root"
    for name in (names.ID, names.GAP_CODE, names.FOLDED_IDS, names.PHASE):
        if name in said:
            place = [str(said.get(each, "")) for each in (names.GAP_RECORD, names.GAP_REF)]
            place = place if name == names.GAP_CODE else []
            return json.dumps([name, str(said[name]), *place])
    return f"span {span.span_id}"


def _fault(code: str, span: Span, told: str) -> Fault:
    said = dict(span.attributes)
    index, id = said.get(names.INDEX), said.get(names.ID)
    return Fault(
        code,
        f"{_called(span)}: {told}",
        index if isinstance(index, int) else None,
        id if isinstance(id, str) else None,
    )


def _called(span: Span) -> str:
    return f"the span {span.name!r} ({span.span_id})"


def _quoted(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return repr(text if len(text) <= 80 else text[:79] + "…")


def _texts(value: AttributeValue | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _spans(document: dict[str, Any]) -> Iterator[Span]:
    for group in document["resourceSpans"]:
        resource = dict(_attributes(group.get("resource", {}).get("attributes", [])))
        for scoped in group["scopeSpans"]:
            for span in scoped.get("spans", []):
                found = _span(span, str(resource.get("service.name", "")))
                other = tuple(_unusual(group, scoped, span))
                yield attrs.evolve(found, attributes=_by_name((*found.attributes, *other)))


def _unusual(
    group: dict[str, Any], scoped: dict[str, Any], span: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """What stands on a span or around it, where no span of a stitched trace has it: as attributes
    that there should not be."""
    resource, scope = group.get("resource", {}), scoped.get("scope", {})
    status = span.get("status", {})
    around = dict(_attributes(resource.get("attributes", [])))
    around.pop("service.name", None)
    if around != {"host.id": HOST_ID} or _beyond(resource, {"attributes"}):
        yield "resource", json.dumps(resource, default=str)
    if _beyond(group, {"resource", "scopeSpans"}):
        yield "resource", json.dumps(_beyond(group, {"resource", "scopeSpans"}), default=str)
    if (
        scope.get("name") != SCOPE
        or _beyond(scope, {"name"})
        or _beyond(scoped, {"scope", "spans"})
    ):
        yield "scope", json.dumps([scope, _beyond(scoped, {"scope", "spans"})], default=str)
    if span.get("kind", 0) != 1:
        yield "kind", json.dumps(span.get("kind", 0), default=str)
    if status.get("code") not in (None, 0, 2) or (
        status.get("message") and status.get("code") != 2
    ):
        yield "status", json.dumps(status, default=str)
    for name, value in _beyond(span, _FIELDS).items():
        yield name, json.dumps(value, default=str)
    links = span.get("links", [])
    if beyond := [each for each in links if _beyond(each, {"traceId", "spanId", "attributes"})]:
        yield "links", json.dumps(beyond, default=str)
    lists = (resource, span, *links)
    for name in sorted({n for each in lists for n in _twice(each.get("attributes", []))}):
        yield f"{name}, twice", "a name that stands twice"


# `flags` say of a link or a span what no viewer shows, and stores set them as they like.
_FIELDS: Final = frozenset(
    ("traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano")
) | {"attributes", "links", "status"}


def _beyond(given: dict[str, Any], known: AbstractSet[str]) -> dict[str, Any]:
    return {k: v for k, v in given.items() if v and k not in known and k != "flags"}


def _twice(attributes: list[dict[str, Any]]) -> list[str]:
    found = Counter(str(each["key"]) for each in attributes)
    return [name for name, count in found.items() if count > 1]


def _span(span: dict[str, Any], service: str) -> Span:
    status = span.get("status", {})
    return Span(
        name=str(span["name"]),
        service=service,
        trace_id=str(span["traceId"]),
        span_id=str(span["spanId"]),
        parent_id=span.get("parentSpanId") or None,
        start_ns=int(span["startTimeUnixNano"]),
        end_ns=int(span["endTimeUnixNano"]),
        attributes=_by_name(_attributes(span.get("attributes", []))),
        links=tuple(
            SpanLink(
                trace_id=str(link["traceId"]),
                span_id=str(link["spanId"]),
                attributes=_by_name(_attributes(link.get("attributes", []))),
            )
            for link in span.get("links", [])
        ),
        error=str(status.get("message", "")) if status.get("code") == 2 else None,
    )


def _attributes(attributes: list[dict[str, Any]]) -> Attributes:
    return tuple((str(each["key"]), _value(each["value"])) for each in attributes)


def _by_name(attributes: Attributes) -> Attributes:
    # By the name alone: values of one name that stands twice need not compare.
    return tuple(sorted(attributes, key=lambda each: each[0]))


def _value(value: dict[str, Any]) -> AttributeValue:
    ((kind, found),) = value.items()
    if kind == "arrayValue":
        return tuple(str(_value(each)) for each in found.get("values", []))
    if kind == "intValue":
        return int(found)
    if not isinstance(found, str | bool | int | float):
        raise TypeError(f"a value of kind {kind}")
    return found
