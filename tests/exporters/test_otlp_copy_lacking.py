"""A copy in which something is not there, or of another type than it is written in: that is named, and nothing is
refused that another writer of OTLP/JSON may leave out."""

from __future__ import annotations

import base64
import json
from typing import Any

import attrs
import pytest

from answerable import jsontext
from answerable.exporters import otlp_copy
from answerable.otel import attributes as names
from tests.exporters.otlp_copies import Document, Story, attribute, changes, faults, span, spans


def told(document: Document, story: Story | None = None) -> list[str]:
    return [message for _, message in changes(document, story)]


def without_emission(envelope: str) -> str:
    """The record without its key and its place in its emitter's chain."""
    found = json.loads(envelope)
    payload = json.loads(base64.b64decode(found["payload"]))
    del payload["predicate"]["emission"]
    found["payload"] = base64.b64encode(jsontext.dumps(payload)).decode()
    return json.dumps(found, separators=(",", ":"))


class TestAGroup:
    @pytest.mark.parametrize("resource", [None, {}, {"attributes": []}])
    def test_without_a_resource_is_of_no_service_and_no_host(
        self, story: Story, resource: Any
    ) -> None:
        document = story.copy
        group = document["resourceSpans"][0]
        del group["resource"]
        if resource is not None:
            group["resource"] = resource
        found = told(document)

        own = sum(len(scoped["spans"]) for scoped in group["scopeSpans"])
        assert len(found) == 2 * own
        assert sum(each.startswith("the service says ''; signed: '") for each in found) == own
        assert sum(each.startswith("the attribute resource says '{") for each in found) == own

    def test_without_spans_has_none(self, story: Story) -> None:
        document = story.copy
        document["resourceSpans"].append({"scopeSpans": [{}]})

        assert faults(document) == ()

    def test_without_a_scope_is_of_another(self, story: Story) -> None:
        document = story.copy
        (scoped,) = document["resourceSpans"][0]["scopeSpans"]
        del scoped["scope"]

        assert told(document) == ["the attribute scope says '[{}, {}]'; signed: 'null'"] * len(
            scoped["spans"]
        )


class TestASpan:
    def test_without_a_kind_is_of_none(self, story: Story) -> None:
        document = story.copy
        del span(document, "threshold")["kind"]

        assert told(document) == ["the attribute kind says '0'; signed: 'null'"]

    def test_without_attributes_has_none(self, story: Story) -> None:
        document = story.copy
        gap = span(document, "gap: no-evidence")
        named = [each["key"] for each in gap.pop("attributes")]

        assert [each.split()[2] for each in told(document)] == named

    def test_whose_error_says_nothing_says_another(self, story: Story) -> None:
        document = story.copy
        span(document, "gap: no-evidence")["status"] = {"code": 2}

        (found,) = told(document)
        assert found.startswith("the status says ''; signed: '")

    def test_of_which_a_link_has_no_attributes_is_named(self, story: Story) -> None:
        document = story.copy
        (linked, *_) = (each for each in spans(document) if each.get("links"))
        del linked["links"][0]["attributes"]

        (found,) = told(document)
        assert found.startswith("the links says '")

    def test_with_a_list_of_nothing_says_so(self, story: Story) -> None:
        document = story.copy
        changed = span(document, "threshold")
        attribute(changed, names.KIND).clear()
        attribute(changed, names.KIND)["arrayValue"] = {}

        (found,) = told(document)
        assert found.startswith(f"the attribute {names.KIND} says '[]'; signed: '")

    def test_with_two_values_of_two_types_under_a_name_is_named(self, story: Story) -> None:
        for first in (True, False):
            document = story.copy
            held = span(document, "threshold")["attributes"]
            again = {"key": names.KIND, "value": {"intValue": "7"}}
            held.insert(0 if first else len(held), again)

            assert any(f"{names.KIND}, twice says 'a name that" in each for each in told(document))


class TestAnIndex:
    def test_that_is_no_number_is_none(self, story: Story) -> None:
        document = story.copy
        held = attribute(span(document, "threshold"), names.INDEX)
        index = held.pop("intValue")
        held["stringValue"] = index
        found = faults(document)

        assert found[0].code == "trace-id"
        own = f"the attribute {names.INDEX} says '{index}'; signed: 'null'"
        assert sum(fault.message.endswith(own) for fault in found) == 1

    def test_or_an_id_of_another_type_is_not_told_as_the_faults_own(self, story: Story) -> None:
        document = story.copy
        extra = {**span(document, "gap: no-evidence"), "spanId": "e" * 16}
        extra["attributes"] = [
            {"key": names.INDEX, "value": {"stringValue": "7"}},
            {"key": names.ID, "value": {"intValue": "7"}},
        ]
        document["resourceSpans"][0]["scopeSpans"][0]["spans"].append(extra)
        (added,) = (fault for fault in faults(document, story) if fault.code == "added")

        assert (added.index, added.id) == (None, None)


class TestAnEnvelope:
    def test_that_is_cut_where_no_id_is_shown_is_of_no_id(self, story: Story) -> None:
        document = story.copy
        own = span(document, "threshold")
        attribute(own, names.ENVELOPE)["stringValue"] = "cut"
        own["attributes"] = [a for a in own["attributes"] if a["key"] != names.ID]
        (fault, *_) = faults(document, story)

        assert (fault.code, fault.id) == ("unreadable", None)

    def test_is_looked_at_after_one_that_was_cut(self, story: Story) -> None:
        document = story.copy
        envelopes = [
            attribute(each, names.ENVELOPE)
            for each in spans(document)
            if any(a["key"] == names.ENVELOPE for a in each["attributes"])
        ]
        for held in envelopes:
            held["stringValue"] = "cut"
        codes = [fault.code for fault in faults(document)]

        assert codes.count("unreadable") == len(envelopes) > 1

    def test_that_is_no_text_is_unreadable(self, story: Story) -> None:
        shown = [
            attrs.evolve(
                each,
                attributes=tuple(
                    (name, "\ud800" if name == names.ENVELOPE else value)
                    for name, value in each.attributes
                ),
            )
            for each in otlp_copy.from_document(story.text)
        ]

        assert {fault.code for fault in otlp_copy.verify(shown).faults} == {"unreadable", "root"}

    @pytest.mark.parametrize("of_no_chain", [False, True])
    def test_verifies_where_rubbish_stands_before_its_delegation(
        self, story: Story, of_no_chain: bool
    ) -> None:
        document = story.copy
        (held,) = (
            a["value"]["arrayValue"]["values"]
            for each in spans(document)
            for a in each["attributes"]
            if a["key"] == names.DELEGATIONS
        )
        rubbish = without_emission(held[0]["stringValue"]) if of_no_chain else "rubbish"
        held.insert(0, {"stringValue": rubbish})

        (found,) = told(document)
        assert found.startswith(f"the attribute {names.DELEGATIONS} says '[\"")
