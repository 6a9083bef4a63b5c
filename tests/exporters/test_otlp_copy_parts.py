"""A copy of a small trace, changed in one place at a time: the fault says of which span, which field, and what was signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from answerable.errors import MalformedError
from answerable.exporters import otlp_copy
from answerable.otel import attributes as names
from tests.exporters.otlp_copies import Document, Story, attribute, changes, faults, span, spans


@pytest.mark.parametrize("with_ledger", [False, True])
def test_what_was_drawn_holds(story: Story, with_ledger: bool) -> None:
    shown = otlp_copy.from_document(json.dumps(story.drawn).encode())
    verdict = otlp_copy.verify(shown, story.history.trace if with_ledger else None)

    assert (verdict.verdict, verdict.faults) == ("valid-unwitnessed", ())
    assert (verdict.size, verdict.root, verdict.origin) == (3, None, None)
    assert otlp_copy.from_document(json.dumps({"result": story.drawn}).encode()) == shown
    assert otlp_copy.from_document(story.text + b" " * 70_000) == shown  # more than any record has


FIELDS: list[tuple[str, Any, str]] = [
    ("name", "another", "the name says 'another'"),
    ("kind", 2, "the attribute kind says '2'; signed: 'null'"),
    ("startTimeUnixNano", "1", "the start says '1'; signed: '"),
    ("endTimeUnixNano", "1", "the end says '1'; signed: '"),
    ("traceId", "f" * 32, "the trace id says 'ffff"),
    ("spanId", "f" * 16, "the span id, or answerable.index, says 'ffff"),
    ("parentSpanId", "f" * 16, "the parent says 'ffff"),
    ("status", {"code": 2, "message": "bad"}, "the status says 'bad'; signed: 'null'"),
    ("status", {"code": 1}, "the attribute status says '{\"code\": 1}'; signed: 'null'"),
    ("status", {"message": "fine"}, 'the attribute status says \'{"message": "fine"}\''),
    ("traceState", "a=b", "the attribute traceState says '\"a=b\"'; signed: 'null'"),
    ("events", [{"name": "x"}], 'the attribute events says \'[{"name": "x"}]\''),
]


@pytest.mark.parametrize(("field", "value", "told"), FIELDS)
def test_a_field_of_a_span_that_is_another_is_named(
    story: Story, field: str, value: Any, told: str
) -> None:
    document = story.copy
    changed = span(document, "threshold")
    called = f"the span {changed['name']!r} ({changed['spanId']})"
    id = attribute(changed, names.ID)["stringValue"]
    changed[field] = value
    found = faults(document)

    (own,) = (fault for fault in found if fault.message.startswith(f"{called}: "))
    assert own.message.startswith(f"{called}: {told}")
    assert (own.code, own.id) == ("changed", id)
    assert own.index == int(attribute(changed, names.INDEX)["intValue"])
    others = [fault for fault in found if fault is not own]
    assert all("the parent says" in f.message or "the links says" in f.message for f in others)
    assert not others or field == "spanId"


@pytest.mark.parametrize(
    "field", [{"droppedAttributesCount": 0}, {"flags": 256}, {"status": {"code": 0}}]
)
def test_what_stores_add_and_nobody_sees_is_no_fault(story: Story, field: Any) -> None:
    document = story.copy
    for each in spans(document):
        if "status" not in each or "status" not in field:
            each.update(field)
    for link in (link for each in spans(document) for link in each.get("links", [])):
        link["flags"] = 256

    assert faults(document) == ()


def test_each_attribute_of_a_record_is_named_where_it_is_another_or_gone(story: Story) -> None:
    # What all else is made from, and the place in the ledger, of which the trace's id is made.
    carried = {names.ENVELOPE, names.DELEGATIONS, names.ID, names.INDEX}
    whole = span(story.drawn, "threshold")
    for place, each in enumerate(whole["attributes"]):
        if each["key"] in carried:
            continue
        for value in ({"stringValue": "another"}, None):
            document = story.copy
            held = span(document, "threshold")["attributes"]
            held[place : place + 1] = (
                [] if value is None else [{"key": each["key"], "value": value}]
            )
            ((called, told),) = changes(document)
            assert whole["name"] in called
            seen = "'null'" if value is None else "'another'"
            assert told.startswith(f"the attribute {each['key']} says {seen}; signed: '")


def test_a_value_of_another_type_is_another(story: Story) -> None:
    document = story.copy
    (root,) = (s for s in spans(document) if not s.get("parentSpanId"))
    held = next(a for a in root["attributes"] if "intValue" in a["value"])
    number = int(held["value"].pop("intValue"))
    held["value"]["doubleValue"] = float(number)

    assert [told for _, told in changes(document)] == [
        f"the attribute {held['key']} says '{float(number)}'; signed: '{number}'"
    ]


def test_a_long_value_is_cut_where_it_is_told(story: Story) -> None:
    for length, told in ((80, "x" * 80), (81, "x" * 79 + "\N{HORIZONTAL ELLIPSIS}")):
        document = story.copy
        span(document, "threshold")["name"] = "x" * length
        ((_, message),) = changes(document)
        assert message.startswith(f"the name says '{told}'; signed: ")


def test_another_service_resource_scope_or_group_is_named(story: Story) -> None:
    def service(group: dict[str, Any]) -> None:
        (held,) = (a for a in group["resource"]["attributes"] if a["key"] == "service.name")
        held["value"] = {"stringValue": "another"}

    def noted(group: dict[str, Any]) -> None:
        group["resource"]["attributes"].append({"key": "n", "value": {"stringValue": "x"}})

    def host(group: dict[str, Any]) -> None:
        for held in group["resource"]["attributes"]:
            if held["key"] == "host.id":
                held["value"] = {"stringValue": "x"}

    def more(group: dict[str, Any]) -> None:
        group["resource"]["n"] = "x"

    def schema(group: dict[str, Any]) -> None:
        group["schemaUrl"] = "x"

    def scope(group: dict[str, Any]) -> None:
        group["scopeSpans"][0]["scope"]["name"] = "x"

    def version(group: dict[str, Any]) -> None:
        group["scopeSpans"][0]["scope"]["version"] = "x"

    def scoped(group: dict[str, Any]) -> None:
        group["scopeSpans"][0]["schemaUrl"] = "x"

    cases: list[tuple[Callable[[dict[str, Any]], None], str]] = [
        (service, "the service says 'another'; signed: "),
        (noted, "the attribute resource says '{"),
        (host, "the attribute resource says '{"),
        (more, "the attribute resource says '{"),
        (schema, "the attribute resource says '{\"schemaUrl\": \"x\"}'; signed: 'null'"),
        (scope, "the attribute scope says '[{\"name\": \"x\"}, {}]'; signed: 'null'"),
        (version, "the attribute scope says '[{"),
        (scoped, "the attribute scope says '[{"),
    ]
    for number in range(len(story.drawn["resourceSpans"])):
        for change, message in cases:
            document = story.copy
            change(document["resourceSpans"][number])
            own = [
                s
                for scoped_ in document["resourceSpans"][number]["scopeSpans"]
                for s in scoped_["spans"]
            ]
            found = changes(document)
            assert len(found) == len(own)
            assert [told for _, told in found if not told.startswith(message)] == []


def test_a_name_that_stands_twice_is_named_wherever_it_does(story: Story) -> None:
    document = story.copy
    held = span(document, "threshold")["attributes"]
    held.append(held[0])
    told = [message for _, message in changes(document)]
    assert any(
        m.startswith(f"the attribute {held[0]['key']}, twice says 'a name that") for m in told
    )

    document = story.copy
    group = document["resourceSpans"][0]
    group["resource"]["attributes"].append(group["resource"]["attributes"][0])
    assert any(", twice says" in message for _, message in changes(document))


def test_links_that_are_others_are_named(story: Story) -> None:
    (linked, *_) = (each for each in spans(story.drawn) if each.get("links"))
    note = {"key": "note", "value": {"stringValue": "x"}}
    for change, told in (
        ({"spanId": "f" * 16}, "the links says '"),
        ({"traceId": "f" * 32}, "the links says '"),
        ({"attributes": [*linked["links"][0].get("attributes", []), note]}, "the links says '"),
        ({"traceState": "a=b"}, "the attribute links says '[{"),
    ):
        document = story.copy
        found = next(each for each in spans(document) if each["spanId"] == linked["spanId"])
        found["links"][0].update(change)
        ((called, message),) = changes(document)
        assert linked["name"] in called and message.startswith(told)
    document = story.copy
    next(each for each in spans(document) if each["spanId"] == linked["spanId"])["links"] = []
    assert len(changes(document)) == 1


class TestASpan:
    def without(self, document: Document, gone: dict[str, Any]) -> None:
        for group in document["resourceSpans"]:
            for scoped in group["scopeSpans"]:
                scoped["spans"] = [each for each in scoped["spans"] if each is not gone]

    def test_that_was_taken_away_is_named_with_the_ledger(self, story: Story) -> None:
        document = story.copy
        gone = span(document, "threshold")
        self.without(document, gone)
        found = faults(document, story)

        (own,) = (fault for fault in found if fault.code == "missing")
        assert own.message == f"the span {gone['name']!r} ({gone['spanId']}): is missing"
        assert own.id == attribute(gone, names.ID)["stringValue"]
        assert own.index == int(attribute(gone, names.INDEX)["intValue"])
        assert faults(document)  # and something does not fit without it

    def test_that_was_added_is_named(self, story: Story) -> None:
        for again in ({}, {"spanId": "e" * 16}, {"spanId": "e" * 16, "attributes": []}):
            document = story.copy
            extra = span(document, "threshold") | again
            document["resourceSpans"][-1]["scopeSpans"][0]["spans"].append(extra)
            found = [fault for fault in faults(document, story) if fault.code == "added"]
            assert len(found) == 1
            assert found[0].message.endswith(": was added")
            assert extra["name"] in found[0].message

    def test_that_is_the_root_stands_once(self, story: Story) -> None:
        document = story.copy
        (root,) = (s for s in spans(document) if not s.get("parentSpanId"))
        document["resourceSpans"][0]["scopeSpans"][0]["spans"].append(root)
        assert [(f.code, f.message) for f in faults(document)] == [
            ("root", "2 spans say that they are the trace's root")
        ]
        self.without(document, root)
        assert ("root", "0 spans say that they are the trace's root") in [
            (fault.code, fault.message) for fault in faults(document)
        ]

    def test_of_another_trace_is_not_what_its_id_stands_for(self, story: Story) -> None:
        document = story.copy
        own = spans(document)[0]["traceId"]
        text = json.dumps(document).replace(own, "f" * 32)
        found = faults(json.loads(text))

        assert (found[0].code, found[0].message) == (
            "trace-id",
            f"what it shows is not what its trace id stands for: {'f' * 32}, not {own}",
        )


class TestAnEnvelope:
    def test_that_was_cut_is_named_by_its_span_and_id(self, story: Story) -> None:
        document = story.copy
        own = span(document, "threshold")
        held = attribute(own, names.ENVELOPE)
        held["stringValue"] = held["stringValue"][:1000]
        found = faults(document, story)

        assert found[0].code == "unreadable"
        assert found[0].id == attribute(own, names.ID)["stringValue"]
        called = f"the span {own['name']!r} ({own['spanId']})"
        assert found[0].message.startswith(f"{called}: its envelope was cut or exchanged: ")

    def test_that_is_gone_is_missed_where_an_id_is_shown(self, story: Story) -> None:
        document = story.copy
        own = span(document, "threshold")
        own["attributes"] = [a for a in own["attributes"] if a["key"] != names.ENVELOPE]

        assert "unreadable" in {fault.code for fault in faults(document)}

    def test_whose_signature_is_another_is_named_by_its_record(self, story: Story) -> None:
        document = story.copy
        own = span(document, "threshold")
        held = attribute(own, names.ENVELOPE)
        envelope = json.loads(held["stringValue"])
        sig = envelope["signatures"][0]["sig"]
        envelope["signatures"][0]["sig"] = ("B" if sig[0] == "A" else "A") + sig[1:]
        held["stringValue"] = json.dumps(envelope, separators=(",", ":"))
        found = faults(document, story)

        assert found[0].code == "signature"
        assert found[0].id == attribute(own, names.ID)["stringValue"]
        assert found[0].index == int(attribute(own, names.INDEX)["intValue"])
        assert found[0].message

    def test_whose_delegation_is_gone_or_rubbish_does_not_verify(self, story: Story) -> None:
        for values in ([], [{"stringValue": "rubbish"}]):
            document = story.copy
            for each in spans(document):
                for held in each["attributes"]:
                    if held["key"] == names.DELEGATIONS:
                        held["value"] = {"arrayValue": {"values": values}}
            assert {fault.code for fault in faults(document)} >= {"signature"}


@pytest.mark.parametrize("shown", ["yesterday", "", "2026-13-01T00:00:00Z"])
def test_a_root_that_says_no_time_gives_no_trace(story: Story, shown: str) -> None:
    document = story.copy
    (root,) = (s for s in spans(document) if not s.get("parentSpanId"))
    attribute(root, names.SHOWN_SINCE)["stringValue"] = shown
    (fault,) = faults(document)

    assert fault.code == "root"
    assert fault.message.startswith("its records give no such trace: ")


def test_a_subject_of_which_nothing_is_known_gives_no_trace(story: Story) -> None:
    document = story.copy
    (root,) = (s for s in spans(document) if not s.get("parentSpanId"))
    attribute(root, names.SUBJECT)["stringValue"] = "deployment:another"

    assert [fault.code for fault in faults(document, story)] == ["root"]


def test_what_is_folded_needs_the_ledger(story: Story) -> None:
    document = story.copy
    (root,) = (s for s in spans(document) if not s.get("parentSpanId"))
    root["attributes"].append({"key": names.FOLDED_RECORDS, "value": {"intValue": "3"}})

    (fault,) = faults(document)
    assert fault.code == "folded"
    assert fault.message.startswith("records are folded into counts: only the ledger can tell ")
    assert [fault.code for fault in faults(document, story)] == ["changed"]


def test_what_the_trace_was_before_is_taken_from_the_copy(story: Story) -> None:
    document = story.copy
    (root,) = (s for s in spans(document) if not s.get("parentSpanId"))
    before = {"key": names.PREDECESSOR_REVISION, "value": {"stringValue": "sha256:" + "0" * 64}}
    root["attributes"].append(before)

    told = [message for _, message in changes(document)]

    # The span's id is made of it, and another attribute too; of itself it is what the copy says.
    assert told[0].startswith(f"the span id, or {names.PREDECESSOR_REVISION}, says '")
    assert not any(each.startswith(f"the attribute {names.PREDECESSOR_REVISION} ") for each in told)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b"{}", b"null", b"\xff", b"[" * 99_999),
        *(b'{"resourceSpans": [{}]}', b'{"resourceSpans": 5}'),
    ],
)
def test_what_is_no_trace_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match=r"^not a trace in OTLP/JSON: (?!None)"):
        otlp_copy.from_document(data)


@pytest.mark.parametrize(
    "gone", ["name", "traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano"]
)
def test_a_span_that_lacks_what_each_has_is_refused(story: Story, gone: str) -> None:
    document = story.copy
    del span(document, "threshold")[gone]

    with pytest.raises(MalformedError, match=f"^not a trace in OTLP/JSON: '{gone}'"):
        faults(document)


@pytest.mark.parametrize(
    "value", [{}, {"stringValue": "a", "intValue": "1"}, {"kvlistValue": {}}, {"intValue": "x"}]
)
def test_a_value_that_is_none_is_refused(story: Story, value: dict[str, Any]) -> None:
    document = story.copy
    span(document, "threshold")["attributes"][0]["value"] = value

    with pytest.raises(MalformedError, match=r"^not a trace in OTLP/JSON: (?!None)"):
        faults(document)
