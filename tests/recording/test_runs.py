"""Which run a record belongs to: configured, else MLflow's, else the CI job's."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import answerable as ans
from answerable.recording import runs
from tests.recording.kept import Kept


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No CI job around the tests counts, and no MLflow that another test has loaded."""
    for name in ("GITHUB_RUN_ID", "CI_PIPELINE_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(sys.modules, "mlflow.tracking.fluent", raising=False)


def test_outside_any_run_there_is_none(kept: Kept) -> None:
    ans.choose("threshold", 0.5)
    assert kept.decision().run is None


@pytest.mark.parametrize("name", ["GITHUB_RUN_ID", "CI_PIPELINE_ID"])
def test_inside_a_ci_job_it_is_that(kept: Kept, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "4711")
    with ans.step("train"):
        ans.choose("threshold", 0.5)
    assert [r.run for r in kept.records()] == ["4711", "4711"]


def test_what_is_configured_comes_first(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "4711")
    ans.configure(ledger=kept.uri, actor="analyst@bank.example", run="nightly-7")
    ans.choose("threshold", 0.5)
    assert kept.decision().run == "nightly-7"


@pytest.mark.parametrize("told", ["", " ", "\udc80", "a" * 9000])
def test_a_run_that_is_no_text_costs_no_record(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", told)
    monkeypatch.setenv("CI_PIPELINE_ID", "next")
    ans.choose("threshold", 0.5)
    assert kept.decision().run == "next"


def test_mlflows_active_run_comes_before_the_ci_jobs(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "4711")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    import mlflow

    monkeypatch.setitem(sys.modules, "mlflow.tracking.fluent", mlflow.tracking.fluent)
    with mlflow.start_run() as run:
        ans.choose("threshold", 0.5)
    ans.choose("threshold", 0.6)

    assert [d.run for d in kept.decisions()] == [run.info.run_id, "4711"]


def test_an_mlflow_that_is_still_being_imported_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.tracking.fluent", SimpleNamespace())
    assert runs.current_run(None) is None
