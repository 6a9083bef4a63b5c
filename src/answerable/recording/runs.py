"""Which run of which system this code is part of."""

from __future__ import annotations

import sys
from typing import Any

from answerable.errors import InvalidValueError
from answerable.recording import surroundings
from answerable.values import optional


def current_run(configured: str | None) -> str | None:
    """The run's id: configured, else that of MLflow's active run, else the CI job's."""
    if configured:
        return configured
    # MLflow is asked only where the pipeline itself has loaded it.
    fluent: Any = sys.modules.get("mlflow.tracking.fluent")
    active = getattr(fluent, "active_run", None)  # None while MLflow is still being imported
    if active is not None and (run := active()) is not None:
        return str(run.info.run_id)
    for name in ("GITHUB_RUN_ID", "CI_PIPELINE_ID"):
        if told := _id(surroundings.told(name)):
            return told
    return None


def _id(told: str | None) -> str | None:
    try:
        return optional(told, "the run")
    except InvalidValueError:  # not text, which is no reason to lose a record
        return None
