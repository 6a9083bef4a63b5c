"""A place for a ledger, of either kind: the tests that ask for it are run over both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.places import FilePlace, Place, SchemaPlace


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Nothing is there yet."""
    if request.param == "sqlite":
        return FilePlace(tmp_path / "ledger.db")
    return SchemaPlace(request.getfixturevalue("postgres_database"))


@pytest.fixture(scope="session")
def postgres_database(request: pytest.FixtureRequest) -> str:
    """One database, in which each test has a schema."""
    url: str = request.getfixturevalue("postgres").database()
    return url
