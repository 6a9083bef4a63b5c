"""What MLflow holds as artifacts: datasets, logged models, registered versions, by their content.

MLflow's own digest of a dataset covers its first rows, and a model has none. Here the files
themselves, or the data in memory, are digested as everywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from answerable import digests, models
from answerable.errors import InvalidReferenceError, InvalidValueError
from answerable.mlflow import names
from answerable.mlflow.connecting import client
from answerable.model import Artifact

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

_DATA: Final = ("df", "features", "targets", "predictions")


def artifact(thing: Any, *, ref: str | None = None) -> Artifact:
    """The artifact that an object of MLflow's is, with the digest of its content.

    `thing` is a dataset of `mlflow.data`, what `log_model` returned, a logged model, a registered
    version, or the URI of a model (`models:/loan-approval/7`, `models:/loan-approval@champion`).
    `ref` names it otherwise than MLflow does. Raises `InvalidValueError` for anything else, and
    for a dataset whose data are not at hand.
    """
    if isinstance(thing, str):
        return _named(_of_uri(thing), ref)
    if hasattr(thing, "source") and hasattr(thing, "digest") and hasattr(thing, "name"):
        return _named(of_dataset(thing), ref)
    if hasattr(thing, "version") and hasattr(thing, "run_id") and hasattr(thing, "source"):
        return _named(of_version(client(), thing), ref)
    if model_id := getattr(thing, "model_id", None):
        return _named(of_logged_model(client(), model_id), ref)
    raise InvalidValueError(
        f"not an artifact of MLflow's: a {type(thing).__name__}",
        hint="a dataset, a logged model, a registered version, or models:/name/version",
    )


def of_dataset(dataset: Any) -> Artifact:
    """A dataset by its data, wherever MLflow took them from; raises `InvalidValueError`."""
    parts = {name: getattr(dataset, name, None) for name in _DATA}
    data = {name: part for name, part in parts.items() if hasattr(part, "shape")}
    if not data:
        raise InvalidValueError(
            f"the dataset {dataset.name} has no data at hand for its digest",
            hint="name it yourself: ans.artifact(ref, path=…), or digest=…",
        )
    columns = [name for name in ("targets", "predictions") if isinstance(parts[name], str)]
    # A frame is the data by itself; arrays and the columns that are set apart count with it.
    if list(data) == ["df"] and not columns:
        digest = digests.of_data(data["df"])
    else:
        said = {name: digests.of_data(part) for name, part in data.items()}
        digest = digests.of_data(said | {name: str(parts[name]) for name in columns})
    source = getattr(dataset.source, "uri", None) or getattr(dataset.source, "url", None)
    name = names.version(dataset.name or "unnamed", dataset.digest)
    return Artifact(
        ref=name.replace(names.MODEL, "dataset", 1),
        digest=digest,
        uri=source if isinstance(source, str) else None,
    )


def of_version(mlflow: MlflowClient, version: ModelVersion) -> Artifact:
    """A registered version by its files."""
    place = mlflow.get_model_version_download_uri(version.name, str(version.version))
    return Artifact(
        ref=names.version(version.name, version.version),
        digest=_files_at(mlflow, place),
        uri=f"models:/{version.name}/{version.version}",
    )


def of_logged_model(mlflow: MlflowClient, model_id: str) -> Artifact:
    """A model that a run logged, by its files: the same digest as the version made of it."""
    model = mlflow.get_logged_model(model_id)
    return Artifact(
        ref=names.version(model.name, model_id),
        digest=_files_at(mlflow, model.artifact_location),
        uri=f"models:/{model_id}",
    )


def _of_uri(uri: str) -> Artifact:
    place = uri.removeprefix("models:/")
    name, at, alias = place.partition("@")
    if place == uri:  # before a store is asked, which would make one where there is none
        raise InvalidReferenceError(f"not a model of MLflow's: {uri!r:.80}", hint="models:/name/7")
    mlflow = client()
    if at:
        return of_version(mlflow, mlflow.get_model_version_by_alias(name, alias))
    name, slash, number = place.rpartition("/")
    if slash:
        return of_version(mlflow, mlflow.get_model_version(name, number))
    return of_logged_model(mlflow, place)


def _named(found: Artifact, ref: str | None) -> Artifact:
    return found if ref is None else Artifact(ref=ref, digest=found.digest, uri=found.uri)


def _files_at(mlflow: MlflowClient, place: str) -> str:
    with models.files_at(place, mlflow.tracking_uri) as folder:
        return digests.of_path(folder)
