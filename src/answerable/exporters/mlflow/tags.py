"""The trace tags: what MLflow's own search can filter on. All follow from the signed record.

MLflow joins the clauses of a filter with AND only, so what may have many values stands in one
tag, each between spaces: `LIKE '% dataset:applications@2026 %'` finds one of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from answerable import jsontext, statement
from answerable.model import Approval, Decision, Record

TYPE: Final = "answerable.type"
ID: Final = "answerable.id"
KIND: Final = "answerable.kind"
CHOSEN: Final = "answerable.chosen"
DECIDED_BY: Final = "answerable.decided_by"
KNOWN_BY: Final = "answerable.known_by"
ACCOUNTABLE: Final = "answerable.accountable"
TEAM: Final = "answerable.team"
CAPTURE: Final = "answerable.capture"
STEP: Final = "answerable.step"
WITHIN: Final = "answerable.within"
RUN: Final = "answerable.run"
ARTIFACTS: Final = "answerable.artifacts"
DIGESTS: Final = "answerable.digests"
MEANING: Final = "answerable.meaning"
PRESENTED: Final = "answerable.presented"
LIVE_TRACE: Final = "answerable.trace_id"
KEY_ID: Final = "answerable.key_id"
CUT: Final = "answerable.cut"

NAMESPACE: Final = "answerable."
MARK: Final = "v1:"
MAX_VALUE: Final = 4_096  # over HTTP MLflow cuts a longer value without a word
MAX_CHOSEN: Final = 1_000


def derive(record: Record) -> dict[str, str]:
    """Every tag of `record`. Only what is filtered: each costs MLflow two statements.

    `answerable.cut` names the tags that could not hold all of their values.
    """
    said: dict[str, str | None] = {
        TYPE: statement.record_type(record),
        ID: record.id,
        DECIDED_BY: record.decided_by.id if record.decided_by else None,
        KNOWN_BY: record.decided_by.known_by if record.decided_by else None,
        TEAM: record.team,
        STEP: record.step,
        WITHIN: record.within,
        RUN: record.run,
        LIVE_TRACE: record.trace_id,
        KEY_ID: record.emission.key_id if record.emission else None,
    }
    if isinstance(record, Decision):
        said[KIND] = record.kind
        said[ACCOUNTABLE] = record.accountable
        said[CAPTURE] = record.capture
    if isinstance(record, Approval):
        said[MEANING] = record.meaning
        said[PRESENTED] = record.digest
    tags = {name: plain(value) for name, value in said.items() if value is not None}
    if isinstance(record, Decision):
        tags[CHOSEN] = chosen(record.chosen)
    cut = []
    for name, values in ((ARTIFACTS, refs(record)), (DIGESTS, digests(record))):
        text, whole = _spaced(values)
        if text:
            tags[name] = text
        if not whole:
            cut.append(name)
    if cut:
        tags[CUT] = _spaced(cut)[0]
    return tags


def refs(record: Record) -> tuple[str, ...]:
    """Everything the record names: used, produced, relied on as evidence, or is about."""
    named = [artifact.ref for artifact in _artifacts(record)]
    return tuple(dict.fromkeys([*named, *record.about]))


def digests(record: Record) -> tuple[str, ...]:
    """The digests of the artifacts it names."""
    return tuple(dict.fromkeys(a.digest for a in _artifacts(record) if a.digest))


def plain(value: str) -> str:
    """`value` as MLflow gives it back unchanged.

    What reads as JSON would come back as something else, so it is marked; NUL, which
    PostgreSQL refuses, is replaced; what is longer than MLflow keeps is cut.
    """
    text = value.replace("\x00", "\ufffd")
    if _reads_as_json(text):
        text = MARK + text
    return _short(text, MAX_VALUE)


def chosen(value: Any) -> str:
    """The tag of a choice: always marked, and short, since it is for filtering by equality."""
    return MARK + _short(jsontext.dumps(value).decode(), MAX_CHOSEN)


def _artifacts(record: Record) -> list[Any]:
    return [
        *getattr(record, "used", ()),
        *getattr(record, "produced", ()),
        *(evidence.artifact for evidence in getattr(record, "evidence", ())),
    ]


def _spaced(values: Iterable[str]) -> tuple[str, bool]:
    """The values between spaces as far as they fit, and whether all of them did."""
    text = ""
    for value in values:
        grown = f"{text or ' '}{value} "
        if len(grown) > MAX_VALUE - len(MARK):
            return plain(text), False
        text = grown
    return plain(text), True


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
