"""What MLflow shows of a record, against what the record's own envelope says it must show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from answerable.errors import MalformedError
from answerable.exporters.mlflow import tags
from answerable.exporters.mlflow.shaping import (
    DISCLOSURES,
    ENVELOPE,
    INDEX,
    TRACE_NAME,
    TRACE_TAG,
    Shown,
    disclosures_of,
    envelope_of,
    show,
)

if TYPE_CHECKING:
    from mlflow.entities import Trace

_PLACE_DIGITS = 18


@attrs.frozen(kw_only=True)
class Found:
    """A trace as MLflow gives it back. `names` and `moments` are told in several places."""

    trace_id: str
    spans: int
    names: tuple[str | None, ...]
    moments: tuple[int, ...]
    columns: tuple[str | None, str | None]
    tags: dict[str, str]
    attributes: dict[str, Any]

    @property
    def claims(self) -> bool:
        """Whether it says of itself that it shows a record."""
        return any(name.startswith(tags.NAMESPACE) for name in (*self.tags, *self.attributes))


def find(trace: Trace) -> Found:
    """Take from MLflow's object what is compared."""
    root = next((s for s in trace.data.spans if s.parent_id is None), None)
    info = trace.info
    return Found(
        trace_id=info.trace_id,
        spans=len(trace.data.spans),
        names=(info.tags.get(TRACE_NAME), root.name if root else None),
        # Both in milliseconds: one of them has no more.
        moments=(info.request_time, root.start_time_ns // 10**6 if root else -1),
        columns=(info.request_preview, info.response_preview),
        tags=dict(info.tags),
        attributes=dict(root.attributes) if root else {},
    )


def read(found: Found) -> Shown:
    """What the envelope in the trace says must be shown; raises `MalformedError`."""
    if not found.spans:
        raise MalformedError("MLflow gives no span of it back")
    envelope = envelope_of(found.attributes.get(ENVELOPE))
    if envelope is None:
        raise MalformedError("it has no envelope")
    place = str(found.attributes.get(INDEX, ""))
    # Python reads no number of some thousand digits; no ledger has such a place.
    is_one = place.isdecimal() and len(place) <= _PLACE_DIGITS
    beside = disclosures_of(found.attributes.get(DISCLOSURES))
    return show(envelope, int(place) if is_one else None, beside)


def differences(found: Found, shown: Shown) -> list[str]:
    """Everything in which the two differ, in words; nothing if MLflow shows what was signed."""
    told = []
    if found.trace_id != shown.request_id:
        told.append(f"it stands under another trace than its own, {shown.request_id}")
    if found.spans != 1:
        told.append(f"the trace has {found.spans} spans where one was written")
    for name in found.names:
        told += _differ("the name", name, shown.name)
    for moment in found.moments:
        told += _differ("the time", moment, shown.moment // 10**6)
    for column, seen, text in _columns(found, shown):
        told += _differ(f"the column {column}", seen, text)
    for name, seen, signed in _pairs(found.tags, shown.tags, tags.NAMESPACE):
        told += _differ(f"the tag {name}", seen, signed)
    ours = (tags.NAMESPACE, TRACE_TAG + tags.NAMESPACE)
    for name, seen, signed in _pairs(found.attributes, shown.all_attributes(), ours):
        # MLflow parses an attribute that is a JSON text, so the parsed values are compared.
        if seen is None or signed is None or _canonical(seen) != _canonical(signed):
            told += _differ(f"the attribute {name}", seen, signed)
    return list(dict.fromkeys(told))


def columns_hold(found: Found, shown: Shown) -> bool:
    """True where the trace table's columns say what they should, as far as they say it."""
    return not [*_columns(found, shown)]


def _columns(found: Found, shown: Shown) -> Iterator[tuple[str, str, str]]:
    for column, seen, text in zip(
        ("request", "response"), found.columns, (shown.inputs, shown.outputs), strict=True
    ):
        if seen is not None and seen != text and not text.startswith(seen.removesuffix("...")):
            yield column, seen, text


def _pairs(
    seen: dict[str, Any], signed: dict[str, str], ours: str | tuple[str, ...]
) -> list[tuple[str, Any, str | None]]:
    """What is there and what should be, by name: all that should be, and all else of ours."""
    added = sorted(name for name in seen.keys() - signed.keys() if name.startswith(ours))
    return [(name, seen.get(name), signed.get(name)) for name in (*signed, *added)]


def _differ(what: str, seen: Any, signed: Any) -> list[str]:
    if seen == signed:
        return []
    if seen is None:
        return [f"{what} is gone; signed: {_quoted(signed)}"]
    if signed is None:
        return [f"{what} was added: {_quoted(seen)}"]
    return [f"{what} says {_quoted(seen)}; signed: {_quoted(signed)}"]


def _quoted(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return repr(text if len(text) <= 80 else text[:79] + "…")


def _canonical(value: Any) -> str:
    parsed = value
    if isinstance(value, str):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            return value
    return json.dumps(parsed, sort_keys=True)
