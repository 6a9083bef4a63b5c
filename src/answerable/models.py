"""The files of a model that MLflow has: logged in a run, or registered under a name."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from answerable.errors import InvalidReferenceError


def uri_of(thing: Any) -> str | None:
    """Where MLflow finds the model that `thing` stands for: what `log_model` returned, a logged
    model, a registered version. None of anything else."""
    if type(thing).__module__.partition(".")[0] != "mlflow":
        return None
    if isinstance(uri := getattr(thing, "model_uri", None), str):
        return uri
    name, version = getattr(thing, "name", None), getattr(thing, "version", None)
    if isinstance(name, str) and version is not None:
        return f"models:/{name}/{version}"
    return None


@contextmanager
def files_at(uri: str, tracking_uri: str | None = None) -> Iterator[str]:
    """The model's directory, downloaded for a block, from the MLflow at `tracking_uri`, by default
    the one that MLflow itself is told of; raises `InvalidReferenceError`."""
    # Whoever has an object of MLflow's has loaded it.
    mlflow = sys.modules["mlflow"]
    with tempfile.TemporaryDirectory(prefix="answerable-") as folder:
        try:
            got = mlflow.artifacts.download_artifacts(
                artifact_uri=uri, dst_path=folder, tracking_uri=tracking_uri
            )
        except Exception as error:
            raise InvalidReferenceError(
                f"MLflow does not give the files of {uri}: {error}",
                hint="give the digest itself, or path= to the model's directory",
            ) from error
        yield got
