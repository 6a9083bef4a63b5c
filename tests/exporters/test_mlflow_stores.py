"""Decision history in a real MLflow: a tracking server over HTTP, and a database without one, each on
SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
import pytest
from opentelemetry import trace as opentelemetry
from opentelemetry.sdk.trace import TracerProvider
from securesystemslib.dsse import Envelope as OutsideEnvelope
from securesystemslib.signer import SSlibKey

from answerable import statement
from answerable.errors import (
    ExportError,
    InvalidValueError,
    NotFoundError,
)
from answerable.exporters.mlflow import Exported, copies, export, search, tags
from answerable.exporters.mlflow.embedded import Database
from answerable.exporters.mlflow.places import locate
from answerable.exporters.mlflow.server import Server
from answerable.exporters.mlflow.shaping import show
from answerable.exporters.mlflow.spans import to_span
from answerable.exporters.mlflow.store import Store
from answerable.model import Artifact, Decision, Record
from answerable.signing import Envelope
from tests.exporters.mlflow_records import ANA, DATA, MODEL, Emitter, envelope

if TYPE_CHECKING:
    from mlflow import MlflowClient

ABSENT_RUN = "00000000000000000000000000abcdef"


@attrs.frozen
class World:
    """Two emitters' records in one experiment, exported once and read by many tests."""

    uri: str
    experiment: str
    run: str
    ana: Emitter
    data: Emitter
    threshold: Decision
    exported: Exported

    @property
    def records(self) -> list[Record]:
        return [*self.ana.records, *self.data.records]


@pytest.fixture(scope="module")
def world(uri: str, client: MlflowClient) -> World:
    run = client.create_run("0").info.run_id
    ana = Emitter()
    data = Emitter(actor="role:data-steward", team="data")
    threshold = ana.decision(run=run)
    ana.decision(
        kind="vendor", chosen={"name": "acme"}, used=(Artifact(ref="vendor:acme@2"),), about=()
    )
    ana.approval()
    ana.dissent()
    data.step()
    data.decision(kind="dataset", chosen="1990, without column 7", accountable=None, about=())
    data.decision(kind="threshold", chosen=0.5, run=ABSENT_RUN, about=("model:other@1",))
    name = f"answerable-{uuid.uuid4().hex[:8]}"
    exported = export([*ana.records, *data.records], uri, experiment=name)
    return World(uri, name, run, ana, data, threshold, exported)


class TestExport:
    def test_everything_but_steps_is_written(self, world: World) -> None:
        assert world.exported.sent == len(world.records) - 1
        assert world.exported.rejected == ()

    def test_the_run_that_is_there_is_linked_and_the_one_that_is_not_is_told(
        self, world: World
    ) -> None:
        assert world.exported.linked == 1
        (unlinked,) = world.exported.unlinked
        assert (unlinked.run, unlinked.because) == (ABSENT_RUN, "MLflow has no such run")

    def test_a_run_may_be_named_as_mlflows_and_another_systems_is_no_matter(
        self, uri: str, client: MlflowClient, experiment: str
    ) -> None:
        run = client.create_run("0").info.run_id
        emitter = Emitter()
        emitter.decision(run=f"mlflow:{run}")
        emitter.decision(run="7301245596")  # a CI job

        exported = export(emitter.records, uri, experiment=experiment)

        assert (exported.linked, exported.unlinked) == (1, ())
        assert (
            len(
                client.search_traces(
                    locations=[exported.experiment_id], filter_string=f"run_id = '{run}'"
                )
            )
            == 1
        )

    def test_mlflow_alone_finds_the_threshold_by_its_decider_kind_and_run(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import mlflow

        monkeypatch.setenv("MLFLOW_TRACKING_URI", world.uri)
        (found,) = mlflow.search_traces(
            locations=[world.exported.experiment_id],
            return_type="list",
            filter_string=f"run_id = '{world.run}' AND tags.`answerable.kind` = 'threshold'"
            f" AND tags.`answerable.decided_by` = '{ANA}'",
        )

        assert found.info.tags["mlflow.traceName"] == "threshold = 0.62"
        assert found.info.tags["answerable.id"] == world.threshold.id
        assert found.data.spans[0].outputs["chosen"] == 0.62
        assert json.loads(found.info.request_preview)["question"] == world.threshold.question

    def test_its_envelope_verifies_with_a_strangers_tools(
        self, world: World, client: MlflowClient
    ) -> None:
        def one(filter: str) -> dict[str, object]:
            (found,) = client.search_traces(
                locations=[world.exported.experiment_id], filter_string=filter
            )
            return dict(found.data.spans[0].attributes)

        decided = one(f"tags.`answerable.id` = '{world.threshold.id}'")
        key_id = decided["answerable.key_id"]
        lent = one(
            f"tags.`answerable.type` = 'delegation' AND tags.`answerable.key_id` = '{key_id}'"
        )
        session = lent["mlflow.spanOutputs"]
        assert isinstance(session, dict)
        key = SSlibKey(str(key_id), "ed25519", "ed25519", {"public": str(session["session_key"])})
        text = str(decided["answerable.envelope"]).removeprefix("v1:")

        OutsideEnvelope.from_dict(json.loads(text)).verify([key], 1)
        assert text.encode() == envelope(world.threshold)

    @pytest.mark.parametrize(
        ("filter", "count"),
        [
            ("tags.`answerable.artifacts` LIKE '% vendor:acme@%'", 1),
            (f"tags.`answerable.digests` LIKE '% {DATA.digest} %'", 3),
            ("tags.`answerable.accountable` = 'role:head-of-credit-risk'", 3),
            ("tags.`answerable.chosen` = 'v1:0.62'", 1),
            ("tags.`answerable.type` = 'approval'", 1),
            ("tags.`answerable.type` = 'dissent'", 1),
            ("tags.`answerable.kind` RLIKE '^(threshold|vendor)$'", 3),
        ],
    )
    def test_the_documented_filters_work(
        self, world: World, client: MlflowClient, filter: str, count: int
    ) -> None:
        found = client.search_traces(
            locations=[world.exported.experiment_id], filter_string=filter, include_spans=False
        )

        assert len(found) == count

    def test_sent_twice_is_there_once(self, world: World, client: MlflowClient) -> None:
        def everything() -> dict[str, tuple[object, ...]]:
            found = client.search_traces(locations=[world.exported.experiment_id])
            return {
                t.info.trace_id: (
                    t.info.request_time,
                    t.info.execution_duration,
                    t.info.tags,
                    [s.to_dict() for s in t.data.spans],
                )
                for t in found
            }

        before = everything()
        again = export(world.records, world.uri, experiment=world.experiment, batch=3)

        assert again == world.exported
        assert everything() == before
        assert len(before) == world.exported.sent

    def test_what_was_edited_is_put_right_by_sending_it_again(
        self, uri: str, client: MlflowClient, experiment: str
    ) -> None:
        emitter = Emitter()
        record = emitter.decision()
        export(emitter.records, uri, experiment=experiment)
        client.set_trace_tag(show(envelope(record), 0).request_id, tags.KIND, "vendor")

        export(emitter.records, uri, experiment=experiment)

        (read,) = search(uri, experiment=experiment)
        assert read.custody and read.custody.verified

    def test_one_bad_span_does_not_take_the_batch_with_it(
        self, uri: str, client: MlflowClient, experiment: str
    ) -> None:
        emitter = Emitter()
        for _ in range(5):
            emitter.decision()
        store = Store.open(uri, experiment, create=True)
        spans = [to_span(show(envelope(record), None)) for record in emitter.records]
        spans[2].start_time_unix_nano = spans[2].end_time_unix_nano = 2**63 + 1

        ((at, because),) = store.send(spans)

        assert at == 2
        assert re.search("too large|out of range", because), because
        assert len(client.search_traces(locations=[store.experiment_id])) == len(spans) - 1

    def test_a_record_without_a_readable_envelope_is_told_and_the_rest_is_written(
        self, uri: str, experiment: str
    ) -> None:
        emitter = Emitter()
        good, bad, bare = emitter.decision(), emitter.decision(), emitter.decision()
        assert bad.custody
        bad = attrs.evolve(bad, custody=attrs.evolve(bad.custody, envelope=b"{}"))
        bare = attrs.evolve(bare, custody=None)

        exported = export([good, bad, bare], uri, experiment=experiment)

        assert exported.sent == 1
        assert [r.id for r in exported.rejected] == [bad.id, bare.id]
        assert "envelope" in exported.rejected[1].because

    def test_a_record_that_another_experiment_holds_is_told(
        self, uri: str, world: World, experiment: str
    ) -> None:
        exported = export([world.threshold], uri, experiment=experiment)

        assert exported.sent == 0
        assert "in one it was sent to before" in exported.rejected[0].because

    def test_times_of_every_century_are_taken(self, uri: str, experiment: str) -> None:
        emitter = Emitter()
        years = [1890, 1999, 2200, 2600]
        for year in years:
            emitter.decision(decided_at=datetime(year, 1, 1, tzinfo=UTC))

        assert export(emitter.records, uri, experiment=experiment).rejected == ()
        found = search(uri, experiment=experiment, until="2300-01-01")
        assert [d.decided_at.year for d in found] == [2200, 1999, 1890]
        assert all(d.custody and d.custody.verified for d in found)
        assert len(search(uri, experiment=experiment, since="2500-01-01")) == 1

    def test_a_batch_of_nothing_is_an_error(self, uri: str) -> None:
        with pytest.raises(InvalidValueError):
            export([], uri, batch=0)

    def test_a_deleted_experiment_is_told(
        self, uri: str, client: MlflowClient, experiment: str
    ) -> None:
        exported = export([], uri, experiment=experiment)
        client.delete_experiment(exported.experiment_id)

        with pytest.raises(ExportError, match="was deleted"):
            export([Emitter().decision()], uri, experiment=experiment)

    def test_who_loses_the_race_for_an_experiment_takes_the_winners(
        self, uri: str, experiment: str
    ) -> None:
        place = locate(uri)
        transport = Server(place) if place.kind == "server" else Database(place)

        assert transport.create(experiment) == transport.create(experiment)

    @pytest.fixture
    def provider(self) -> Iterator[TracerProvider]:
        provider = TracerProvider()
        yield provider
        provider.shutdown()

    def test_the_users_tracking_address_and_tracer_provider_stay(
        self, uri: str, experiment: str, monkeypatch: pytest.MonkeyPatch, provider: TracerProvider
    ) -> None:
        import mlflow

        monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example.org")
        monkeypatch.setattr(opentelemetry, "_TRACER_PROVIDER", provider)
        emitter = Emitter()
        emitter.decision()
        before = dict(os.environ)

        export(emitter.records, uri, experiment=experiment)
        search(uri, experiment=experiment)

        assert dict(os.environ) == before
        assert mlflow.get_tracking_uri() == "http://mlflow.example.org"
        assert opentelemetry.get_tracer_provider() is provider
        assert MODEL in emitter.records[1].about


class TestSearch:
    def test_what_is_found_is_what_was_signed_and_verified(self, world: World) -> None:
        (found,) = search(world.uri, experiment=world.experiment, kind="threshold", actor=ANA)

        assert found == world.threshold
        assert found.custody and found.custody.verified
        assert found.custody.fault is None
        assert found.custody.envelope == envelope(world.threshold)

    def test_the_newest_comes_first_and_a_limit_keeps_the_newest(self, world: World) -> None:
        every = search(world.uri, experiment=world.experiment)

        assert len(every) == 4
        assert [d.decided_at for d in every] == sorted((d.decided_at for d in every), reverse=True)
        assert search(world.uri, experiment=world.experiment, limit=2) == every[:2]
        assert search(world.uri, experiment=world.experiment, limit=0) == every

    @pytest.mark.parametrize(
        ("asked", "kinds"),
        [
            ({"kind": "vendor"}, {"vendor"}),
            ({"team": "data"}, {"dataset", "threshold"}),
            ({"accountable": "role:head-of-credit-risk", "team": "data"}, {"threshold"}),
            ({"artifact": "vendor:acme"}, {"vendor"}),
            ({"artifact": "vendor:acme@2"}, {"vendor"}),
            ({"artifact": "vendor:acm@2"}, set()),
            ({"artifact": DATA.digest, "team": "credit-risk"}, {"threshold"}),
            ({"run": ABSENT_RUN}, {"threshold"}),
            ({"model": "loan-approval", "version": 7}, {"threshold"}),
            ({"model": "loan-approval", "version": 8}, set()),
            ({"kind": "thres_old"}, set()),
            ({"until": "2026-03-01"}, set()),
            ({"model": "it's"}, set()),
        ],
    )
    def test_it_answers_as_asked(
        self, world: World, asked: dict[str, str], kinds: set[str]
    ) -> None:
        found = search(world.uri, experiment=world.experiment, **asked)  # type: ignore[arg-type]

        assert {d.kind for d in found} == kinds

    def test_names_that_mlflows_grammar_cannot_quote_are_found(
        self, uri: str, experiment: str
    ) -> None:
        hard = 'it\'s "100%" `team`\\x'
        emitter = Emitter(team=hard)
        emitter.decision()
        emitter.decision(kind="1e5")
        export(emitter.records, uri, experiment=experiment)

        assert len(search(uri, experiment=experiment, team=hard)) == 2
        (found,) = search(uri, experiment=experiment, kind="1e5")
        assert found.custody and found.custody.verified

    def test_an_artifact_beyond_what_a_tag_holds_is_found(self, uri: str, experiment: str) -> None:
        emitter = Emitter()
        many = tuple(Artifact(ref=f"dataset:{'d' * 100}-{i}@1") for i in range(100))
        emitter.decision(used=many)
        export(emitter.records, uri, experiment=experiment)

        (found,) = search(uri, experiment=experiment, artifact=many[-1].ref)
        assert found.custody and found.custody.verified

    def test_a_model_version_is_found_by_the_run_that_made_it(
        self, uri: str, client: MlflowClient, world: World
    ) -> None:
        name = f"loan-{uuid.uuid4().hex[:8]}"
        client.create_registered_model(name)
        made = client.create_model_version(name, f"runs:/{world.run}/model", run_id=world.run)

        found = search(uri, experiment=world.experiment, model=name, version=made.version)

        assert found == [world.threshold]
        assert search(uri, experiment=world.experiment, model=name) == [world.threshold]
        assert search(uri, experiment=world.experiment, model=name, version=99) == []

    def test_pages_are_followed_to_the_end(self, uri: str, experiment: str) -> None:
        emitter = Emitter()
        for number in range(105):
            emitter.decision(chosen=number)
        export(emitter.records, uri, experiment=experiment)

        found = search(uri, experiment=experiment)

        assert [d.chosen for d in found] == list(range(104, -1, -1))
        assert all(d.custody and d.custody.verified for d in found)

    def test_an_experiment_that_is_not_there_is_told(self, uri: str) -> None:
        with pytest.raises(NotFoundError, match="no experiment 'nowhere'"):
            search(uri, experiment="nowhere")


class TestEditing:
    """What whoever may write to MLflow can do there, and what is then told."""

    @pytest.fixture
    def decided(self, uri: str, experiment: str) -> Emitter:
        emitter = Emitter()
        emitter.decision()
        emitter.decision(kind="vendor", chosen="acme")
        export(emitter.records, uri, experiment=experiment)
        return emitter

    @pytest.fixture
    def trace_id(self, decided: Emitter) -> str:
        return show(envelope(decided.records[1]), 1).request_id

    def test_an_edited_tag_is_told(
        self, uri: str, client: MlflowClient, experiment: str, trace_id: str, decided: Emitter
    ) -> None:
        client.set_trace_tag(trace_id, tags.DECIDED_BY, "person:bo@bank.example")

        vendor, threshold = search(uri, experiment=experiment)

        assert vendor.custody and vendor.custody.verified
        assert threshold == decided.records[1]
        assert threshold.custody and not threshold.custody.verified
        assert threshold.custody.fault == (
            "in MLflow, the tag answerable.decided_by says 'person:bo@bank.example';"
            f" signed: '{ANA}'"
        )

    def test_a_decision_found_by_an_edited_tag_is_given_with_its_fault(
        self, uri: str, client: MlflowClient, experiment: str, trace_id: str
    ) -> None:
        client.set_trace_tag(trace_id, tags.KIND, "deploy")

        (found,) = search(uri, experiment=experiment, kind="deploy")

        assert found.kind == "threshold"
        assert found.custody and "answerable.kind says 'deploy'" in (found.custody.fault or "")

    def test_a_tag_that_was_taken_away_or_added_is_told(
        self, uri: str, client: MlflowClient, experiment: str, trace_id: str
    ) -> None:
        client.delete_trace_tag(trace_id, tags.ACCOUNTABLE)
        client.set_trace_tag(trace_id, tags.MEANING, "approval")
        client.set_trace_tag(trace_id, "reviewed", "yes")  # not ours to judge

        _, found = search(uri, experiment=experiment)

        assert found.custody and (found.custody.fault or "").split("; in MLflow, ") == [
            "in MLflow, the tag answerable.accountable is gone; signed: 'role:head-of-credit-risk'",
            "the tag answerable.meaning was added: 'approval'",
        ]

    def test_another_name_is_told(
        self, uri: str, client: MlflowClient, experiment: str, trace_id: str
    ) -> None:
        client.set_trace_tag(trace_id, "mlflow.traceName", "threshold = 0.9")

        _, found = search(uri, experiment=experiment)

        assert found.custody and "the name says 'threshold = 0.9'" in (found.custody.fault or "")

    def test_columns_that_say_something_else_are_told(
        self, uri: str, experiment: str, decided: Emitter
    ) -> None:
        span = to_span(show(envelope(decided.records[1]), 1))
        for attribute in span.attributes:
            if attribute.key == "mlflow.spanOutputs":
                attribute.value.string_value = '{"chosen":0.9,"rationale":"as asked"}'
        assert Store.open(uri, experiment, create=False).send([span]) == []

        _, found = search(uri, experiment=experiment)

        assert found.custody and not found.custody.verified
        assert "mlflow.spanOutputs" in (found.custody.fault or "")

    def test_an_envelope_of_another_record_is_told(
        self, uri: str, experiment: str, decided: Emitter
    ) -> None:
        taken, other = (show(envelope(record), None) for record in decided.records[1:])
        swapped = attrs.evolve(other, trace_id=taken.trace_id, span_id=taken.span_id)
        assert Store.open(uri, experiment, create=False).send([to_span(swapped)]) == []

        found = search(uri, experiment=experiment, kind="vendor")

        faults = [d.custody.fault for d in found if d.custody and d.custody.fault]
        assert len(found) == 2
        assert len(faults) == 1
        assert "under another trace than its own" in faults[0]

    def test_a_span_put_beside_it_is_told(
        self, uri: str, experiment: str, decided: Emitter
    ) -> None:
        span = to_span(show(envelope(decided.records[1]), 1))
        span.parent_span_id, span.span_id = span.span_id, b"\x07" * 8
        assert Store.open(uri, experiment, create=False).send([span]) == []

        _, found = search(uri, experiment=experiment)

        assert found.custody and "2 spans" in (found.custody.fault or "")

    def test_a_forged_record_is_given_and_not_verified(
        self, uri: str, experiment: str, decided: Emitter
    ) -> None:
        record = decided.records[1]
        assert isinstance(record, Decision)
        payload = statement.to_bytes(attrs.evolve(record, chosen=0.9))
        forged = attrs.evolve(Envelope.from_bytes(envelope(record)), payload=payload).to_bytes()
        assert record.custody
        export(
            [attrs.evolve(record, custody=attrs.evolve(record.custody, envelope=forged))],
            uri,
            experiment=experiment,
        )

        found = search(uri, experiment=experiment, kind="threshold")

        verdicts = {d.chosen: d.custody.fault for d in found if d.custody}
        assert verdicts == {0.62: None, 0.9: "the signature does not verify"}

    def test_a_trace_that_claims_to_be_a_decision_and_is_none_hides_no_other(
        self, uri: str, experiment: str, decided: Emitter
    ) -> None:
        span = to_span(show(envelope(decided.records[1]), 1))
        span.trace_id = uuid.uuid4().bytes
        kept = [a for a in span.attributes if a.key != "answerable.envelope"]
        del span.attributes[:]
        span.attributes.extend(kept)
        assert Store.open(uri, experiment, create=False).send([span]) == []

        with pytest.warns(UserWarning, match="1 traces in MLflow claim .* it has no envelope"):
            found = search(uri, experiment=experiment)
        assert found == [decided.records[2], decided.records[1]]
        assert all(d.custody and d.custody.verified for d in found)
        assert [(u.trace_id, u.because) for u in found.unreadable] == [
            (f"tr-{span.trace_id.hex()}", "it has no envelope")
        ]
        assert search(uri, experiment=experiment, kind="vendor").unreadable == ()
        read = copies(uri, experiment=experiment)
        assert [r.id for r in read.records] == [r.id for r in decided.records]
        assert [u.because for u in read.unreadable] == ["it has no envelope"]

    def test_an_approval_that_claims_to_be_a_decision_hides_none(
        self, uri: str, client: MlflowClient, experiment: str, decided: Emitter
    ) -> None:
        approval = decided.approval()
        export([approval], uri, experiment=experiment)
        client.set_trace_tag(show(envelope(approval), 1).request_id, tags.TYPE, "decision")

        with pytest.warns(UserWarning, match="what was signed is approval"):
            found = search(uri, experiment=experiment, limit=2)
        assert found == [decided.records[2], decided.records[1]]
        *_, read = copies(uri, experiment=experiment).records
        assert read.custody and "answerable.type says 'decision'" in (read.custody.fault or "")

    def test_whatever_stands_in_attributes_hides_no_decision(
        self, uri: str, experiment: str, decided: Emitter
    ) -> None:
        texts = [
            "",
            "v1:",
            "v1:{}",
            "v1:" + "[" * 900,
            "9" * 5_000,
            "{}",
            "[[1]]",
            "\ud800",
            "v2:…",
        ]
        rubbish = [json.dumps(text) for text in texts]
        rubbish += ["[" * 300 + "]" * 300, '{"a": null}', "7", "null", "1e999", "x" * 70_000, "²"]
        store, taken = Store.open(uri, experiment, create=False), set()
        for where in ("answerable.envelope", "answerable.index", "answerable.x"):
            for text in rubbish:
                span = to_span(show(envelope(decided.records[1]), 1))
                span.trace_id = uuid.uuid4().bytes
                kept = [a for a in span.attributes if a.key != where]
                del span.attributes[:]
                span.attributes.extend(kept)
                span.attributes.add(key=where).value.string_value = text
                if not store.send([span]):
                    taken.add(f"tr-{span.trace_id.hex()}")

        with pytest.warns(UserWarning, match="claim to be decisions and hold none"):
            found = search(uri, experiment=experiment)

        verified = [d for d in found if d.custody and d.custody.verified]
        assert verified == [decided.records[2], decided.records[1]]
        assert len(taken) > 30
        assert len(found) + len(found.unreadable) == len(taken) + 2

    def test_where_a_trace_lies_is_told_also_where_mlflow_cannot_give_it(
        self, uri: str, experiment: str, decided: Emitter
    ) -> None:
        """What is private is exported only if that is known; a server answers 500 for this one."""
        span = to_span(show(envelope(decided.records[1]), 1))
        span.attributes.add(key="answerable.x").value.string_value = "[" * 300 + "]" * 300
        here = Store.open(uri, experiment, create=False)
        assert here.send([span]) == []
        trace_id = f"tr-{span.trace_id.hex()}"
        elsewhere = Store.open(uri, f"{experiment}-other", create=True)

        assert here.experiment_of(trace_id) == here.experiment_id
        assert elsewhere.experiment_of(trace_id) in ("", here.experiment_id)
        assert elsewhere.experiment_of("tr-" + "0" * 32) is None


class TestCopies:
    def test_everything_comes_back_for_comparison_with_the_ledger(self, world: World) -> None:
        read = copies(world.uri, experiment=world.experiment)

        signed = {envelope(r) for r in world.records if statement.record_type(r) != "step"}
        assert {envelope(r) for r in read.records} == signed
        assert all(r.custody and r.custody.verified for r in read.records)
        assert read.unreadable == ()

    def test_traces_of_others_in_the_experiment_are_left_alone(
        self, uri: str, experiment: str
    ) -> None:
        store = Store.open(uri, experiment, create=True)
        span = to_span(show(envelope(Emitter().decision()), 1))
        del span.attributes[:]
        assert store.send([span]) == []

        assert copies(uri, experiment=experiment) == copies(uri, experiment=experiment)
        assert copies(uri, experiment=experiment).records == ()
        assert search(uri, experiment=experiment) == []
