"""What leaves the ledger tells nothing that is private, unless it is told to: then the copy proves what
it tells, and is named once that was erased."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import answerable as ans
from answerable.errors import InvalidValueError, NotFoundError
from answerable.exporters import html, mlflow, otlp, otlp_copy, otlp_json
from answerable.exporters.mlflow.exporting import EXPERIMENT
from answerable.exporters.otlp.stitching import catch_up
from answerable.history import Verdict
from answerable.ledger import Ledger
from answerable.lineage import AccountabilityTrace
from answerable.model import Decision
from answerable.otel import attributes as names
from answerable.recording import process
from tests.cli.running import Run, running
from tests.exporters.otlp_reading import fetch
from tests.parts.jaeger import Jaeger
from tests.parts.mlflow_kinds import address

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

SUBJECT = "deployment:prod/private"
SECRETS = {
    "question": "Do we lend to Smith of Mill Lane?",
    "chosen": "decline-smith",
    "previous": "accept-smith",
    "considered": "hold-smith",
    "rationale": "an illness of the applicant",
}


@attrs.frozen
class Kept:
    """A ledger in which one decision withholds all that it can."""

    uri: str
    home: Path
    decision: Decision
    other: Decision

    def trace(self, *disclose: str) -> AccountabilityTrace:
        with ans.open(self.uri) as history:
            return history.trace(SUBJECT, disclose=disclose)

    def erase(self, field: str) -> None:
        ans.erase(self.decision, field, "asked for")
        ans.flush()

    def verify_spans(self, shown: Any, *, with_ledger: bool) -> Verdict:
        if not with_ledger:
            return otlp_copy.verify(shown)
        with ans.open(self.uri) as history:
            return otlp_copy.verify(shown, history.trace)

    def to_mlflow(self, uri: str, *disclose: str) -> None:
        with ans.open(self.uri) as history:
            assert mlflow.export(history.records(disclose), uri).rejected == ()

    def verify_mlflow(self, uri: str, *, with_ledger: bool) -> Verdict:
        if not with_ledger:
            return mlflow.verify(uri)
        with ans.open(self.uri) as history:
            return mlflow.verify(uri, kept=history.records())


@pytest.fixture
def kept(tmp_path: Path, home: Path) -> Iterator[Kept]:
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=uri, home=home, actor="analyst@bank.example", team="risk")
    with ans.step("deploy", produced=[SUBJECT]):
        with ans.decide(
            "threshold",
            question=SECRETS["question"],
            previous=SECRETS["previous"],
            private=[*SECRETS],
        ) as d:
            d.consider(SECRETS["considered"], because="later")
            d.choose(SECRETS["chosen"], because=SECRETS["rationale"])
        with ans.decide("deploy", private="rationale") as other:
            other.choose("all", because="it was tried with Smith")
    ans.flush()
    yield Kept(uri, home, d.record, other.record)
    process.replace(None)


@pytest.fixture(scope="module", params=["database", "server"])
def uri(request: pytest.FixtureRequest) -> str:
    """An MLflow, without a server and with one."""
    return address(request, request.param)


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


def nothing_is_told(text: str, *, but: str = "") -> None:
    """Neither a private value, nor one in the base64 of an envelope or a disclosure."""
    for field, secret in SECRETS.items():
        if field != but:
            assert secret not in text, field
            for shift in range(3):  # wherever it begins within three octets
                inner = base64.b64encode((" " * shift + secret).encode()).decode()[4:-4]
                assert inner not in text and inner.replace("+", "-") not in text, field
    assert but or "smith" not in text.lower()


class TestByDefaultNothingIsTold:
    def test_in_a_document_of_spans(self, kept: Kept) -> None:
        nothing_is_told(otlp_json.to_json(kept.trace()))

    def test_by_a_real_jaeger(self, kept: Kept, jaeger: Jaeger) -> None:
        sent = otlp.export(kept.trace(), jaeger.otlp_url, links_back=True)

        nothing_is_told(repr(fetch(jaeger, sent.trace_id)))

    def test_by_what_is_sent_to_jaeger_by_itself(self, kept: Kept, jaeger: Jaeger) -> None:
        ledger = Ledger.open(kept.uri, kept.home)
        sent = catch_up(ledger, kept.home, jaeger.otlp_url)
        ledger.close()

        assert sent
        for each in sent:
            nothing_is_told(repr(fetch(jaeger, each.trace_id)))

    def test_by_a_real_mlflow(self, kept: Kept, uri: str) -> None:
        kept.to_mlflow(uri)

        nothing_is_told(everything(uri, kept))

    def test_in_a_page_or_a_picture_of_it(self, kept: Kept, tmp_path: Path, run: Run) -> None:
        nothing_is_told(html.to_html(kept.trace()))
        svg, answer = tmp_path / "a.svg", tmp_path / "a.json"
        ran = run(
            "trace",
            SUBJECT,
            "--ledger",
            kept.uri,
            "--json",
            "--svg",
            str(svg),
            "--otlp-json",
            str(answer),
        )
        nothing_is_told(ran.text + svg.read_text() + answer.read_text())

    def test_by_the_spans_of_a_pipeline_while_it_runs(self, tmp_path: Path, home: Path) -> None:
        from opentelemetry import trace as api
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        ended = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(ended))
        api._TRACER_PROVIDER, before = provider, api._TRACER_PROVIDER
        try:
            ans.configure(ledger=f"sqlite:///{tmp_path / 'live.db'}", home=home)
            with ans.decide("threshold", SECRETS["question"], private=[*SECRETS]) as d:
                d.consider(SECRETS["considered"], because=SECRETS["rationale"])
                d.choose(SECRETS["chosen"], because=SECRETS["rationale"])
            ans.shutdown()
        finally:
            api._TRACER_PROVIDER = before
        spans = ended.get_finished_spans()
        assert spans
        nothing_is_told("".join(map(written, spans)))


class TestATraceThatIsToldTo:
    def test_shows_what_was_named_and_proves_it_without_the_ledger(self, kept: Kept) -> None:
        text = otlp_json.to_json(kept.trace("rationale"))
        shown = otlp_copy.from_document(text.encode())

        assert SECRETS["rationale"] in text and "it was tried with Smith" in text
        for field in ("question", "chosen", "previous", "considered"):
            assert SECRETS[field] not in text
        for with_ledger in (False, True):
            verdict = kept.verify_spans(shown, with_ledger=with_ledger)
            assert (verdict.verdict, verdict.faults) == ("valid-unwitnessed", ())

    def test_holds_in_a_real_jaeger(self, kept: Kept, jaeger: Jaeger) -> None:
        bare, told = kept.trace(), kept.trace(*SECRETS)
        for each in (bare, told):
            otlp.export(each, jaeger.otlp_url)

        spans = fetch(jaeger, told.trace_id)
        said = next(
            dict(s.attributes)
            for s in spans
            if dict(s.attributes).get(names.ID) == kept.decision.id
        )
        assert said[names.RATIONALE] == SECRETS["rationale"]
        assert said[names.CHOSEN] == f'"{SECRETS["chosen"]}"'
        assert len(said[names.DISCLOSURES]) == len(SECRETS)  # type: ignore[arg-type]
        for each in (bare, told):
            shown = otlp_copy.from_jaeger(jaeger.query_url, each.trace_id)
            for with_ledger in (False, True):
                assert kept.verify_spans(shown, with_ledger=with_ledger).faults == ()

    def test_is_another_trace_of_the_same_revision(self, kept: Kept) -> None:
        bare, one, all_ = kept.trace(), kept.trace("rationale"), kept.trace(*SECRETS)

        assert len({bare.trace_id, one.trace_id, all_.trace_id}) == 3
        assert bare.revision == one.revision == all_.revision
        assert bare.digest == all_.digest and bare.gaps == all_.gaps
        assert kept.trace("rationale").trace_id == one.trace_id

    def test_names_a_disclosure_of_something_else(self, kept: Kept) -> None:
        lie = base64.urlsafe_b64encode(b'["AAAAAAAAAAAAAAAAAAAAAA","rationale","a lie"]').rstrip(
            b"="
        )

        def change(said: dict[str, Any]) -> None:
            said[names.DISCLOSURES]["arrayValue"]["values"][0]["stringValue"] = lie.decode()
            said[names.RATIONALE]["stringValue"] = "a lie"

        faults = self.faults_of(kept, "rationale", change)

        assert ("disclosure", kept.decision.id) in faults
        assert ("changed", kept.decision.id) in faults

    def test_names_what_it_tells_without_a_disclosure(self, kept: Kept) -> None:
        def change(said: dict[str, Any]) -> None:
            said[names.DISCLOSURES]["arrayValue"]["values"] = []

        assert ("changed", kept.decision.id) in self.faults_of(kept, "rationale", change)

    def test_names_what_it_shows_otherwise_than_it_discloses(self, kept: Kept) -> None:
        def change(said: dict[str, Any]) -> None:
            said[names.RATIONALE]["stringValue"] = "he asked for it"

        assert self.faults_of(kept, "rationale", change) == [("changed", kept.decision.id)]

    def faults_of(
        self, kept: Kept, disclose: str, change: Callable[[dict[str, Any]], None]
    ) -> list[tuple[str, str | None]]:
        document = json.loads(otlp_json.to_json(kept.trace(disclose)))
        for group in document["resourceSpans"]:
            for span in group["scopeSpans"][0]["spans"]:
                said = {each["key"]: each["value"] for each in span["attributes"]}
                if said.get(names.ID, {}).get("stringValue") == kept.decision.id:
                    change(said)
        shown = otlp_copy.from_document(json.dumps(document).encode())
        return [(f.code, f.id) for f in kept.verify_spans(shown, with_ledger=False).faults]

    @pytest.mark.parametrize("where", ["document", "jaeger"])
    def test_is_named_once_that_was_erased(self, kept: Kept, jaeger: Jaeger, where: str) -> None:
        told, bare = kept.trace("rationale"), kept.trace()
        if where == "jaeger":
            otlp.export(told, jaeger.otlp_url)
            shown = otlp_copy.from_jaeger(jaeger.query_url, told.trace_id)
        else:
            shown = otlp_copy.from_document(otlp_json.to_json(told).encode())
        kept.erase("rationale")

        (fault,) = kept.verify_spans(shown, with_ledger=True).faults

        assert (fault.code, fault.id) == ("not-erased", kept.decision.id)
        assert "its rationale was erased on 20" in fault.message
        withheld = otlp_copy.from_document(otlp_json.to_json(bare).encode())
        assert kept.verify_spans(withheld, with_ledger=True).faults == ()
        assert SECRETS["rationale"] not in otlp_json.to_json(kept.trace("rationale"))

    def test_may_be_a_page_too(self, kept: Kept) -> None:
        page = html.to_html(kept.trace("rationale"))

        assert SECRETS["rationale"] in page
        assert "rationale: disclosed here (sha256:" in page

    def test_is_sent_beside_the_one_that_tells_nothing(self, kept: Kept, jaeger: Jaeger) -> None:
        ledger = Ledger.open(kept.uri, kept.home)
        bare = catch_up(ledger, kept.home, jaeger.otlp_url)
        told = catch_up(ledger, kept.home, jaeger.otlp_url, ["rationale"])
        again = catch_up(ledger, kept.home, jaeger.otlp_url, ["rationale"])
        ledger.close()

        assert {each.revision for each in bare} <= {each.revision for each in told}
        assert {each.trace_id for each in bare} != {each.trace_id for each in told}
        assert again == []
        assert SECRETS["rationale"] in repr(fetch(jaeger, told[-1].trace_id))


class TestMlflowThatIsToldTo:
    def test_shows_what_was_named_and_proves_it(self, kept: Kept, uri: str) -> None:
        kept.to_mlflow(uri, f"{kept.decision.id}:rationale", f"{kept.decision.id}:chosen")

        text = everything(uri, kept)
        assert SECRETS["rationale"] in text and SECRETS["chosen"] in text
        assert SECRETS["question"] not in text and "tried with Smith" not in text
        for with_ledger in (False, True):
            mine = self.faults(kept, uri, with_ledger=with_ledger)
            assert mine == []
        found = {d.id: d for d in mlflow.search(uri)}[kept.decision.id]
        assert (found.rationale, found.chosen) == (SECRETS["rationale"], SECRETS["chosen"])
        assert found.question == "withheld"
        assert found.custody is not None and found.custody.verified
        assert set(found.custody.disclosed) == {"rationale", "chosen"}

    def test_tells_no_more_than_the_last_export_named(self, kept: Kept, uri: str) -> None:
        kept.to_mlflow(uri, *SECRETS)
        kept.to_mlflow(uri)

        nothing_is_told(everything(uri, kept))
        assert self.faults(kept, uri, with_ledger=True) == []

    @pytest.mark.parametrize("with_ledger", [True, False])
    def test_is_named_once_that_was_erased(self, kept: Kept, uri: str, with_ledger: bool) -> None:
        kept.to_mlflow(uri, "rationale")
        kept.erase("rationale")
        if not with_ledger:  # then MLflow knows it by the erasure that it was sent
            with ans.open(kept.uri) as history:
                erasures = [r for r in history.records() if type(r).__name__ == "Erasure"]
            mlflow.export(erasures, uri)

        faults = self.faults(kept, uri, with_ledger=with_ledger)
        assert ("not-erased", kept.decision.id) in faults
        assert not [f for f in faults if f[0] not in ("not-erased", "missing")]

        kept.to_mlflow(uri, "rationale")
        assert self.faults(kept, uri, with_ledger=with_ledger) == []
        assert SECRETS["rationale"] not in everything(uri, kept)

    def test_tells_nothing_in_an_experiment_that_it_was_not_sent_to(
        self, kept: Kept, uri: str
    ) -> None:
        kept.to_mlflow(uri)
        with ans.open(kept.uri) as history:
            sent = mlflow.export(history.records([*SECRETS]), uri, experiment="for-the-auditor")

        # MLflow has one trace of an id, wherever it is sent.
        rejected = {each.id: each.because for each in sent.rejected}
        assert "in another experiment" in rejected[kept.decision.id]
        nothing_is_told(everything(uri, kept))

    def test_names_a_value_that_somebody_edits(self, kept: Kept, uri: str) -> None:
        from mlflow import MlflowClient

        kept.to_mlflow(uri, "chosen")
        (trace,) = traces(uri, kept)
        MlflowClient(tracking_uri=uri).set_trace_tag(
            trace.info.trace_id, "answerable.chosen", 'v1:"accept"'
        )

        assert self.faults(kept, uri, with_ledger=False) == [("edited", kept.decision.id)]

    def faults(self, kept: Kept, uri: str, *, with_ledger: bool) -> list[tuple[str, str | None]]:
        """Those about this ledger's records: the MLflow holds those of the other tests, too."""
        with ans.open(kept.uri) as history:
            mine = {record.id for record in history.records()}
        verdict = kept.verify_mlflow(uri, with_ledger=with_ledger)
        return [(f.code, f.id) for f in verdict.faults if f.id in mine]


class TestTheWords:
    def test_a_record_is_named_by_its_id(self, kept: Kept) -> None:
        text = otlp_json.to_json(kept.trace(kept.decision.id))

        assert all(secret in text for secret in SECRETS.values())
        assert "tried with Smith" not in text

    def test_they_are_those_of_a_bundle(self, kept: Kept) -> None:
        with ans.open(kept.uri) as history:
            one = json.loads(history.bundle(SUBJECT, disclose=[f"{kept.other.id}:rationale"]))
            all_ = json.loads(history.bundle(SUBJECT, disclose=[kept.decision.id, "rationale"]))
        assert (len(one["disclosures"]), len(all_["disclosures"])) == (1, len(SECRETS) + 1)

    @pytest.mark.parametrize("word", ["used", "", "rationale ", "x:rationale", "deployment:a"])
    def test_what_is_neither_is_refused(self, kept: Kept, word: str) -> None:
        with pytest.raises(InvalidValueError, match="no private field"):
            kept.trace(word)
        with ans.open(kept.uri) as history, pytest.raises(InvalidValueError):
            history.records([word])

    def test_a_record_that_withholds_no_such_thing_is_told(self, kept: Kept) -> None:
        nobody = "00000000-0000-7000-8000-00000000000f"
        for word in (nobody, f"{nobody}:rationale", f"{kept.other.id}:chosen"):
            with pytest.raises(NotFoundError, match="here is no record"):
                kept.trace(word)
            with ans.open(kept.uri) as history, pytest.raises(NotFoundError):
                history.records([word])

    def test_every_private_field_that_is_shown_is_said_to_be(self, kept: Kept) -> None:
        with ans.open(kept.uri, disclose=True) as history:
            found = history.get(kept.decision.id)
        assert found.custody is not None
        assert set(found.custody.disclosed) == set(SECRETS)
        assert found.custody.disclosures == ()  # to look is not to hand over


def test_the_command_line_has_the_same(kept: Kept, uri: str, tmp_path: Path, run: Run) -> None:
    file = tmp_path / "trace.json"
    words = ("--ledger", kept.uri, "--json")

    told = run("trace", SUBJECT, *words, "--otlp-json", str(file), "--disclose", "rationale")
    assert told.status == 0
    assert SECRETS["rationale"] in told.text and SECRETS["rationale"] in file.read_text()
    assert run("verify", "--otlp-json", str(file), "--json").status == 0
    assert run("export", "mlflow", "--mlflow", uri, *words, "--disclose", kept.other.id).status == 0
    bad = run("trace", SUBJECT, *words, "--disclose", "used")
    assert (bad.status, bad.json["error"]["code"]) == (2, "invalid-value")

    kept.erase("rationale")
    ended = run("verify", "--otlp-json", str(file), *words)
    assert ended.status == 1
    assert [f["code"] for f in ended.json["faults"]] == ["not-erased"]


def traces(uri: str, kept: Kept) -> list[Any]:
    """As MLflow gives them, those of the private decision."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    return list(
        client.search_traces(
            locations=[experiment.experiment_id],
            filter_string=f"tags.`answerable.id` = '{kept.decision.id}'",
        )
    )


def everything(uri: str, kept: Kept) -> str:
    """All that MLflow says of the two decisions: columns, tags, metadata, attributes, events."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    found = [*traces(uri, kept)]
    other = attrs.evolve(kept, decision=kept.other)
    found += traces(uri, other)
    assert len(found) == 2
    del client
    return "".join(trace.to_json() for trace in found)


def written(span: ReadableSpan) -> str:
    return str(span.to_json())
