"""Every kind of MLflow, a ledger beside it, and a model that a run has logged there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import answerable as ans
from answerable.recording import process
from tests.parts.mlflow_kinds import client, experiment, uri

__all__ = ["client", "experiment", "uri"]

FILES = {"MLmodel": "flavors: {}\n", "weights.bin": "0.62"}


@attrs.frozen
class Logged:
    """A logged model, its run, and a name to register it under that nobody else uses."""

    uri: str
    run: str
    name: str


@pytest.fixture
def ledger(uri: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Recording goes to this ledger, and MLflow means the one at `uri`."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", uri)
    # Where an embedded MLflow keeps artifacts.
    monkeypatch.chdir(tmp_path)
    process.replace(None)
    ledger = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(
        ledger=ledger, home=home, actor="ana@bank.example", accountable="role:head-of-risk"
    )
    yield ledger
    process.replace(None)


@pytest.fixture
def logged(ledger: str) -> Logged:
    return log()


def log(weights: str = "0.62") -> Logged:
    """Log a model in a run of its own, with decisions made in that run."""
    import mlflow

    with mlflow.start_run() as run:
        ans.choose("vendor", "acme", because="covers 97%", used="vendor:acme-score@2026")
        model = mlflow.initialize_logged_model(name="loans")
        mlflow.MlflowClient().log_model_artifacts(model.model_id, _folder(weights))
        mlflow.finalize_logged_model(model.model_id, "READY")
        artifact = ans.artifact("dataset:applications@1990", data=b"rows")
        with ans.decide("dataset", "Which applications do we train on?") as made:
            made.used(artifact, "guideline:underwriting@3")
            made.choose("all of 1990", because="the only year with outcomes")
    return Logged(f"models:/{model.model_id}", run.info.run_id, f"loans {uuid.uuid4().hex[:6]}")


def _folder(weights: str) -> str:
    folder = Path(f"model-{uuid.uuid4().hex[:6]}")
    folder.mkdir()
    for name, text in (FILES | {"weights.bin": weights}).items():
        (folder / name).write_text(text)
    return str(folder)
