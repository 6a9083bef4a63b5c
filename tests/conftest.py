"""What every test gets: a home of its own, and nothing of the developer's environment."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from answerable.recording import process

pytest_plugins = ["tests.parts.fixtures", "pytester"]

# What they start is ended by this signal too, and would inherit that it is ignored, as it is for a job
# in the background.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# They say which real servers the tests may use, and nothing about answerable itself.
PARTS = {
    *("ANSWERABLE_REQUIRE", "ANSWERABLE_CACHE"),
    *("ANSWERABLE_CHROMIUM", "ANSWERABLE_COLLECTOR", "ANSWERABLE_JAEGER"),
    "ANSWERABLE_POSTGRES",
}
FOREIGN = ("ANSWERABLE_", "OTEL_", "MLFLOW_", "TRACEPARENT", "TRACESTATE", "BAGGAGE")

# No deadline: two busy cores make one example slow, not wrong. Fixtures here are not changed by
# an example, so that they are shared between examples is no matter.
settings.register_profile(
    "answerable",
    deadline=None,
    derandomize="CI" in os.environ,  # a change is judged by the same examples as the one before
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("answerable")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """This test's `ANSWERABLE_HOME`; the environment's other settings are out of force."""
    for name in os.environ:
        if name.startswith(FOREIGN) and name not in PARTS:
            monkeypatch.delenv(name)
    # In the programs that tests start too; how pytest itself is told stands in pyproject.toml.
    monkeypatch.setenv("PYTHONWARNINGS", "ignore:a decision says too little")
    path = tmp_path / "home"
    monkeypatch.setenv("ANSWERABLE_HOME", str(path))
    yield path
    # What a block of settings had open is this test's alone, also where its ledger is out of reach.
    process._of_contexts.clear()
