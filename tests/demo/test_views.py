"""Where others look: in MLflow without our code, and in a real Jaeger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import requests
from mlflow import MlflowClient

import answerable as ans
from answerable import demo
from answerable.exporters import otlp
from answerable.model import Decision
from answerable.stitched import draw
from tests.demo.conftest import Runs

pytestmark = pytest.mark.slow


def decision(outcome: demo.Outcome, kind: str) -> Decision:
    """The one decision of that kind in the outcome's trace."""
    records = (placed.record for placed in outcome.trace.records)
    (found,) = [r for r in records if isinstance(r, Decision) and r.kind == kind]
    return found


def spans_in(url: str, trace_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The spans that Jaeger answers for a trace, each with its service."""
    answer = requests.get(f"{url}/api/v3/traces/{trace_id}", timeout=10)
    found = answer.json()["result"]["resourceSpans"]
    return [
        (_service(resource["resource"]["attributes"]), span)
        for resource in found
        for scope in resource["scopeSpans"]
        for span in scope.get("spans", [])
    ]


def _service(attributes: Iterable[dict[str, Any]]) -> str:
    (name,) = [a["value"]["stringValue"] for a in attributes if a["key"] == "service.name"]
    return str(name)


@pytest.mark.parametrize("which", ["first", "second"])
def test_mlflow_alone_finds_the_threshold_by_decider_kind_and_run(runs: Runs, which: str) -> None:
    outcome: demo.Outcome = getattr(runs, which)
    threshold = decision(outcome, "threshold")
    client = MlflowClient(tracking_uri=outcome.mlflow)
    experiment = client.get_experiment_by_name(outcome.experiment)
    assert experiment is not None
    assert experiment.experiment_id == outcome.experiment_id
    found = client.search_traces(
        locations=[outcome.experiment_id],
        filter_string=f"run_id = '{threshold.run}' AND tags.`answerable.kind` = 'threshold'"
        " AND tags.`answerable.decided_by` = 'person:model-validator@bank.example'",
    )
    assert [trace.info.tags["answerable.id"] for trace in found] == [threshold.id]


@pytest.mark.parametrize("which", ["first", "second"])
def test_training_and_evaluation_share_the_run_that_their_decisions_name(
    runs: Runs, which: str
) -> None:
    outcome: demo.Outcome = getattr(runs, which)
    threshold, trained = decision(outcome, "threshold"), decision(outcome, "architecture")
    assert threshold.run is not None
    assert threshold.run == trained.run
    client = MlflowClient(tracking_uri=outcome.mlflow)
    run = client.get_run(threshold.run)
    assert run.info.status == "FINISHED"
    assert float(run.data.params["threshold"]) == threshold.chosen
    assert 0.5 < run.data.metrics["roc_auc_held_out"] < 1
    files = {file.path for file in client.list_artifacts(threshold.run)}
    assert files == {"model.joblib", "evaluation.json"}


def test_jaeger_shows_the_trace_as_it_was_stitched_and_again_adds_nothing(runs: Runs) -> None:
    if runs.jaeger is None:
        pytest.skip("there is no Jaeger here")
    trace = runs.first.trace
    drawn = {span.span_id: span for span in draw(trace)}
    otlp.export(trace, runs.jaeger.otlp_url)
    shown = spans_in(runs.jaeger.query_url, runs.first.trace_id)
    assert {span["spanId"] for _, span in shown} == set(drawn)
    assert len(shown) == len(drawn)
    for service, span in shown:
        expected = drawn[span["spanId"]]
        assert service == expected.service
        assert span["name"] == expected.name
        assert span.get("parentSpanId", "") == (expected.parent_id or "")
        links = {(link["traceId"], link["spanId"]) for link in span.get("links", [])}
        assert links == {(link.trace_id, link.span_id) for link in expected.links}
    assert len({service for service, _ in shown}) >= 5


def test_jaeger_has_the_live_spans_of_every_process_in_one_trace(runs: Runs) -> None:
    if runs.jaeger is None:
        pytest.skip("there is no Jaeger here")
    records = {p.record.span_id: p.record for p in runs.first.trace.placed()}
    (live,) = {record.trace_id for record in records.values()}
    assert live is not None
    shown = {span["spanId"]: service for service, span in spans_in(runs.jaeger.query_url, live)}
    assert {id: record.team for id, record in records.items()}.items() <= shown.items()


def test_what_was_exported_reads_back_verified(runs: Runs) -> None:
    from answerable.exporters import mlflow

    found = mlflow.search(runs.second.mlflow, kind="threshold")
    assert [record.id for record in found] == [decision(runs.second, "threshold").id]
    assert all(record.custody and record.custody.verified for record in found)
    assert isinstance(found[0], ans.Decision)
