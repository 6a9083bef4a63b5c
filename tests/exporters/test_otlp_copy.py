"""A copy of a trace against what was signed: nothing in it can be changed without being named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest

import answerable as ans
from answerable.errors import ExportError, MalformedError, NotFoundError
from answerable.exporters import otlp, otlp_copy, otlp_json
from answerable.lineage import AccountabilityTrace
from answerable.stitched import TimeAxis
from tests.cli.running import Run, running
from tests.parts.jaeger import Jaeger

SUBJECT = "deployment:prod/scores"


@pytest.fixture
def ledger(tmp_path: Path, home: Path) -> str:
    """Two teams, every kind of record and join, a history, and some gaps."""
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"

    def as_(team: str, actor: str) -> None:
        ans.configure(ledger=uri, home=str(home), team=team, actor=f"person:{actor}@bank.example")

    digest = "sha256:" + "1" * 64
    as_("data", "steward")
    with ans.step("select", produced=[ans.artifact("dataset:cases@1", digest=digest)]):
        with ans.decide("dataset") as first:
            first.choose("all", because="what there is")
        ans.choose(
            "dataset", "recent", over={"all": "too old"}, because="like today", supersedes=first.id
        )
    as_("scoring", "analyst")

    @ans.step(
        "train",
        used=[ans.artifact("dataset:cases@1", digest=digest), "vendor:bureau@1"],
        produced=["model:scores@1"],
    )
    def train(depth: Annotated[int, ans.Choice("hyperparameter")] = 3) -> None:
        with ans.decide("threshold", accountable="role:head-of-scoring") as d:
            d.consider(0.5, because="declines too many")
            d.evidence("report:r@1", "vendor_assertion", valid_until="2020-01-31")
            d.assume("it lasts", review_by="2020-06-30", owner="role:head-of-risk")
            d.vote("person:member@bank.example", "against", because="too soon")
            d.choose(0.62, because="measured")

    train()
    with ans.step("deploy", used=["model:scores@1"], produced=[SUBJECT]):
        ans.choose("deploy", {"share": 0.1}, because="carefully")
    ans.dissent(SUBJECT, because="too soon")
    ans.approve(SUBJECT, digest="sha256:" + "2" * 64, because="seen")
    ans.shutdown()
    return uri


@pytest.fixture
def trace(ledger: str, home: Path) -> AccountabilityTrace:
    with ans.open(ledger, home=str(home)) as history:
        return history.trace(SUBJECT)


@pytest.fixture
def document(trace: AccountabilityTrace) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(otlp_json.to_json(trace))
    return found


def spans(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        span
        for group in document["resourceSpans"]
        for scoped in group["scopeSpans"]
        for span in scoped["spans"]
    ]


def faults(document: dict[str, Any], kept: otlp_copy.Stitch | None = None) -> list[tuple[str, str]]:
    shown = otlp_copy.from_document(json.dumps(document).encode())
    return [(fault.code, fault.message) for fault in otlp_copy.verify(shown, kept).faults]


def changed(document: dict[str, Any], number: int, **fields: Any) -> list[tuple[str, str]]:
    """What is found where the span of that number has these fields instead."""
    mutant = copy.deepcopy(document)
    span = spans(mutant)[number]
    span.update(fields)
    return faults(mutant)


@pytest.mark.parametrize("axis", ["compressed", "true"])
def test_what_was_drawn_holds(
    ledger: str, home: Path, trace: AccountabilityTrace, axis: TimeAxis
) -> None:
    drawn = json.loads(otlp_json.to_json(trace, time_axis=axis))

    assert faults(drawn) == []
    with ans.open(ledger, home=str(home)) as history:
        assert faults(drawn, history.trace) == []


def test_the_story_has_something_of_everything(document: dict[str, Any]) -> None:
    """Else what follows would leave out what it is about."""
    names = {a["key"] for span in spans(document) for a in span["attributes"]}

    for name in ("superseded_by", "cause.ids", "gap.code", "votes", "evidence", "meaning", "phase"):
        assert f"answerable.{name}" in names
    assert sum("links" in span for span in spans(document)) >= 3
    assert sum("status" in span for span in spans(document)) >= 3


def test_every_attribute_of_every_span_is_checked(document: dict[str, Any]) -> None:
    """Changed, taken away, or given another type: each is found, and named by span and field."""
    unnoticed, unnamed = [], []
    for number, span in enumerate(spans(document)):
        for place, attribute in enumerate(span["attributes"]):
            key, before = attribute["key"], span["attributes"]
            for after in (_other(attribute), None):
                rest = [*before[:place], *([after] if after else []), *before[place + 1 :]]
                found = changed(document, number, attributes=rest)
                if not found:
                    unnoticed.append((span["name"], key, after))
                elif not any(span["name"] in told and key in told for _, told in found):
                    unnamed.append((span["name"], key, found[0]))

    assert unnoticed == []
    # These say what the whole is, or carry what all else is made from: without them it is told
    # what no longer fits.
    whole = {"answerable.subject", "answerable.time_axis", "answerable.shown_since"}
    carried = {"answerable.envelope", "answerable.delegations", "answerable.id"}
    assert [each for each in unnamed if each[1] not in whole | carried] == []


def test_everything_else_of_every_span_is_checked(document: dict[str, Any]) -> None:
    unnoticed = []
    for number, span in enumerate(spans(document)):
        added = [*span["attributes"], {"key": "answerable.note", "value": {"stringValue": "x"}}]
        mutants: list[tuple[str, Any]] = [
            ("name", span["name"] + "!"),
            ("kind", 2),
            ("startTimeUnixNano", str(int(span["startTimeUnixNano"]) + 1000)),
            ("endTimeUnixNano", str(int(span["endTimeUnixNano"]) - 1000)),
            ("spanId", "f" * 16),
            ("parentSpanId", "f" * 16),
            ("traceId", "f" * 32),
            ("attributes", added),
            ("status", {} if "status" in span else {"code": 2, "message": "bad"}),
            ("links", span.get("links", [])[1:] if span.get("links") else [_link(span)]),
        ]
        if "status" in span:
            mutants.append(("status", {"code": 2, "message": "fine, really"}))
        for link in span.get("links", []):
            moved = {**link, "spanId": "f" * 16}
            mutants.append(("links", [moved if each is link else each for each in span["links"]]))
        for field, value in mutants:
            if span.get(field) == value:
                continue
            found = changed(document, number, **{field: value})
            if not found or not any(span["name"].rstrip("!") in told for _, told in found):
                unnoticed.append((span["name"], field, found[:1]))

    assert unnoticed == []


def test_another_service_is_found(document: dict[str, Any]) -> None:
    for group in document["resourceSpans"]:
        mutant = copy.deepcopy(document)
        (chosen,) = (g for g in mutant["resourceSpans"] if g == group)
        for attribute in chosen["resource"]["attributes"]:
            if attribute["key"] == "service.name":
                attribute["value"]["stringValue"] = "another team"
        assert any("the service says 'another team'" in told for _, told in faults(mutant))


def test_every_span_that_was_taken_away_is_found(document: dict[str, Any]) -> None:
    for number, span in enumerate(spans(document)):
        mutant = copy.deepcopy(document)
        gone = spans(mutant)[number]
        for group in mutant["resourceSpans"]:
            for scoped in group["scopeSpans"]:
                scoped["spans"] = [each for each in scoped["spans"] if each is not gone]
        assert faults(mutant), span["name"]


def test_a_span_that_was_taken_away_is_named_with_the_ledger(
    ledger: str, home: Path, document: dict[str, Any]
) -> None:
    (threshold,) = (s for s in spans(document) if s["name"].startswith("threshold"))
    for group in document["resourceSpans"]:
        for scoped in group["scopeSpans"]:
            scoped["spans"] = [s for s in scoped["spans"] if s is not threshold]

    with ans.open(ledger, home=str(home)) as history:
        found = faults(document, history.trace)

    assert (
        "missing",
        f"the span {threshold['name']!r} ({threshold['spanId']}): is missing",
    ) in found


def test_a_span_that_was_added_or_stands_twice_is_found(document: dict[str, Any]) -> None:
    for number in range(len(spans(document))):
        for again in ({}, {"spanId": "e" * 16}, {"spanId": "e" * 16, "attributes": []}):
            mutant = copy.deepcopy(document)
            extra = spans(mutant)[number] | again
            mutant["resourceSpans"][0]["scopeSpans"][0]["spans"].append(extra)
            assert faults(mutant), (extra["name"], again)


def test_a_copy_drawn_anew_without_a_record_is_found_with_the_ledger_alone(
    ledger: str, home: Path, trace: AccountabilityTrace
) -> None:
    """Whoever draws all of it again makes a trace that holds by itself; and says so openly."""
    from answerable.lineage import MemoryLookup, stitch

    records = [p.record for p in trace.placed() if getattr(p.record, "kind", "") != "threshold"]
    drawn = json.loads(otlp_json.to_json(stitch(SUBJECT, MemoryLookup(records), trace.as_of)))

    assert faults(drawn) == []
    with ans.open(ledger, home=str(home)) as history:
        assert "missing" in {code for code, _ in faults(drawn, history.trace)}


def test_an_envelope_that_a_viewer_cut_is_said_to_be_cut(document: dict[str, Any]) -> None:
    for span in spans(document):
        for attribute in span["attributes"]:
            if attribute["key"] == "answerable.envelope":
                attribute["value"]["stringValue"] = attribute["value"]["stringValue"][:1000]

    found = faults(document)

    assert sum("its envelope was cut or exchanged" in told for _, told in found) >= 8


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"null", b'{"resourceSpans": [{}]}', b"\xff", b'{"resourceSpans": 5}'],
)
def test_what_is_no_trace_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match="not a trace"):
        otlp_copy.from_document(data)


def test_an_empty_trace_has_no_root() -> None:
    shown = otlp_copy.from_document(b'{"resourceSpans": []}')

    assert [fault.code for fault in otlp_copy.verify(shown).faults] == ["root"]


class TestJaeger:
    def test_what_a_real_jaeger_shows_holds(
        self, jaeger: Jaeger, trace: AccountabilityTrace, ledger: str, home: Path
    ) -> None:
        sent = otlp.export(trace, jaeger.otlp_url)

        shown = otlp_copy.from_jaeger(jaeger.query_url, sent.trace_id)

        assert otlp_copy.verify(shown).faults == ()
        with ans.open(ledger, home=str(home)) as history:
            assert otlp_copy.verify(shown, history.trace).faults == ()

    def test_a_span_that_was_slipped_in_is_found(
        self, jaeger: Jaeger, trace: AccountabilityTrace
    ) -> None:
        """Jaeger takes whatever is sent to it under the trace's id."""
        import requests

        sent = otlp.export(trace, jaeger.otlp_url)
        forged = json.loads(otlp_json.to_json(trace))
        (threshold,) = (s for s in spans(forged) if s["name"].startswith("threshold"))
        threshold |= {"spanId": "d" * 16, "name": "threshold = 0.1"}
        forged["resourceSpans"] = forged["resourceSpans"][:1]
        forged["resourceSpans"][0]["scopeSpans"][0]["spans"] = [threshold]
        with requests.Session() as session:
            session.trust_env = False
            session.post(f"{jaeger.otlp_url}/v1/traces", json=forged).raise_for_status()

        shown = otlp_copy.from_jaeger(jaeger.query_url, sent.trace_id)

        found = otlp_copy.verify(shown).faults
        assert any("threshold = 0.1" in f.message or "was added" in f.message for f in found)

    def test_a_trace_that_is_not_there_is_not_found(self, jaeger: Jaeger) -> None:
        with pytest.raises(NotFoundError):
            otlp_copy.from_jaeger(jaeger.query_url, "0" * 31 + "1")

    def test_one_that_does_not_answer_is_told(self) -> None:
        with pytest.raises(ExportError, match="does not answer"):
            otlp_copy.from_jaeger("http://127.0.0.1:9", "1" * 32)
        with pytest.raises(ExportError, match="not an HTTP address"):
            otlp_copy.from_jaeger("file:///etc", "1" * 32)


class TestTheCommand:
    @pytest.fixture
    def run(self, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
        return running(capfdbinary)

    def test_a_file_is_checked_alone_and_with_the_ledger(
        self, run: Run, ledger: str, document: dict[str, Any], tmp_path: Path
    ) -> None:
        file = tmp_path / "trace.json"
        file.write_text(json.dumps(document))

        found = run("verify", "--otlp-json", str(file), "--json")
        assert (found.status, found.json["verdict"], found.json["faults"]) == (
            *(0, "valid-unwitnessed", []),
        )
        assert run("verify", "--otlp-json", str(file), "--ledger", ledger).status == 0

        spans(document)[3]["name"] = "something else"
        file.write_text(json.dumps(document))
        found = run("verify", "--otlp-json", str(file), "--json")
        assert found.status == 1
        assert found.json["faults"][0]["code"] == "changed"
        assert "the name says 'something else'" in found.json["faults"][0]["message"]

    def test_a_jaeger_is_asked(self, run: Run, jaeger: Jaeger, trace: AccountabilityTrace) -> None:
        sent = otlp.export(trace, jaeger.otlp_url)
        words = ("verify", "--jaeger", jaeger.query_url)

        assert run(*words, sent.trace_id).status == 0
        assert run(*words, "0" * 31 + "1").status == 2

    def test_no_file_exits_2(self, run: Run, tmp_path: Path) -> None:
        assert run("verify", "--otlp-json", str(tmp_path / "absent")).status == 2


def _other(attribute: dict[str, Any]) -> dict[str, Any]:
    ((kind, value),) = attribute["value"].items()
    other: dict[str, Callable[[], Any]] = {
        "stringValue": lambda: f"{value}x",
        "intValue": lambda: str(int(value) + 1),
        "boolValue": lambda: not value,
        "doubleValue": lambda: value + 1,
        "arrayValue": lambda: {"values": [*value["values"], {"stringValue": "x"}]},
    }
    return {"key": attribute["key"], "value": {kind: other[kind]()}}


def _link(span: dict[str, Any]) -> dict[str, Any]:
    return {"traceId": span["traceId"], "spanId": "f" * 16, "attributes": []}


def test_what_no_stitched_span_has_is_found_wherever_it_stands(document: dict[str, Any]) -> None:
    """What a viewer shows besides: logs, notes about the resource, a second value of a name."""
    note = {"key": "note", "value": {"stringValue": "approved by all"}}
    event = {"timeUnixNano": "1", "name": "approved by all"}
    unnoticed = []
    for number, span in enumerate(spans(document)):
        again = {**span["attributes"][0], "value": {"stringValue": "another"}}
        mutants: list[tuple[str, dict[str, Any]]] = [
            ("events", {"events": [event]}),
            ("traceState", {"traceState": "a=b"}),
            ("droppedAttributesCount", {"droppedAttributesCount": 3}),
            ("status", {"status": {"code": 1}}),
            ("status", {"status": {"code": 0, "message": "fine"}}),
            ("twice", {"attributes": [again, *span["attributes"]]}),
            ("twice", {"attributes": [*span["attributes"], again]}),
        ]
        if links := span.get("links"):
            mutants.append(("links", {"links": [{**links[0], "traceState": "a=b"}, *links[1:]]}))
            noted = {**links[0], "attributes": [*links[0].get("attributes", []), note]}
            mutants.append(("links", {"links": [noted, *links[1:]]}))
        for field, changes in mutants:
            found = changed(document, number, **changes)
            if not any(span["name"] in told and field in told for _, told in found):
                unnoticed.append((span["name"], field, found[:1]))
    assert unnoticed == []

    for number in range(len(document["resourceSpans"])):
        for where in ("resource", "scope", "group"):
            mutant = copy.deepcopy(document)
            group = mutant["resourceSpans"][number]
            if where == "group":
                group["schemaUrl"] = "https://example.org/approved-by-all"
            elif where == "resource":
                group["resource"]["attributes"].append(note)
            else:
                group["scopeSpans"][0]["scope"]["version"] = "approved by all"
            named = "scope" if where == "scope" else "resource"
            assert any(f"the attribute {named} says" in told for _, told in faults(mutant))


class TestALaterDecision:
    """Makes a revision of its own, which names the one before it; both are in Jaeger."""

    def test_names_what_the_trace_was_before_it(
        self, jaeger: Jaeger, trace: AccountabilityTrace, ledger: str, home: Path
    ) -> None:
        otlp.export(trace, jaeger.otlp_url)
        ans.configure(ledger=ledger, home=str(home))
        (threshold,) = (p.record for p in trace.records if getattr(p.record, "chosen", 0) == 0.62)
        ans.choose("threshold", 0.7, over={0.62: "too low"}, because="x", supersedes=threshold.id)
        ans.shutdown()
        with ans.open(ledger, home=str(home)) as history:
            later = history.trace(SUBJECT)
            again = history.trace(SUBJECT)
        assert later.predecessor == again.predecessor == trace.revision

        otlp.export(later, jaeger.otlp_url)

        assert later.trace_id != trace.trace_id
        root = next(
            dict(span.attributes)
            for span in otlp_copy.from_jaeger(jaeger.query_url, later.trace_id)
            if span.parent_id is None
        )
        assert root["answerable.predecessor.revision"] == trace.revision
        assert root["answerable.predecessor.trace_id"] == trace.trace_id
        assert otlp_copy.from_jaeger(jaeger.query_url, trace.trace_id)

    def test_is_told_by_the_command(
        self, ledger: str, jaeger: Jaeger, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        run = running(capfdbinary)
        told = run("trace", SUBJECT, "--ledger", ledger, "--otlp", jaeger.otlp_url, "--json").json
        shown = run("trace", SUBJECT, "--ledger", ledger, "--otlp", jaeger.otlp_url).text

        before = told["predecessor"]
        assert before is not None
        assert (
            f"as trace {told['trace_id']}, revision {told['revision']}; before that it was "
            f"{before['trace_id']}, {before['revision']}\n"
        ) in shown
