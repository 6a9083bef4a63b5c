"""A model has one digest, whichever way MLflow hands it over, and in every process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest

import answerable as ans
from answerable import digests
from answerable.errors import InvalidReferenceError


@pytest.fixture
def logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What `log_model` returned, in an MLflow of the test's own."""
    monkeypatch.chdir(tmp_path)
    # Not by a call: what MLflow was told by one, it cannot be told to forget.
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.setenv(name, f"sqlite:///{tmp_path / 'mlflow.db'}")
    with mlflow.start_run():
        yield mlflow.pyfunc.log_model(name="loans", python_model=_score, pip_requirements=[])


def _score(model_input: list[str]) -> list[str]:
    return model_input


@pytest.mark.filterwarnings("ignore")
def test_every_way_to_a_model_gives_the_same_digest(logged: Any, tmp_path: Path) -> None:
    version = mlflow.register_model(logged.model_uri, "loans")
    place = mlflow.artifacts.download_artifacts(artifact_uri=f"models:/loans/{version.version}")
    assert (Path(place) / "registered_model_meta").exists()
    found = {
        digests.of_data(logged),
        digests.of_data(mlflow.get_logged_model(logged.model_id)),
        digests.of_data(version),
        digests.of_path(place),
    }

    (digest,) = found
    assert ans.artifact("model:loans@1", data=version).digest == digest
    program = f"from answerable import digests; print(digests.of_path({place!r}))"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == digest


@pytest.mark.filterwarnings("ignore")
def test_what_changes_in_a_models_files_shows(logged: Any, tmp_path: Path) -> None:
    place = Path(mlflow.artifacts.download_artifacts(artifact_uri=logged.model_uri))
    before = digests.of_path(place)
    (place / "registered_model_meta").write_text("model_name: loans\n")
    assert digests.of_path(place) == before

    (place / "MLmodel").write_text((place / "MLmodel").read_text() + "# another\n")
    assert digests.of_path(place) != before


def test_only_of_a_model_is_a_file_no_part(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("1")
    before = digests.of_path(tmp_path)
    (tmp_path / "registered_model_meta").write_text("x")

    assert digests.of_path(tmp_path) != before


@pytest.mark.filterwarnings("ignore")
def test_a_model_that_mlflow_does_not_have_is_refused(logged: Any) -> None:
    version = mlflow.register_model(logged.model_uri, "loans")
    version._name = "gone"
    with pytest.raises(
        InvalidReferenceError, match="MLflow does not give the files of models:/gone/1"
    ):
        ans.artifact("model:loans@1", data=version)
