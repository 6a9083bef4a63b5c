"""The servers as fixtures, one of each a session. Tests share them: use ids of your own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parts.jaeger import Jaeger, running_jaeger
from tests.parts.mlflow_server import MlflowServer, running_mlflow
from tests.parts.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A running Jaeger v2 with memory storage."""
    with running_jaeger(tmp_path_factory.mktemp("jaeger")) as part:
        yield part


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A running MLflow tracking server on SQLite."""
    with running_mlflow(tmp_path_factory.mktemp("mlflow")) as part:
        yield part


@pytest.fixture(scope="session")
def mlflow_server_on_postgres(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[MlflowServer]:
    """A running MLflow tracking server on PostgreSQL."""
    with running_mlflow(tmp_path_factory.mktemp("mlflow"), postgres.mlflow_store()) as part:
        yield part


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL, or the one that `ANSWERABLE_POSTGRES` names."""
    with running_postgres() as part:
        yield part


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """A database of this test's own in it, as ``postgresql://…``."""
    return postgres.database()
