"""Every kind of MLflow, and a small trace with its copy, for the tests of this folder."""

from tests.exporters.otlp_copies import story
from tests.parts.mlflow_kinds import client, experiment, uri

__all__ = ["client", "experiment", "story", "uri"]
