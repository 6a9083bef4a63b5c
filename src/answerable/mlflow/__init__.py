"""MLflow's model registry, moved by recorded decisions: versions, aliases, tags.

MLflow keeps the present state of its registry and no history. Moved through here, each move is a
signed decision: who made it, why, and what was there before. docs/mlflow.md shows it.
"""

from answerable.mlflow.checking import check
from answerable.mlflow.contents import artifact
from answerable.mlflow.dossiers import Dossier, write_dossier
from answerable.mlflow.moves import (
    delete_alias,
    delete_tag,
    register_model,
    set_alias,
    set_tag,
)

__all__ = [
    "Dossier",
    "artifact",
    "check",
    "delete_alias",
    "delete_tag",
    "register_model",
    "set_alias",
    "set_tag",
    "write_dossier",
]
