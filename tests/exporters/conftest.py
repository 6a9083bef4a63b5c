"""Every kind of MLflow, for the tests of this folder."""

from tests.parts.mlflow_kinds import client, experiment, uri

__all__ = ["client", "experiment", "uri"]
