"""A run that MLflow starts inside a step says so; one that it starts elsewhere says nothing."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

import answerable as ans

try:
    importlib.metadata.distribution("answerable-mlflow")
except importlib.metadata.PackageNotFoundError:
    pytest.skip("answerable-mlflow is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('runs')}/mlflow.db"


@pytest.fixture(autouse=True)
def place(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from answerable.recording import process

    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.chdir(tmp_path)
    process.replace(None)
    ans.configure(ledger=tmp_path / "decisions.db", accountable="role:head-of-risk")


def tags() -> dict[str, str]:
    """What of ours stands on a run that is started here."""
    import mlflow

    with mlflow.start_run() as run:
        pass
    found = mlflow.get_run(run.info.run_id).data.tags
    return {name: value for name, value in found.items() if name.startswith("answerable.")}


def test_a_run_in_a_step_has_the_step_and_in_a_decision_the_decision_too() -> None:
    @ans.step("train", produced="model:loans@1")
    def train() -> tuple[dict[str, str], dict[str, str], ans.Decision]:
        in_step = tags()
        with ans.decide("architecture") as decision:
            in_decision = tags()
            decision.choose("logistic regression", because="gives reasons")
        return in_step, in_decision, decision.record

    in_step, in_decision, record = train()

    assert in_step == {"answerable.step": record.step}
    assert in_decision == in_step | {"answerable.within": record.id}


def test_a_run_outside_of_any_has_none_of_them() -> None:
    assert tags() == {}


def test_a_run_in_a_process_that_a_step_begins_has_the_step() -> None:
    program = "import mlflow\nwith mlflow.start_run() as run: print(run.data.tags)"

    @ans.step("train", produced="model:loans@1")
    def train() -> tuple[str, str]:
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env=ans.environment() | {"MLFLOW_TRACKING_URI": os.environ["MLFLOW_TRACKING_URI"]},
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout, ans.current().id

    told, step = train()

    assert f"'answerable.step': '{step}'" in told


def test_what_cannot_be_read_stops_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from answerable.recording import process

    process.replace(None)
    monkeypatch.setenv("ANSWERABLE_ON_FAILURE", "no such word")

    assert tags() == {}


def test_disabled_it_tags_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_DISABLED", "1")

    @ans.step("train", produced="model:loans@1")
    def train() -> dict[str, str]:
        return tags()

    assert train() == {}
