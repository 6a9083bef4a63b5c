"""The kinds of MLflow that there are: a tracking server over HTTP, and a database without one, each
on SQLite and on PostgreSQL."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING

import pytest

from answerable.exporters.mlflow import export
from tests.parts.mlflow_server import MlflowServer
from tests.parts.postgres import Postgres

if TYPE_CHECKING:
    from mlflow import MlflowClient


KINDS = ("server", "database", "server-postgres", "database-postgres")


@pytest.fixture(scope="module", params=KINDS)
def uri(request: pytest.FixtureRequest) -> str:
    return address(request, request.param)


def address(request: pytest.FixtureRequest, kind: str) -> str:
    """The tracking address of an MLflow of that kind."""
    match kind:
        case "server":
            server: MlflowServer = request.getfixturevalue("mlflow_server")
            return server.uri
        case "server-postgres":
            server = request.getfixturevalue("mlflow_server_on_postgres")
            return server.uri
        case "database-postgres":
            postgres: Postgres = request.getfixturevalue("postgres")
            return _made(postgres.mlflow_store(), request)
        case _:
            folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
            return _made(f"sqlite:///{folders.mktemp('embedded')}/mlflow.db", request)


def _made(uri: str, request: pytest.FixtureRequest) -> str:
    """With its tables. Artifacts of an embedded MLflow lie where the process stood when it was first
    used, which is not to be the checkout."""
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    with contextlib.chdir(folders.mktemp("artifacts")):
        export([], uri, experiment="first")
    return uri


@pytest.fixture(scope="module")
def client(uri: str) -> MlflowClient:
    """MLflow's own client, which knows nothing of ours."""
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


@pytest.fixture
def experiment() -> str:
    return f"answerable-{uuid.uuid4().hex[:8]}"
