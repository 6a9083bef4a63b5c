"""MLflow's own client, for the store that MLflow itself is told of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from answerable.errors import MissingExtraError

if TYPE_CHECKING:
    from mlflow import MlflowClient

_T = TypeVar("_T")
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def client(uri: str | None = None) -> MlflowClient:
    """For the store at `uri`; without one, where MLFLOW_TRACKING_URI or `mlflow.set_tracking_uri`
    says."""
    try:
        from mlflow import MlflowClient
    except ImportError:
        raise MissingExtraError("mlflow", "MLflow") from None
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def found(ask: Callable[..., _T], *names: str) -> _T | None:
    """What MLflow has under these names; None if that is nothing."""
    from mlflow.exceptions import MlflowException

    try:
        return ask(*names)
    except MlflowException as error:
        if error.error_code in _ABSENT:
            return None
        raise
