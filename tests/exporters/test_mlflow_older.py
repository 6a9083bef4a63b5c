"""A server of before MLflow 3.14 takes a trace and leaves out its tags: they are set one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import requests

import answerable as ans
from answerable.errors import ExportError
from answerable.exporters.mlflow import export, filter_string, search, tags, verify
from answerable.exporters.mlflow.shaping import show
from tests.cli.running import Run, running
from tests.exporters.mlflow_records import ANA, Emitter, envelope
from tests.parts.mlflow_server import find_older, running_mlflow

if TYPE_CHECKING:
    from mlflow import MlflowClient


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_mlflow(tmp_path_factory.mktemp("older"), python=find_older()) as server:
        said = requests.get(f"{server.uri}/version", timeout=30).text
        assert re.fullmatch(r"3\.([0-9]|1[0-3])\.\d+", said)
        yield server.uri


@pytest.fixture(scope="module")
def client(uri: str) -> MlflowClient:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


def test_every_record_is_found_and_verified_there(
    uri: str, client: MlflowClient, experiment: str
) -> None:
    emitter = Emitter()
    threshold, vendor = emitter.decision(), emitter.decision(kind="vendor", chosen="acme")

    exported = export(emitter.records, uri, experiment=experiment)

    assert (exported.sent, exported.tagged, exported.rejected) == (3, 3, ())
    found = search(uri, experiment=experiment, actor=ANA)
    assert found == [vendor, threshold]
    assert [d.custody.fault for d in found if d.custody] == [None, None]
    assert verify(uri, experiment=experiment).faults == ()
    native = client.search_traces(
        locations=[exported.experiment_id], filter_string=filter_string(kind="vendor")
    )
    assert [trace.info.tags["mlflow.traceName"] for trace in native] == ["vendor = acme"]


def test_exporting_again_sets_no_tag_but_what_was_edited(
    uri: str, client: MlflowClient, experiment: str
) -> None:
    emitter = Emitter()
    decision = emitter.decision()
    export(emitter.records, uri, experiment=experiment)

    assert export(emitter.records, uri, experiment=experiment).tagged == 0

    client.set_trace_tag(show(envelope(decision), 1).request_id, tags.KIND, "deploy")
    assert verify(uri, experiment=experiment).faults != ()
    assert export(emitter.records, uri, experiment=experiment).tagged == 1
    assert verify(uri, experiment=experiment).faults == ()


def test_the_command_says_that_it_was_so(
    uri: str, experiment: str, tmp_path: Path, home: Path, run: Run
) -> None:
    ledger = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=ledger, home=str(home), actor=ANA)
    ans.choose("threshold", 0.62, because="false positives below 2%")
    ans.shutdown()
    words = ("export", "mlflow", "--mlflow", uri, "--experiment", experiment, "--ledger", ledger)

    told = run(*words)

    assert told.status == 0
    assert "the tags of 2 records were left out" in told.err
    assert (run(*words).err, run(*words, "--json").json["tagged"]) == ("", 0)


@pytest.mark.parametrize("what", ["does not take traces", "does not give traces back"])
def test_a_server_that_is_older_still_is_refused_and_told(what: str) -> None:
    """Which answers 404 to what it does not know."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "experiments/get-by-name" in self.path:
                body = b'{"experiment": {"experiment_id": "1", "lifecycle_stage": "active"}}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            place = f"http://127.0.0.1:{server.server_port}"
            from answerable.exporters.mlflow.store import Store

            store = Store.open(place, "answerable", create=False)
            with pytest.raises(ExportError, match=what) as told:
                if what == "does not take traces":
                    export([Emitter().decision()], place)
                else:
                    store._transport.whole(["tr-" + "0" * 32])
        finally:
            server.shutdown()
    assert told.value.hint is not None and "3.14 or newer" in told.value.hint
