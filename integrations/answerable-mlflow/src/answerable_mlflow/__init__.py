"""MLflow runs that say in which step and decision they were started."""

from answerable_mlflow.context import DecisionContext

__all__ = ["DecisionContext"]
