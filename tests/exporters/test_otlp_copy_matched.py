"""What a copy shows is matched with what it should show: by the spans' ids, and else by what they stand for."""

from __future__ import annotations

import json
from typing import Any

from answerable.otel import attributes as names
from tests.exporters.otlp_copies import Document, Story, attribute, changes, faults, span, spans

ID_SAYS = "the span id, or answerable.index, says '"


def renamed(document: Document, ids: dict[str, str]) -> Document:
    """With other ids of spans, wherever one is named."""
    text = json.dumps(document)
    for before, after in ids.items():
        text = text.replace(f'"{before}"', f'"{after}"')
    found: Document = json.loads(text)
    return found


def reversed_(document: Document) -> Document:
    """Its spans in the other order."""
    document["resourceSpans"].reverse()
    for group in document["resourceSpans"]:
        for scoped in group["scopeSpans"]:
            scoped["spans"].reverse()
    return document


def others(document: Document) -> dict[str, str]:
    return {each["spanId"]: f"{number:016x}" for number, each in enumerate(spans(document), 1)}


def without(document: Document, gone: dict[str, Any]) -> Document:
    for group in document["resourceSpans"]:
        for scoped in group["scopeSpans"]:
            scoped["spans"] = [each for each in scoped["spans"] if each != gone]
    return document


def test_where_all_ids_are_others_each_span_stands_for_what_it_did(story: Story) -> None:
    ids = others(story.drawn)
    codes = [
        attribute(each, names.GAP_CODE)["stringValue"]
        for each in spans(story.drawn)
        if any(a["key"] == names.GAP_CODE for a in each["attributes"])
    ]
    assert len(set(codes)) < len(codes)  # or what a gap is about would not matter
    for document in (story.copy, reversed_(story.copy)):
        found = changes(renamed(document, ids))

        assert len(found) == len(ids)
        assert all(message.startswith("the span id, or ") for _, message in found)
        for before, after in ids.items():
            says = f"says '{after}'; signed: '{before}'"
            (called,) = (called for called, message in found if message.endswith(says))
            assert called.endswith(f"({before}")


def test_a_record_stays_that_record_whatever_else_its_span_says(story: Story) -> None:
    document = story.copy
    own = span(document, "threshold")
    own["attributes"].append({"key": names.GAP_RECORD, "value": {"stringValue": "x"}})
    found = changes(renamed(document, {own["spanId"]: "e" * 16}))

    assert [message.startswith(ID_SAYS) for _, message in found] == [True, False]
    assert found[1][1] == f"the attribute {names.GAP_RECORD} says 'x'; signed: 'null'"


def test_what_stands_below_a_span_that_is_missing_is_as_it_was(story: Story) -> None:
    below = {each["parentSpanId"] for each in spans(story.drawn) if each.get("parentSpanId")}
    linked = {link["spanId"] for each in spans(story.drawn) for link in each.get("links", [])}
    assert linked & below
    for gone in spans(story.drawn):
        if gone["spanId"] in below | linked and gone.get("parentSpanId"):
            (fault,) = faults(without(story.copy, gone), story)
            assert fault.code == "missing" and gone["spanId"] in fault.message


def test_under_another_trace_id_only_that_is_another(story: Story) -> None:
    document = story.copy
    text = json.dumps(document).replace(spans(document)[0]["traceId"], "f" * 32)
    found = faults(json.loads(text))

    assert [fault.code for fault in found].count("trace-id") == 1
    assert not [fault for fault in found if "the trace id says" in fault.message]
