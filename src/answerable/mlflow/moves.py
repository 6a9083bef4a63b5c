"""Moves in the registry, each one a decision: recorded with what was there before.

MLflow is moved inside the open decision. What MLflow refuses is recorded as abandoned, and
its exception goes on; a decision that cannot be recorded moves nothing.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Unpack

from answerable.errors import LedgerError, NotFoundError
from answerable.mlflow import names
from answerable.mlflow.connecting import client, found
from answerable.mlflow.contents import of_version
from answerable.mlflow.dossiers import write_dossier
from answerable.recording import CustodyWarning, callsite, decide, inputs
from answerable.recording.details import Details
from answerable.recording.process import custodian, is_disabled

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from answerable.model import Decision
    from answerable.recording.decisions import OpenDecision


def register_model(
    model_uri: str,
    name: str,
    *,
    because: str | None = None,
    over: inputs.Over | None = None,
    tags: dict[str, Any] | None = None,
    dossier: bool = True,
    **details: Unpack[Details],
) -> ModelVersion:
    """`mlflow.register_model`, recorded: the version is produced, with the digest of its files.

    The record belongs to the run that made the model. With `dossier`, what stands behind the
    version is written to it afterwards (`write_dossier`). `over`, `because` and the rest are as
    in `answerable.choose`.
    """
    import mlflow

    with decide("model", f"Which model do we register as {name}?", **details) as made:
        _choose(made, model_uri, because, over)
        version = mlflow.register_model(model_uri, name, tags=tags)
        if version.run_id:
            made.belong_to(version.run_id)
        made.produced(of_version(client(), version))
    if dossier and not is_disabled():
        _with_dossier(name, str(version.version))
    return version


def _with_dossier(name: str, version: str) -> None:
    """What is registered stays so: a ledger out of reach is warned of, and never blocks."""
    try:
        custodian().flush()  # of this ledger, not of every one that is open here
        write_dossier(name, version)
    except (LedgerError, NotFoundError) as error:
        warnings.warn(
            f"{name} version {version} has no dossier: {error}; write_dossier makes it later",
            CustodyWarning,
            stacklevel=callsite.stack_level(),
        )


def set_alias(
    name: str,
    alias: str,
    version: str | int,
    *,
    because: str | None = None,
    over: inputs.Over | None = None,
    **details: Unpack[Details],
) -> Decision:
    """Let `alias` name this version of the model, and record it: who moved it, from which
    version, and why."""
    mlflow, question = client(), f"Which version of {name} is @{alias}?"
    with decide("alias", question, **_before(details, _held(mlflow, name, alias))) as made:
        _choose(made, str(version), because, over)
        made.used(of_version(mlflow, mlflow.get_model_version(name, str(version))))
        made.produced(names.alias(name, alias))
        mlflow.set_registered_model_alias(name, alias, str(version))
    return made.record


def delete_alias(
    name: str,
    alias: str,
    *,
    because: str | None = None,
    over: inputs.Over | None = None,
    **details: Unpack[Details],
) -> Decision:
    """Take the alias away, and record it: `alias` then names no version."""
    mlflow, question = client(), f"Which version of {name} is @{alias}?"
    with decide("alias", question, **_before(details, _held(mlflow, name, alias))) as made:
        _choose(made, None, because, over)
        made.produced(names.alias(name, alias))
        mlflow.delete_registered_model_alias(name, alias)
    return made.record


def set_tag(
    name: str,
    key: str,
    value: Any,
    *,
    version: str | int | None = None,
    because: str | None = None,
    over: inputs.Over | None = None,
    **details: Unpack[Details],
) -> Decision:
    """Set a tag of a version, or without one of the model itself, and record it."""
    return _tag(name, key, str(value), version, because, over, details)


def delete_tag(
    name: str,
    key: str,
    *,
    version: str | int | None = None,
    because: str | None = None,
    over: inputs.Over | None = None,
    **details: Unpack[Details],
) -> Decision:
    """Take a tag away from a version, or without one from the model itself, and record it."""
    return _tag(name, key, None, version, because, over, details)


def _tag(
    name: str,
    key: str,
    value: str | None,
    version: str | int | None,
    because: str | None,
    over: inputs.Over | None,
    details: Details,
) -> Decision:
    mlflow = client()
    of = name if version is None else f"{name} version {version}"
    if version is None:
        tags = mlflow.get_registered_model(name).tags
    else:
        tags = mlflow.get_model_version(name, str(version)).tags
    question = f"What does the tag {key} of {of} say?"
    with decide("tag", question, **_before(details, tags.get(key))) as made:
        _choose(made, value, because, over)
        if version is not None:
            made.used(names.version(name, version))
        made.produced(names.tag(name, version, key))
        match value, version:
            case None, None:
                mlflow.delete_registered_model_tag(name, key)
            case None, _:
                mlflow.delete_model_version_tag(name, str(version), key)
            case _, None:
                mlflow.set_registered_model_tag(name, key, value)
            case _, _:
                mlflow.set_model_version_tag(name, str(version), key, value)
    return made.record


def _held(mlflow: MlflowClient, name: str, alias: str) -> str | None:
    version = found(mlflow.get_model_version_by_alias, name, alias)
    return None if version is None else str(version.version)


def _choose(made: OpenDecision, value: Any, because: str | None, over: inputs.Over | None) -> None:
    for option in inputs.options(over):
        made.consider(option.value, option.because)
    made.choose(value, because)
    made.check()


def _before(details: Details, previous: str | None) -> Details:
    """The details, and what is there now, unless the caller knows better."""
    if previous is None or details.get("previous") is not None:
        return details
    return {**details, "previous": previous}
