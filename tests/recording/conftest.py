"""A ledger to record in, and what it holds afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import answerable as ans
from answerable.recording import process
from tests.recording.kept import Kept


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    """As in a new process, before and after."""
    process.replace(None)
    yield
    process.replace(None)


@pytest.fixture
def kept(tmp_path: Path, home: Path) -> Kept:
    """Recording is configured to go there, and ends with the test."""
    found = Kept(tmp_path / "decisions.db", home)
    ans.configure(
        ledger=found.uri,
        team="credit-risk",
        actor="analyst@bank.example",
        accountable="role:head-of-credit-risk",
    )
    return found
