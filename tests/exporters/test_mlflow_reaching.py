"""What an export says where MLflow cannot be had, and what it leaves alone where it can."""

from __future__ import annotations

import base64
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from answerable.errors import ConfigurationError, ExportError, NotFoundError
from answerable.exporters.mlflow import export, search
from answerable.ledger import Ledger
from answerable.model import Record
from tests.exporters.mlflow_records import Emitter


class TestReaching:
    def test_a_server_that_does_not_answer_is_told_at_once(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # and never listens
            uri = f"http://127.0.0.1:{taken.getsockname()[1]}"

            with pytest.raises(ExportError, match="no MLflow server answers at http://127") as told:
                export([Emitter().decision()], uri)
        assert told.value.hint and "mlflow server" in told.value.hint

    @pytest.mark.parametrize(
        ("status", "told"),
        [(404, "no MLflow server that can be used"), (401, "refuses this user"), (403, "refuses")],
    )
    def test_another_server_or_a_guarded_one_is_told(self, status: int, told: str) -> None:
        with answering(status) as (uri, _), pytest.raises(ExportError, match=told):
            export([Emitter().decision()], uri)

    def test_mlflows_own_credentials_are_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ana")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")

        with answering(403) as (uri, shown), pytest.raises(ExportError) as refused:
            export([Emitter().decision()], uri)

        assert shown == ["Basic " + base64.b64encode(b"ana:secret").decode()]
        assert "secret" not in str(refused.value)

    def test_a_database_that_is_not_there_is_not_made_by_reading(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="no MLflow database"):
            search(f"sqlite:///{tmp_path}/mlflow.db")
        assert list(tmp_path.iterdir()) == []

    def test_a_directory_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ExportError, match="there is no directory"):
            export([Emitter().decision()], f"sqlite:///{tmp_path}/deeper/mlflow.db")

    def test_a_file_that_is_no_database_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("not a database, by some hundred characters" * 20)

        with pytest.raises(ExportError, match="not a database"):
            export([Emitter().decision()], f"sqlite:///{tmp_path}/notes.txt")

    def test_a_ledger_is_not_made_an_mlflow_database(self, tmp_path: Path, home: Path) -> None:
        uri = f"sqlite:///{tmp_path}/decisions.db"
        Ledger.open_or_create(uri, home).close()

        with pytest.raises(ConfigurationError, match="something else than MLflow's tables"):
            export([Emitter().decision()], uri)

    def test_a_database_server_that_cannot_be_reached_is_told_at_once(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]

            with pytest.raises(ExportError, match="cannot open the MLflow database") as told:
                export([], f"postgresql+psycopg://me:secret@127.0.0.1:{port}/mlflow")
        assert "secret" not in str(told.value)

    def test_an_export_that_breaks_off_says_how_far_it_came(self, tmp_path: Path) -> None:
        emitter = Emitter()
        first, second = emitter.decision(), emitter.decision()

        def records() -> Iterator[Record]:
            yield first
            yield second
            # The first batch is written by now: a batch is closed by the record after it.
            with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
                database.execute("DROP TABLE spans")

        with pytest.raises(ExportError, match="after 1 records; sending all again is safe"):
            export(records(), f"sqlite:///{tmp_path}/mlflow.db", batch=1)


@contextmanager
def answering(status: int) -> Iterator[tuple[str, list[str | None]]]:
    """A server that is not MLflow: its address, and the credentials it was shown."""
    shown: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.append(self.headers["Authorization"])
            self.send_error(status)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", shown
        finally:
            server.shutdown()
            thread.join()


EMBEDDED = """\
import json, sys
reached = []
sys.addaudithook(
    lambda event, seen: reached.append([event, str(seen[1:])])
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto") else None
)
from tests.exporters.mlflow_records import Emitter
from answerable.exporters.mlflow import copies, export, search
emitter = Emitter()
emitter.decision()
export(emitter.records, sys.argv[1])
assert search(sys.argv[1])[0].custody.verified
assert len(copies(sys.argv[1]).records) == 2
print(json.dumps(reached))
"""


class TestManners:
    """What an embedded export leaves as it was."""

    @pytest.mark.slow
    def test_nothing_is_said_on_the_terminal_and_nobody_is_called(self, tmp_path: Path) -> None:
        # As on a user's machine: MLflow reports its use only outside of tests and CI.
        marks = ("MLFLOW_", "_MLFLOW_", "PYTEST_", "CI", "GITHUB_ACTIONS", "DO_NOT_TRACK")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(marks)}

        ran = subprocess.run(
            [sys.executable, "-c", EMBEDDED, f"sqlite:///{tmp_path}/mlflow.db"],
            cwd=Path(__file__).parents[2],
            env=kept | {"HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert ran.stderr == ""
        assert json.loads(ran.stdout) == []
