"""A fixture for pytest, for whoever asks for it: `pytest_plugins = ["answerable.pytest_plugin"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from answerable.testing import Captured, capture_decisions


@pytest.fixture
def captured_decisions() -> Iterator[Captured]:
    """What the code under test records, in a ledger that is thrown away."""
    with capture_decisions() as captured:
        yield captured
