"""`verify` of the copies in an MLflow: which of them, against which ledger, and its registry beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import answerable as ans
from answerable import mlflow as registry
from answerable.exporters.mlflow import export, tags
from answerable.exporters.mlflow.shaping import show
from tests.cli.running import Run, running
from tests.exporters.mlflow_records import envelope
from tests.mlflow.conftest import Logged, ledger, logged
from tests.parts.mlflow_kinds import address, client

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["client", "ledger", "logged"]


@pytest.fixture(scope="module")
def uri(request: pytest.FixtureRequest) -> str:
    """One of the four kinds: what is asked of each is tested with the exporter."""
    return address(request, "database")


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


def test_copies_and_registry_are_compared_with_the_ledger_that_is_named(
    ledger: str,
    uri: str,
    client: MlflowClient,
    logged: Logged,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry.register_model(logged.uri, logged.name, because="0.4 points better")
    registry.set_alias(logged.name, "champion", 1, because="fewer false approvals")
    ans.flush()
    with ans.open(ledger) as history:
        records = list(history.records())
        (alias,) = history.decisions(kind="alias")
        export([record for record in records if record.id != alias.id], uri, experiment="shown")
    # Neither is named.
    ans.configure(ledger=f"sqlite:///{tmp_path / 'absent.db'}")
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.setenv(name, f"sqlite:///{tmp_path / 'absent-mlflow.db'}")

    def faults(*words: str) -> tuple[int, str, list[tuple[str, str | None]]]:
        found = run("verify", "--mlflow", uri, "--experiment", "shown", *words, "--json")
        told = [(each["code"], each["id"]) for each in found.json["faults"]]
        return found.status, found.json["verdict"], told

    named = ("--ledger", ledger)
    missing = ("missing", alias.id)
    assert faults() == (0, "valid-unwitnessed", [])
    assert faults(*named) == faults(*named, "--registry") == (1, "invalid", [missing])
    assert run("verify", "--mlflow", uri, "--experiment", "of nobody").status == 2

    export(records, uri, experiment="shown")
    assert faults(*named) == faults(*named, "--registry") == (0, "valid-unwitnessed", [])

    client.delete_registered_model_alias(logged.name, "champion")
    assert faults(*named) == (0, "valid-unwitnessed", [])
    status, verdict, told = faults(*named, "--registry")
    assert (status, verdict, [code for code, _ in told]) == (1, "invalid", ["missing"])

    client.set_trace_tag(show(envelope(alias), 0).request_id, tags.KIND, "another")
    assert [code for code, _ in faults(*named, "--registry")[2]] == ["edited", "missing"]
