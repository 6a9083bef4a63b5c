"""Where training logs its run: an MLflow experiment, made if it is not there."""

from __future__ import annotations

import os
from pathlib import Path

import mlflow

EXPERIMENT = "answerable-demo"


def prepare() -> None:
    """Make the experiment; in a new database, the tables too, which takes some seconds."""
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        # A server says itself where it keeps files; with a database it has to be said.
        local = not os.environ["MLFLOW_TRACKING_URI"].startswith("http")
        files = Path("../mlflow-files").resolve().as_uri() if local else None
        mlflow.create_experiment(EXPERIMENT, artifact_location=files)


if __name__ == "__main__":
    prepare()
