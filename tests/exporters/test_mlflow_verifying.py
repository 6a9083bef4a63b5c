"""What a user with EDIT can do in a real MLflow, and how `verify --mlflow` names each of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

import answerable as ans
from answerable.exporters.mlflow import copies, export, search, tags, verify
from answerable.exporters.mlflow.shaping import show
from answerable.exporters.mlflow.spans import to_span
from answerable.exporters.mlflow.store import Store
from answerable.model import Record
from tests.cli.running import Run, running
from tests.exporters.mlflow_records import ANA, Emitter, envelope

if TYPE_CHECKING:
    from mlflow import MlflowClient


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def emitter(uri: str, experiment: str) -> Emitter:
    """Delegation 0, threshold 1, vendor 2, approval 3; a step that is not exported."""
    found = Emitter()
    found.decision()
    found.decision(kind="vendor", chosen="acme")
    found.approval()
    found.step()
    export(found.records, uri, experiment=experiment)
    return found


def ledger(emitter: Emitter) -> list[Record]:
    """The records as a ledger gives them: each one verified."""
    return [
        attrs.evolve(record, custody=attrs.evolve(record.custody, verified=True))
        for record in emitter.records
        if record.custody is not None
    ]


def trace_of(record: Record) -> str:
    return show(envelope(record), 0).request_id


def faults(uri: str, experiment: str, kept: list[Record] | None) -> list[tuple[str, str | None]]:
    return [(f.code, f.id) for f in verify(uri, experiment=experiment, kept=kept).faults]


def test_what_was_exported_holds_with_and_without_the_ledger(
    uri: str, experiment: str, emitter: Emitter
) -> None:
    for kept in (None, ledger(emitter)):
        verdict = verify(uri, experiment=experiment, kept=kept)
        assert (verdict.verdict, verdict.size, verdict.faults) == ("valid-unwitnessed", 4, ())
        assert (verdict.origin, verdict.root) == (None, None)


def test_an_edited_tag_is_named_without_the_ledger(
    uri: str, client: MlflowClient, experiment: str, emitter: Emitter
) -> None:
    threshold = emitter.records[1]
    client.set_trace_tag(trace_of(threshold), tags.DECIDED_BY, "person:bo@bank.example")

    (fault,) = verify(uri, experiment=experiment).faults

    assert (fault.code, fault.id, fault.index) == ("edited", threshold.id, 1)
    assert "answerable.decided_by says 'person:bo@bank.example'" in fault.message


def test_a_deleted_trace_is_named_with_the_ledger(
    uri: str, client: MlflowClient, experiment: str, emitter: Emitter
) -> None:
    client.delete_traces(
        Store.open(uri, experiment, create=False).experiment_id,
        trace_ids=[trace_of(emitter.records[2])],
    )

    assert faults(uri, experiment, None) == []  # which is why the ledger is asked
    assert faults(uri, experiment, ledger(emitter)) == [("missing", emitter.records[2].id)]


def test_a_trace_that_was_stripped_of_our_names_is_missing(
    uri: str, client: MlflowClient, experiment: str, emitter: Emitter
) -> None:
    """Hidden from every filter, it is still edited: its span says what it was."""
    vendor = emitter.records[2]
    for tag in tags.derive(vendor):
        client.delete_trace_tag(trace_of(vendor), tag)

    assert search(uri, experiment=experiment, kind="vendor") == []
    assert faults(uri, experiment, ledger(emitter)) == [("edited", vendor.id)]


def test_a_trace_whose_spans_mlflow_was_sent_to_look_for_elsewhere_is_named(
    uri: str, experiment: str, emitter: Emitter
) -> None:
    """A server refuses to set that tag; whoever may write to the database is not asked, and MLflow's own
    client then shows nothing of the trace."""
    from mlflow.exceptions import MlflowException
    from mlflow.tracing.client import TracingClient

    threshold = emitter.records[1]
    tag, store = "mlflow.trace.spansLocation", TracingClient(uri).store
    if uri.startswith("http"):
        with pytest.raises(MlflowException, match="immutable"):
            store.set_trace_tag(trace_of(threshold), tag, "ARTIFACT_REPO")
        return
    store.set_trace_tag(trace_of(threshold), tag, "ARTIFACT_REPO")

    with pytest.warns(UserWarning, match="gives no span of it back"):
        found = search(uri, experiment=experiment)

    assert found == [emitter.records[2]]
    assert [each.trace_id for each in found.unreadable] == [trace_of(threshold)]
    told = verify(uri, experiment=experiment, kept=ledger(emitter)).faults
    assert [f.code for f in told] == ["unreadable", "missing"]


def test_an_overwritten_span_is_named(uri: str, experiment: str, emitter: Emitter) -> None:
    """By one whose envelope is a genuine one, of another record; and by one with none."""
    threshold, vendor = emitter.records[1:3]
    store = Store.open(uri, experiment, create=False)
    span = to_span(show(envelope(vendor), 2))
    span.trace_id, span.span_id = (bytes.fromhex(part) for part in _ids(threshold))
    assert store.send([span]) == []

    found = faults(uri, experiment, ledger(emitter))

    assert ("edited", vendor.id) in found
    assert ("missing", threshold.id) in found


def test_a_trace_whose_envelope_is_no_envelope_is_named(
    uri: str, experiment: str, emitter: Emitter
) -> None:
    threshold = emitter.records[1]
    span = to_span(show(envelope(threshold), 1))
    for attribute in span.attributes:
        if attribute.key == "answerable.envelope":
            attribute.value.string_value = json.dumps("v1:{}")
    assert Store.open(uri, experiment, create=False).send([span]) == []

    found = verify(uri, experiment=experiment, kept=ledger(emitter)).faults

    assert [f.code for f in found] == ["unreadable", "missing"]
    assert trace_of(threshold) in found[0].message


def test_a_wrong_place_in_the_ledger_is_named_with_the_ledger(
    uri: str, experiment: str, emitter: Emitter
) -> None:
    threshold = emitter.records[1]
    store = Store.open(uri, experiment, create=False)
    assert store.send([to_span(show(envelope(threshold), 7))]) == []

    (fault,) = verify(uri, experiment=experiment, kept=ledger(emitter)).faults

    assert (fault.code, fault.id, fault.index) == ("edited", threshold.id, 1)
    assert "as entry 7" in fault.message


def test_a_forged_record_is_added_even_if_it_verifies(
    uri: str, experiment: str, emitter: Emitter
) -> None:
    """Somebody signs with keys of their own; only the ledger tells theirs from the others'."""
    forger = Emitter(actor="person:mallory@bank.example")
    forged = forger.decision(chosen=0.1)
    export(forger.records, uri, experiment=experiment)

    assert faults(uri, experiment, None) == []
    assert faults(uri, experiment, ledger(emitter)) == [
        ("added", forger.records[0].id),
        ("added", forged.id),
    ]


def test_a_record_signed_by_a_key_that_nobody_introduced_is_named(
    uri: str, experiment: str, emitter: Emitter
) -> None:
    forged = Emitter().decision(chosen=0.1)
    export([forged], uri, experiment=experiment)

    (fault,) = verify(uri, experiment=experiment).faults

    assert (fault.code, fault.id) == ("signature", forged.id)
    assert "no delegation" in fault.message


def test_what_search_shows_of_a_forgery_is_never_verified(
    uri: str, client: MlflowClient, experiment: str, emitter: Emitter
) -> None:
    client.set_trace_tag(trace_of(emitter.records[1]), tags.CHOSEN, "v1:0.1")

    (found,) = search(uri, experiment=experiment, kind="threshold")

    assert found.chosen == 0.62
    assert found.custody is not None and not found.custody.verified


def test_exporting_again_puts_right_what_was_edited_and_deleted(
    uri: str, client: MlflowClient, experiment: str, emitter: Emitter
) -> None:
    client.set_trace_tag(trace_of(emitter.records[1]), tags.KIND, "deploy")
    client.delete_traces(
        Store.open(uri, experiment, create=False).experiment_id,
        trace_ids=[trace_of(emitter.records[2])],
    )
    assert len(faults(uri, experiment, ledger(emitter))) == 2

    export(emitter.records, uri, experiment=experiment)

    assert faults(uri, experiment, ledger(emitter)) == []
    assert len(copies(uri, experiment=experiment).records) == 4


def test_the_command_compares_with_a_named_ledger(
    uri: str, experiment: str, tmp_path: Path, home: Path, run: Run
) -> None:
    ledger = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=ledger, home=str(home), actor="person:analyst@bank.example")
    ans.choose("threshold", 0.62, because="false positives below 2%")
    ans.shutdown()
    with ans.open(ledger, home=str(home)) as history:
        export([r for r in history.records() if r.decided_by], uri, experiment=experiment)
        (decision,) = history.decisions()
    words = ("verify", "--mlflow", uri, "--experiment", experiment)

    assert run(*words, "--ledger", ledger, "--json").json["verdict"] == "valid-unwitnessed"
    ans.configure(ledger=ledger, home=str(home), actor="person:analyst@bank.example")
    ans.choose("threshold", 0.5, because="tried")
    ans.shutdown()

    alone, compared = run(*words, "--json"), run(*words, "--ledger", ledger, "--json")
    assert (alone.status, alone.json["size"], alone.json["faults"]) == (0, 2, [])
    assert compared.status == 1
    codes = {fault["code"] for fault in compared.json["faults"]}
    assert codes == {"missing"}
    assert decision.id not in {fault["id"] for fault in compared.json["faults"]}
    told = run(*words, "--ledger", ledger)
    assert told.status == 1
    assert "MLflow does not show it" in told.text
    assert "experiment" in told.text and "compared" in told.text
    assert "not named (--ledger)" in run(*words).text


def test_the_log_can_be_asked_of_mlflow_and_gives_the_same(
    uri: str, client: MlflowClient, experiment: str, emitter: Emitter, run: Run
) -> None:
    words = ("log", "--mlflow", uri, "--experiment", experiment, "--json")

    found = run(*words, "--kind", "threshold")
    assert (found.status, [d["chosen"] for d in found.json]) == (0, [0.62])
    assert [d["kind"] for d in run(*words).json] == ["vendor", "threshold"]
    assert found.json[0]["verified"] is True

    client.set_trace_tag(trace_of(emitter.records[1]), tags.CHOSEN, "v1:0.1")
    edited = run(*words, "--kind", "threshold")
    assert (edited.status, edited.json[0]["chosen"], edited.json[0]["verified"]) == (1, 0.62, False)
    assert run(*words, "--text", "anything").status == 2


def test_the_log_tells_what_only_claims_to_be_a_decision_and_shows_the_others(
    uri: str, client: MlflowClient, experiment: str, emitter: Emitter, run: Run
) -> None:
    approval = emitter.records[3]
    client.set_trace_tag(trace_of(approval), tags.TYPE, "decision")

    told = run("log", "--mlflow", uri, "--experiment", experiment, "--json")

    assert told.status == 1
    assert [(d["kind"], d["verified"]) for d in told.json] == [
        ("vendor", True),
        ("threshold", True),
    ]
    assert f"unreadable: the trace {trace_of(approval)} in MLflow" in told.err


def test_beside_the_ledger_a_decision_of_a_strangers_own_keys_is_never_verified(
    uri: str, experiment: str, tmp_path: Path, home: Path, run: Run
) -> None:
    """Signed under an identity key of their own, in the name of another; and one under an id that the
    ledger has."""
    ledger = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=ledger, home=str(home), actor=ANA)
    ans.choose("threshold", 0.62, because="false positives below 2%")
    ans.shutdown()
    with ans.open(ledger, home=str(home)) as history:
        export(history.records(), uri, experiment=experiment)
        (genuine,) = history.decisions()
        forger = Emitter(actor=ANA)
        forger.decision(chosen=0.1)
        forger.decision(chosen=0.2, id=genuine.id)
        export(forger.records, uri, experiment=experiment)

        alone = search(uri, experiment=experiment)
        beside = search(uri, experiment=experiment, kept=history)

    assert {d.chosen for d in alone if d.custody and d.custody.verified} == {0.62, 0.1, 0.2}
    faults = {d.chosen: (d.custody.index, d.custody.fault) for d in beside if d.custody}
    assert genuine.custody is not None
    assert faults == {
        0.62: (genuine.custody.index, None),
        0.1: (None, "the ledger does not hold it"),
        0.2: (None, "the ledger holds another record under its id"),
    }
    told = run("log", "--mlflow", uri, "--experiment", experiment, "--ledger", ledger, "--json")
    assert told.status == 1
    assert [d["chosen"] for d in told.json if d["verified"]] == [0.62]


def test_an_experiment_that_is_not_there_is_not_found(uri: str, run: Run) -> None:
    ran = run("verify", "--mlflow", uri, "--experiment", "of nobody", "--json")

    assert ran.status == 2
    assert "no experiment" in ran.json["error"]["message"]


def _ids(record: Record) -> tuple[str, str]:
    shown = show(envelope(record), 0)
    return shown.trace_id, shown.span_id
