"""Decision history in MLflow: written as one trace a record, found again and verified.

MLflow is a view that can be rebuilt; the ledger keeps custody. docs/mlflow.md has the queries.
"""

from answerable.exporters.mlflow.asking import filter_string
from answerable.exporters.mlflow.authenticate import authenticate
from answerable.exporters.mlflow.exporting import Exported, Rejected, Unlinked, export
from answerable.exporters.mlflow.reading import Copies, Decisions, Unreadable, copies, search
from answerable.exporters.mlflow.verifying import verify

__all__ = [
    "Copies",
    "Decisions",
    "Exported",
    "Rejected",
    "Unlinked",
    "Unreadable",
    "authenticate",
    "copies",
    "export",
    "filter_string",
    "search",
    "verify",
]
