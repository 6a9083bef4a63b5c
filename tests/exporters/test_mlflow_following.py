"""History goes to MLflow by itself: in the background, whole, once, and after an outage too."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import answerable as ans
from answerable.exporters.mlflow import following, verify
from answerable.exporters.mlflow.store import Store
from answerable.outbox import outbox
from answerable.recording import process
from tests.parts.mlflow_server import MlflowServer
from tests.parts.ports import LOOPBACK, answers, free_ports, serving

if TYPE_CHECKING:
    from mlflow import MlflowClient


@attrs.frozen
class Place:
    """A ledger, an MLflow, and an experiment of the test's own in it."""

    ledger: str
    uri: str
    experiment: str

    def configure(self, uri: str | None = None, **more: Any) -> None:
        ans.configure(
            ledger=self.ledger,
            actor="ana@bank.example",
            accountable="role:head",
            mlflow=uri or self.uri,
            **more,
        )

    def faults(self) -> list[tuple[str, str]]:
        with ans.open(self.ledger) as history:
            verdict = verify(self.uri, experiment=self.experiment, kept=history.records())
        return [(fault.code, fault.message) for fault in verdict.faults]

    def traces(self) -> list[Any]:
        return list(Store.open(self.uri, self.experiment, create=False).traces(None))


@pytest.fixture
def place(
    uri: str, experiment: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.setattr(outbox, "LAST_SECONDS", 120.0)  # the machine may be busy
    monkeypatch.setattr(following, "EXPERIMENT", experiment)
    process.replace(None)
    yield Place(f"sqlite:///{tmp_path / 'decisions.db'}", uri, experiment)
    process.replace(None)


def decide(count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        ans.choose("threshold", number, because=f"reason {number}", about="model:loans@7")


def _decided_and_flushed(count: int) -> None:
    decide(count)
    ans.flush()


@pytest.mark.parametrize("durability", ["commit", "group"])
def test_what_is_decided_is_in_mlflow_when_recording_ends(place: Place, durability: str) -> None:
    place.configure(durability=durability)
    decide(30)
    ans.shutdown()

    assert place.faults() == []
    assert len(place.traces()) == 31  # and the delegation of the key that signed them


def test_it_is_at_its_run_and_the_run_says_what_was_decided_in_it(
    place: Place, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", place.uri)
    experiment = client.create_experiment(f"{place.experiment}-runs")
    place.configure()
    with mlflow.start_run(experiment_id=experiment) as run:
        ans.choose("vendor", "acme", because="covers 97%", used="vendor:acme-score@2026")
        ans.flush()
        ans.choose("threshold", 0.62, because="false positives below 2%")
    ans.shutdown()

    for filter in (
        "tags.`answerable.kinds` LIKE '% threshold %'",
        "tags.`answerable.artifacts` LIKE '% vendor:acme-score@2026 %'",
        "tags.`answerable.deciders` = ' person:ana@bank.example '",
    ):
        (found,) = client.search_runs([experiment], filter)
        assert found.info.run_id == run.info.run_id
    assert place.faults() == []

    client.set_tag(run.info.run_id, "answerable.kinds", " threshold approval ")
    told = [message for code, message in place.faults() if code == "edited"]
    assert [message.partition("answerable.kinds ")[2] for message in told] == [
        "lacks 'vendor'",
        "says 'approval', which nobody recorded",
    ]


def test_a_process_that_is_killed_leaves_the_rest_to_the_next(place: Place) -> None:
    program = textwrap.dedent(
        """
        import os, sys
        import answerable as ans
        from answerable.outbox import outbox
        outbox._GATHERING = 3600.0  # nothing goes before the end, and there is none
        ledger, uri = sys.argv[1:]
        ans.configure(ledger=ledger, actor="ana@bank.example", accountable="role:h", mlflow=uri)
        for n in range(20):
            ans.choose("metric", n, because=f"of the first {n}")
        os._exit(9)
        """
    )
    ended = subprocess.run([sys.executable, "-c", program, place.ledger, place.uri], check=False)
    assert ended.returncode == 9

    place.configure()
    decide(1)
    ans.shutdown()

    assert place.faults() == []
    assert len(place.traces()) == 23


def test_what_mlflow_lost_is_there_again_after_an_export(
    place: Place, client: MlflowClient
) -> None:
    from answerable.exporters.mlflow import export

    place.configure()
    decide(5)
    ans.shutdown()
    ids = [trace.info.trace_id for trace in place.traces()]
    of = Store.open(place.uri, place.experiment, create=False).experiment_id
    client.delete_traces(of, trace_ids=ids)
    assert {code for code, _ in place.faults()} == {"missing"}

    with ans.open(place.ledger) as history:
        export(history.records(), place.uri, experiment=place.experiment)

    assert place.faults() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_sends_what_it_records_and_disturbs_nothing(place: Place) -> None:
    place.configure()
    decide(3)
    ans.flush()
    if (child := os.fork()) == 0:
        status = 1
        with contextlib.suppress(BaseException):
            decide(3, first=100)
            ans.shutdown()
            status = 0
        os._exit(status)
    decide(3, first=200)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    ans.shutdown()

    assert place.faults() == []
    assert len(place.traces()) == 11


class TestOutage:
    """Against the shared server, behind a door that is shut at first."""

    @pytest.fixture(params=["server"])
    def uri(self, mlflow_server: MlflowServer) -> str:
        return mlflow_server.uri

    @pytest.fixture
    def door(self, uri: str, tmp_path: Path) -> Iterator[Door]:
        door = Door(int(uri.rpartition(":")[2]), tmp_path)
        yield door
        door.shut()

    def test_the_history_arrives_complete_and_once_when_the_server_is_back(
        self, place: Place, door: Door
    ) -> None:
        place.configure(door.uri)
        with pytest.warns(ans.ExportWarning, match="nobody answers"):
            _decided_and_flushed(50)
        door.open()
        decide(5, first=50)
        ans.flush()
        ans.flush()
        ans.shutdown()

        assert place.faults() == []
        assert len(place.traces()) == 56

    def test_a_pipeline_is_not_slowed_meanwhile_and_mlflow_is_not_even_imported(
        self, tmp_path: Path
    ) -> None:
        (port,) = free_ports(1)
        # What is added, in the same run: a busy machine changes what two runs take by more.
        program = textwrap.dedent(
            """
            import sys, time, warnings
            from pathlib import Path
            import answerable as ans
            from answerable.recording.onward import Onward
            warnings.simplefilter("ignore")
            folder, uri = Path(sys.argv[1]), sys.argv[2]
            told = [0.0]

            def timed(call):
                def inner(*args, **more):
                    began = time.thread_time()
                    call(*args, **more)
                    told[0] += time.thread_time() - began
                return inner

            Onward.notice, Onward.appended = timed(Onward.notice), timed(Onward.appended)
            ans.configure(ledger=folder / "decisions.db", accountable="role:h", mlflow=uri)
            ans.choose("metric", -1, because="the first makes the ledger")
            ans.flush()
            told[0], all, here = 0.0, time.process_time(), time.thread_time()
            for n in range(1_000):
                ans.choose("metric", n, because=f"of the first {n}")
            all, here = time.process_time() - all, time.thread_time() - here
            print(all / (here - told[0]), "mlflow" in sys.modules)
            """
        )
        ran = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path), f"http://{LOOPBACK}:{port}"],
            capture_output=True,
            text=True,
            check=True,
        )
        ratio, imported = ran.stdout.split()
        assert imported == "False"
        assert float(ratio) <= 1.1


@pytest.mark.parametrize("uri", ["mlruns", "file:///tmp/mlruns", "ftp://mlflow.example.org"])
def test_an_address_that_cannot_serve_is_told_at_once(uri: str, tmp_path: Path) -> None:
    with pytest.raises(ans.ConfigurationError):
        ans.configure(ledger=tmp_path / "decisions.db", mlflow=uri)


def test_a_password_in_the_address_is_in_no_message(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    ans.configure(
        ledger=tmp_path / "decisions.db",
        accountable="role:h",
        mlflow=f"postgresql+psycopg://ana:secret@{LOOPBACK}:{port}/mlflow",
    )
    with pytest.warns(ans.ExportWarning) as told:
        _decided_and_flushed(1)
    process.replace(None)

    assert told and not any("secret" in str(each.message) for each in told)


# Leads from one port to another.
PASSAGE = """
import asyncio, sys
here, there = map(int, sys.argv[1:])

async def pour(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()

async def lead(reader, writer):
    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", there)
    await asyncio.gather(pour(reader, other_writer), pour(other_reader, writer))

async def serve():
    async with await asyncio.start_server(lead, "127.0.0.1", here) as server:
        await server.serve_forever()

asyncio.run(serve())
"""


class Door:
    """A port that nobody answers at; once it is open, it leads to another."""

    def __init__(self, leads_to: int, folder: Path) -> None:
        self._leads_to = leads_to
        self._folder = folder
        (self._port,) = free_ports(1)
        self._serving = contextlib.ExitStack()
        self.uri = f"http://{LOOPBACK}:{self._port}"

    def open(self) -> None:
        passage = serving(
            lambda ports: [sys.executable, "-c", PASSAGE, str(ports[0]), str(self._leads_to)],
            ports=1,
            ready=lambda ports: answers(ports[0], "/health"),
            deadline=60.0,
            log=self._folder / "passage.log",
            cwd=self._folder,
            choose=lambda _: (self._port,),
        )
        self._serving.enter_context(passage)

    def shut(self) -> None:
        self._serving.close()
