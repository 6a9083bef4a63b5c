"""The demo, run twice into one directory: once into real servers where there are any, then by
itself. It takes a while, so that all tests look at the same two runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import answerable as ans
from answerable import demo
from tests.parts.jaeger import Jaeger
from tests.parts.mlflow_server import MlflowServer

NOTE = "notes.txt"


@attrs.frozen(kw_only=True)
class Runs:
    """`first` was sent to `jaeger` and `server`, where these are there; `second` began anew.

    `stages` are those that the second reported; `origin` names the first's ledger.
    """

    folder: Path
    first: demo.Outcome
    second: demo.Outcome
    stages: tuple[str, ...]
    origin: str
    jaeger: Jaeger | None
    server: MlflowServer | None


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Both runs of the demo."""
    jaeger: Jaeger | None = _where_there_is(request, "jaeger")
    server: MlflowServer | None = _where_there_is(request, "mlflow_server")
    folder = tmp_path_factory.mktemp("demo") / "out"
    first = demo.run(
        folder, jaeger=jaeger.otlp_url if jaeger else None, mlflow=server.uri if server else None
    )
    with ans.open(first.ledger, home=first.home) as history:
        origin = history.ledger.origin
    (folder / NOTE).write_text("mine", encoding="utf-8")
    (folder / "files" / NOTE).write_text("mine too", encoding="utf-8")
    stages: list[str] = []
    second = demo.run(folder, report=stages.append)
    return Runs(
        folder=folder,
        first=first,
        second=second,
        stages=tuple(stages),
        origin=origin,
        jaeger=jaeger,
        server=server,
    )


@pytest.fixture
def history(runs: Runs) -> Iterator[ans.History]:
    """What the second run recorded."""
    with ans.open(runs.second.ledger, home=runs.second.home) as opened:
        yield opened


def _where_there_is(request: pytest.FixtureRequest, part: str) -> Any:
    try:
        return request.getfixturevalue(part)
    except pytest.skip.Exception:
        return None
