"""A trace reaches Jaeger by itself when its subject is deployed, approved, or has an incident."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import requests

import answerable as ans
from answerable.errors import ConfigurationError, MissingExtraError
from answerable.outbox import outbox
from answerable.recording import process
from answerable.stitched import draw
from tests.cli.running import running
from tests.exporters.otlp_reading import fetch
from tests.exporters.test_otlp import ordered
from tests.parts.jaeger import CONFIG, Jaeger, running_jaeger
from tests.parts.ports import free_ports

DIGEST = "sha256:" + "0" * 64


@attrs.frozen
class System:
    """One subject of its own in a ledger: the Jaeger is shared."""

    ledger: str
    subject: str

    def deploy(self, score: float = 0.6) -> None:
        with ans.step("train", produced="model:scores@1"):
            ans.choose("threshold", score, over={0.5: "too many"}, because="it is measured")
        with ans.step("deploy", used="model:scores@1", produced=self.subject):
            ans.choose("deploy", "all", over={"a tenth": "too slow"}, because="it was tried")

    def trace(self, at: Any = None) -> Any:
        with ans.open(self.ledger) as history:
            return history.trace(self.subject, at)

    def incident(self) -> Any:
        return ans.incident(self.subject, "it declined everybody")


@pytest.fixture
def system(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    monkeypatch.setattr(outbox, "LAST_SECONDS", 60.0)  # the machine may be busy
    process.replace(None)
    yield System(f"sqlite:///{tmp_path / 'ledger.db'}", f"deployment:prod/{uuid.uuid4().hex[:12]}")
    process.replace(None)


def configure(system: System, url: str, **more: Any) -> None:
    ans.configure(
        ledger=system.ledger,
        team="credit-risk",
        actor="ana@bank.example",
        accountable="role:head",
        stitch_to=url,
        **more,
    )


def of_subject(jaeger: Jaeger, system: System) -> dict[str, Any]:
    """The traces that Jaeger has of the subject, by their ids: each one's spans, repeats too."""
    query = {
        "query.service_name": "answerable",
        "query.start_time_min": "2000-01-01T00:00:00Z",
        "query.start_time_max": "2100-01-01T00:00:00Z",
        "query.operation_name": system.subject,
        "query.num_traces": "1000",
    }
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{jaeger.query_url}/api/v3/traces", params=query)
    if answer.status_code == 404:
        return {}
    assert answer.ok, answer.text
    found: dict[str, Any] = {}
    for group in answer.json()["result"]["resourceSpans"]:
        for scoped in group["scopeSpans"]:
            for span in scoped["spans"]:
                found.setdefault(span["traceId"], []).append(span["spanId"])
    return found


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30.0
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def to_the_end(say: Callable[[], object]) -> None:
    say()
    ans.shutdown()


@pytest.mark.parametrize("durability", ["commit", "group"])
def test_what_is_deployed_is_in_jaeger_when_recording_ends(
    jaeger: Jaeger, system: System, durability: str
) -> None:
    """Also what gathered last: the group is committed first, and then sent."""
    configure(system, jaeger.otlp_url, durability=durability)
    system.deploy()
    ans.shutdown()

    trace = system.trace()
    assert ordered(fetch(jaeger, trace.trace_id)) == ordered(draw(trace))
    assert set(of_subject(jaeger, system)) == {trace.trace_id}


def test_it_comes_while_the_pipeline_runs(jaeger: Jaeger, system: System) -> None:
    configure(system, jaeger.otlp_url)
    system.deploy()

    until(lambda: len(of_subject(jaeger, system)) == 1)


def test_an_approval_a_dissent_and_an_incident_are_occasions_and_nothing_else_is(
    jaeger: Jaeger, system: System
) -> None:
    configure(system, jaeger.otlp_url)
    system.deploy()
    ans.flush()
    seen = [system.trace().trace_id]
    ans.choose("threshold", 0.7, over={0.5: "no"}, because="x", about=system.subject)
    ans.flush()
    assert set(of_subject(jaeger, system)) == set(seen)

    # It goes with the approval: it is what there was to approve.
    seen.append(system.trace().trace_id)
    for say in (
        lambda: ans.approve(system.subject, digest=DIGEST),
        lambda: ans.dissent(system.subject, because="too early"),
        system.incident,
    ):
        say()
        ans.flush()
        seen.append(system.trace().trace_id)
        assert len(set(seen)) == len(seen)
        assert set(of_subject(jaeger, system)) == set(seen)


def test_a_yes_to_a_part_is_one_for_the_deployment_that_rests_on_it(
    jaeger: Jaeger, system: System
) -> None:
    configure(system, jaeger.otlp_url)
    system.deploy()
    ans.flush()
    ans.approve("model:scores@1", digest=DIGEST)
    ans.flush()

    assert system.trace().trace_id in of_subject(jaeger, system)


def test_each_revision_goes_once_and_no_span_twice(
    jaeger: Jaeger, system: System, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="answerable.exporters.otlp.stitching")
    for _ in range(3):  # as three processes
        configure(system, jaeger.otlp_url)
        ans.flush()
        system.incident()
        ans.shutdown()

    found = of_subject(jaeger, system)
    assert len(found) == 3
    assert all(len(spans) == len(set(spans)) for spans in found.values())
    assert len(caplog.records) == 3


def test_what_an_outage_missed_is_sent_as_if_there_had_been_none(
    system: System, tmp_path: Path, home: Path
) -> None:
    """Nothing listens while three processes record; a fourth, with Jaeger there, brings all."""
    (port,) = free_ports(1)
    seen = []
    for say in (system.deploy, system.incident, system.incident):
        configure(system, f"http://127.0.0.1:{port}")
        with pytest.warns(ans.ExportWarning, match="Connection refused"):
            to_the_end(say)
        seen.append(system.trace().trace_id)

    there = CONFIG.replace("{host}:{otlp_http}", f"127.0.0.1:{port}")
    with running_jaeger(tmp_path, there) as jaeger:
        configure(system, f"http://127.0.0.1:{port}")
        ans.choose("monitor", "nothing", over={"all": "no"}, because="x")
        ans.shutdown()

        assert set(of_subject(jaeger, system)) == set(seen)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_sends_what_it_records(jaeger: Jaeger, system: System) -> None:
    configure(system, jaeger.otlp_url)
    system.deploy()
    child = os.fork()
    if not child:
        status = 1
        try:
            system.incident()
            ans.shutdown()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    ans.shutdown()

    assert len(of_subject(jaeger, system)) == 2


PROGRAM = """
import sys, answerable as ans
from answerable.outbox import outbox
outbox.LAST_SECONDS = 60.0  # the machine may be busy
with ans.step("deploy", produced=sys.argv[1]):
    ans.choose("deploy", "all", over={"a tenth": "too slow"}, because="it was tried")
"""


def test_a_program_that_says_nothing_at_its_end_sends_it_all_the_same(
    jaeger: Jaeger, system: System, tmp_path: Path
) -> None:
    environment = os.environ | {
        "ANSWERABLE_LEDGER": system.ledger,
        "ANSWERABLE_ACCOUNTABLE": "role:head",
        "ANSWERABLE_ACTOR": "ana@bank.example",
        "ANSWERABLE_STITCH_TO": jaeger.otlp_url,
        "ANSWERABLE_DURABILITY": "group",
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, system.subject],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert set(of_subject(jaeger, system)) == {system.trace().trace_id}


def test_what_a_receiver_rejects_is_warned_of_and_not_asked_for_again(system: System) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTracePartialSuccess,
        ExportTraceServiceResponse,
    )

    from tests.exporters.test_otlp_receiver import Answer, receiving

    partly = ExportTraceServiceResponse(
        partial_success=ExportTracePartialSuccess(rejected_spans=2, error_message="too old")
    ).SerializeToString()
    # Before it, whether anybody is there is asked twice: with nothing loaded yet, and with all.
    with receiving(Answer(), Answer(), Answer(body=partly)) as receiver:
        configure(system, receiver.url)
        with pytest.warns(ans.ExportWarning, match="did not take 2 spans.*too old"):
            to_the_end(system.incident)
        configure(system, receiver.url)
        ans.flush()
        ans.shutdown()

    assert len(receiver.received) == 3


class TestTheSetting:
    @pytest.mark.parametrize("told", ["localhost:4318", "ftp://x", "http://", "http://[x", "x y"])
    def test_that_is_no_address_is_refused_at_once(self, told: str) -> None:
        with pytest.raises(ConfigurationError, match="stitch_to is not a"):
            ans.configure(stitch_to=told)

    def test_that_has_a_secret_shows_it_nowhere(self, system: System, home: Path) -> None:
        (port,) = free_ports(1)
        configure(system, f"http://user:tok3n@127.0.0.1:{port}/?key=tok3n")
        assert "tok3n" not in repr(process.custodian().settings)
        with pytest.warns(ans.ExportWarning) as warned:
            to_the_end(system.incident)

        assert warned
        assert not any("tok3n" in str(each.message) for each in warned)
        kept = [p for p in home.parent.rglob("*") if p.is_file()]
        assert not any(b"tok3n" in p.read_bytes() or "tok3n" in str(p) for p in kept)

    def test_stands_in_pyproject_too(self, system: System, tmp_path: Path) -> None:
        from answerable import configuration

        (tmp_path / "pyproject.toml").write_text(
            textwrap.dedent(
                """
                [tool.answerable]
                stitch_to = "http://localhost:4318/"
                """
            )
        )
        settings = configuration.settle({}, {}, tmp_path)
        assert settings.stitch_to == "http://localhost:4318"

    def test_without_its_packages_says_which_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "requests", None)
        with pytest.raises(MissingExtraError) as raised:
            ans.configure(stitch_to="http://localhost:4318")
        assert raised.value.hint == "pip install 'answerable[otlp]'"


def test_a_process_that_stitches_nothing_loads_nothing_for_it(tmp_path: Path) -> None:
    code = (
        "import answerable as ans, sys\n"
        f"ans.configure(ledger={str(tmp_path / 'l.db')!r}, stitch_to='http://127.0.0.1:9')\n"
        "ans.choose('threshold', 1)\nans.shutdown()\n"
        "print(*(m for m in ('requests', 'google.protobuf') if m in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


class TestTheCommand:
    """`answerable export otlp`: the same, here and now."""

    def test_brings_what_the_receiver_has_not_and_again_only_what_is_new(
        self, jaeger: Jaeger, system: System, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        run = running(capfdbinary)
        words = ("export", "otlp", "--ledger", system.ledger, "--otlp", jaeger.otlp_url)
        ans.configure(ledger=system.ledger, actor="ana@bank.example", accountable="role:head")
        system.deploy()
        first = system.trace().trace_id
        system.incident()
        ans.shutdown()

        sent = run(*words, "--json").json["sent"]

        second = system.trace().trace_id
        assert [each["trace_id"] for each in sent] == [first, second]
        assert set(of_subject(jaeger, system)) == {first, second}
        assert run(*words, "--json").json == {"sent": []}

    def test_shares_its_cursor_with_what_goes_by_itself(
        self, jaeger: Jaeger, system: System, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        configure(system, jaeger.otlp_url)
        system.deploy()
        ans.shutdown()

        told = running(capfdbinary)(
            *("export", "otlp", "--ledger", system.ledger, "--otlp", f"{jaeger.otlp_url}/v1/traces")
        )
        assert (told.status, told.text) == (0, "0 traces sent\n")

    def test_says_what_was_not_taken_and_goes_on(
        self, system: System, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        """A trace that the receiver will never have keeps back none that follows."""
        from tests.exporters.test_otlp_receiver import Answer, receiving

        ans.configure(ledger=system.ledger, actor="ana@bank.example", accountable="role:head")
        system.incident()
        system.incident()
        ans.shutdown()
        with receiving(Answer(), Answer(status=413), Answer()) as receiver:
            words = ("export", "otlp", "--ledger", system.ledger, "--otlp", receiver.url)
            told = running(capfdbinary)(*words)

        assert told.status == 1
        assert "2 traces sent" in told.text
        assert "not taken" in told.err and "413" in told.err

    def test_exits_2_where_nobody_is(
        self, system: System, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        (port,) = free_ports(1)
        ans.configure(ledger=system.ledger, actor="ana@bank.example", accountable="role:head")
        system.incident()
        ans.shutdown()
        words = ("export", "otlp", "--ledger", system.ledger, "--otlp", f"http://127.0.0.1:{port}")
        assert running(capfdbinary)(*words).status == 2
