"""What several of these tests need, and take a moment to begin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parts.authority import Authority, running_authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """A time-stamping authority that answers until the file's last test."""
    with running_authority(tmp_path_factory.mktemp("authority")) as part:
        yield part
