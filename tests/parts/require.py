"""What to do when a part that a test needs is not there: skip here, fail where it was promised.

``ANSWERABLE_REQUIRE`` is a comma-separated list of parts that must be present. A developer
leaves it empty and works with what the machine has; CI names every part, so that a test
which silently stopped running shows as a failure.
"""

from __future__ import annotations

import os
from typing import Final, NoReturn

import pytest

PARTS: Final = frozenset(
    {
        *("chromium", "collector", "jaeger", "mlflow-server", "mounts", "older-mlflow", "openssl"),
        *("postgres", "strace", "token"),
    }
)


def required(part: str) -> bool:
    """Whether ``ANSWERABLE_REQUIRE`` names ``part``; fails the test if it names no known part."""
    listed = os.environ.get("ANSWERABLE_REQUIRE", "").split(",")
    names = {name.strip() for name in listed} - {""}
    if unknown := names - PARTS:
        # A misspelt name would otherwise turn a promise into a skip.
        pytest.fail(
            f"ANSWERABLE_REQUIRE names {', '.join(sorted(unknown))};"
            f" the parts are {', '.join(sorted(PARTS))}",
            pytrace=False,
        )
    return part in names


def unavailable(part: str, reason: str) -> NoReturn:
    """End the test because ``part`` is missing: a failure if it is required, else a skip."""
    if required(part):
        pytest.fail(f"{part} is required by ANSWERABLE_REQUIRE: {reason}", pytrace=False)
    pytest.skip(reason)
