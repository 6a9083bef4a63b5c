"""Each part really runs, is ended without a trace, and says why when it is missing."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.parts.jaeger import BUILD_SCRIPT, Jaeger, find_binary
from tests.parts.mlflow_server import MlflowServer
from tests.parts.ports import LOOPBACK, NotReadyError, Ports, answers, free_ports, serving
from tests.parts.postgres import Postgres, find_programs, running_postgres
from tests.parts.require import unavailable

# A real server that starts at once; with a second port it starts another one there, as its child.
SERVER = """\
import subprocess, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
program, port, *others = sys.argv[1:]
if others:
    subprocess.Popen([sys.executable, "-c", program, program, *others])
HTTPServer(("127.0.0.1", int(port)), SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False  # a proxy is no way to a loopback address
        yield session


class TestJaeger:
    def test_a_posted_span_can_be_read_at_once_as_it_was_sent(
        self, jaeger: Jaeger, session: requests.Session
    ) -> None:
        trace_id = secrets.token_hex(16)
        span = _span(trace_id)

        _post(session, jaeger, span)

        assert _read(session, jaeger, trace_id) == [span]

    def test_a_span_sent_twice_is_read_once(
        self, jaeger: Jaeger, session: requests.Session
    ) -> None:
        trace_id = secrets.token_hex(16)
        span = _span(trace_id)

        _post(session, jaeger, span)
        _post(session, jaeger, span)

        assert _read(session, jaeger, trace_id) == [span]

    def test_a_trace_it_was_never_sent_is_not_found(
        self, jaeger: Jaeger, session: requests.Session
    ) -> None:
        answer = session.get(f"{jaeger.query_url}/api/v3/traces/{secrets.token_hex(16)}")

        assert answer.status_code == 404

    def test_a_trace_can_be_archived(self, jaeger: Jaeger, session: requests.Session) -> None:
        trace_id = secrets.token_hex(16)
        _post(session, jaeger, _span(trace_id))

        answer = session.post(f"{jaeger.query_url}/api/archive/{trace_id}")

        assert answer.status_code == 200


class TestMlflowServer:
    def test_an_experiment_that_one_client_creates_another_one_finds(
        self, mlflow_server: MlflowServer
    ) -> None:
        from mlflow import MlflowClient  # here: collecting tests should not cost its import

        name = f"parts-{secrets.token_hex(4)}"
        created = MlflowClient(mlflow_server.uri).create_experiment(name)

        found = MlflowClient(mlflow_server.uri).get_experiment_by_name(name)

        assert found is not None
        assert found.experiment_id == created

    def test_artifacts_stay_in_the_directory_it_was_given(
        self, mlflow_server: MlflowServer, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        from mlflow import MlflowClient

        client = MlflowClient(mlflow_server.uri)
        experiment = client.create_experiment(f"parts-{secrets.token_hex(4)}")
        run = client.create_run(experiment)

        client.log_text(run.info.run_id, "kept", "note.txt")

        base = tmp_path_factory.getbasetemp()
        found = base.glob(f"mlflow*/artifacts/{experiment}/**/note.txt")
        # Resolved, because pytest also links to its newest directory.
        assert [path.read_text() for path in {path.resolve() for path in found}] == ["kept"]


class TestPostgres:
    def test_what_one_connection_commits_another_one_reads(self, postgres_url: str) -> None:
        import psycopg

        with psycopg.connect(postgres_url) as one:
            one.execute("CREATE TABLE kept (word text)")
            one.execute("INSERT INTO kept VALUES ('signed')")

        with psycopg.connect(postgres_url) as other:
            assert other.execute("SELECT word FROM kept").fetchall() == [("signed",)]

    def test_each_who_asks_gets_a_database_with_nothing_in_it(self, postgres: Postgres) -> None:
        import psycopg

        first, second = postgres.database(), postgres.database()
        with psycopg.connect(first) as one:
            one.execute("CREATE TABLE mine (word text)")

        with psycopg.connect(second) as other:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert other.execute(tables).fetchall() == [(0,)]

    def test_it_ends_while_a_client_is_connected_and_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import psycopg

        monkeypatch.delenv("ANSWERABLE_POSTGRES", raising=False)
        # As open as the system's own, or the user that it runs as could not reach it.
        apart = Path(tempfile.mkdtemp())
        apart.chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", str(apart))

        with running_postgres() as part:
            client = psycopg.connect(part.url)
            assert list(apart.iterdir())

        with client, pytest.raises(psycopg.OperationalError):
            client.execute("SELECT 1")
        assert list(apart.iterdir()) == []
        apart.rmdir()

    def test_one_that_is_named_is_used_as_it_is(
        self, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_POSTGRES", postgres.url)

        with running_postgres() as part:
            assert part == postgres

    def test_none_at_all_skips(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("ANSWERABLE_REQUIRE", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr("tests.parts.postgres.INSTALLED", tmp_path)

        with pytest.raises(pytest.skip.Exception, match="scripts/install-postgres"):
            find_programs()


class TestServing:
    def test_ports_are_distinct_and_free(self) -> None:
        ports = free_ports(20)

        assert len(set(ports)) == 20
        for port in ports:
            with socket.socket() as each:
                each.bind((LOOPBACK, port))

    def test_a_port_taken_after_it_was_chosen_costs_one_more_try(self, tmp_path: Path) -> None:
        with socket.socket() as other:
            other.bind((LOOPBACK, 0))
            other.listen()
            (free,) = free_ports(1)
            choices = iter([other.getsockname()[1], free])

            with _serving(SERVER, tmp_path, choose=lambda _: (next(choices),)) as (port,):
                assert port == free

    def test_a_port_taken_twice_is_an_error(self, tmp_path: Path) -> None:
        with socket.socket() as other:
            other.bind((LOOPBACK, 0))
            other.listen()
            taken = other.getsockname()[1]

            with (
                pytest.raises(NotReadyError, match="ddress already in use"),
                _serving(SERVER, tmp_path, choose=lambda _: (taken,)),
            ):
                pytest.fail("a server on a port that is taken")

    def test_a_server_that_ends_early_says_what_it_logged(self, tmp_path: Path) -> None:
        with (
            pytest.raises(NotReadyError, match=r"status 1 (.|\n)*no database"),
            _serving("raise SystemExit('no database')", tmp_path),
        ):
            pytest.fail("a server that has ended")

    def test_a_server_that_is_never_ready_is_given_up_and_ended(self, tmp_path: Path) -> None:
        asked: set[int] = set()

        def never(ports: Ports) -> bool:
            asked.update(ports)
            return False

        with (
            pytest.raises(NotReadyError, match="not ready after 1 s"),
            _serving(SERVER, tmp_path, ready=never, deadline=1),
        ):
            pytest.fail("a server that was never ready")

        (port,) = asked
        assert _falls_silent(port)

    def test_what_a_server_started_ends_with_it(self, tmp_path: Path) -> None:
        with _serving(SERVER, tmp_path, ports=2) as (parent, child):
            assert answers(parent, "/")
            assert answers(child, "/")

        assert _falls_silent(parent)
        assert _falls_silent(child)


class TestRequire:
    def test_a_missing_part_skips_where_it_is_not_required(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_REQUIRE", "mlflow-server")

        with pytest.raises(pytest.skip.Exception, match=r"^no Go$"):
            unavailable("jaeger", "no Go")

    def test_a_missing_part_skips_where_nothing_is_required(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("ANSWERABLE_REQUIRE", raising=False)

        with pytest.raises(pytest.skip.Exception):
            unavailable("jaeger", "no Go")

    def test_a_missing_part_fails_where_it_is_required(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_REQUIRE", "mlflow-server, jaeger")

        with pytest.raises(pytest.fail.Exception, match=r"jaeger is required .*: no Go"):
            unavailable("jaeger", "no Go")

    def test_a_misspelt_part_fails_rather_than_skips(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANSWERABLE_REQUIRE", "yaeger")

        with pytest.raises(pytest.fail.Exception, match="names yaeger; the parts are chromium"):
            unavailable("jaeger", "no Go")


class TestFindingJaeger:
    """Against stand-ins for the program: which one is chosen, not what it does."""

    @pytest.fixture(autouse=True)
    def nothing_here(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("ANSWERABLE_JAEGER", raising=False)
        monkeypatch.delenv("ANSWERABLE_REQUIRE", raising=False)
        monkeypatch.setenv("ANSWERABLE_CACHE", str(tmp_path / "cache"))
        # All that is left on PATH is bash: no Jaeger, and no Go to build one with.
        bash = shutil.which("bash")
        assert bash
        (tmp_path / "path").mkdir()
        (tmp_path / "path" / "bash").symlink_to(bash)
        monkeypatch.setenv("PATH", str(tmp_path / "path"))

    def test_the_one_that_is_named_comes_first(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        named = _program(tmp_path / "named")
        _program(tmp_path / "path" / "jaeger", says="Jaeger backend v2")
        monkeypatch.setenv("ANSWERABLE_JAEGER", str(named))

        assert find_binary() == named

    def test_a_name_for_nothing_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANSWERABLE_JAEGER", "/nowhere/jaeger")

        with pytest.raises(pytest.fail.Exception, match="/nowhere/jaeger"):
            find_binary()

    def test_a_v2_on_path_comes_before_the_cache(self, tmp_path: Path) -> None:
        _cached(tmp_path)
        on_path = _program(tmp_path / "path" / "jaeger", says="Jaeger backend v2")

        assert find_binary() == on_path

    def test_another_program_of_that_name_is_passed_over_for_the_cache(
        self, tmp_path: Path
    ) -> None:
        cached = _cached(tmp_path)
        _program(tmp_path / "path" / "jaeger", says="Jaeger all-in-one v1")

        assert find_binary() == cached

    def test_none_at_all_skips_and_builds_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(pytest.skip.Exception, match="run scripts/build-jaeger"):
            find_binary()

        assert not (tmp_path / "cache").exists()

    def test_none_at_all_without_go_fails_where_it_is_required(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_REQUIRE", "jaeger")

        with pytest.raises(pytest.fail.Exception, match="install Go"):
            find_binary()

    def test_the_build_without_go_exits_3_with_one_line_on_stderr(self) -> None:
        built = subprocess.run([BUILD_SCRIPT], capture_output=True, text=True, check=False)

        assert built.returncode == 3
        assert built.stdout == ""
        assert len(built.stderr.splitlines()) == 1


def _span(trace_id: str) -> dict[str, Any]:
    now = time.time_ns()
    return {
        "traceId": trace_id,
        "spanId": secrets.token_hex(8),
        "name": "threshold = 0.62",
        "kind": 1,
        "startTimeUnixNano": str(now),
        "endTimeUnixNano": str(now + 1_000_000),
        "attributes": [{"key": "answerable.kind", "value": {"stringValue": "threshold"}}],
        "links": [{"traceId": secrets.token_hex(16), "spanId": secrets.token_hex(8)}],
        "status": {"code": 2, "message": "a gap"},
    }


def _post(session: requests.Session, jaeger: Jaeger, span: dict[str, Any]) -> None:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "parts"}}]}
    scope_spans = {"scope": {"name": "answerable"}, "spans": [span]}
    request: Any = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope_spans]}]}
    answer = session.post(f"{jaeger.otlp_url}/v1/traces", json=request)
    assert (answer.status_code, answer.json()) == (200, {"partialSuccess": {}})


def _read(session: requests.Session, jaeger: Jaeger, trace_id: str) -> list[Any]:
    answer = session.get(f"{jaeger.query_url}/api/v3/traces/{trace_id}")
    answer.raise_for_status()
    # A duplicate that Jaeger drops leaves its scopeSpans behind, without `spans`.
    return [
        span
        for resource_spans in answer.json()["result"]["resourceSpans"]
        for scope_spans in resource_spans["scopeSpans"]
        for span in scope_spans.get("spans", [])
    ]


def _all_answer(ports: Ports) -> bool:
    return all(answers(port, "/") for port in ports)


def _falls_silent(port: int, deadline: float = 10) -> bool:
    # Not at once: a process that was killed still needs its turn on a processor to be gone.
    end = time.monotonic() + deadline
    while answers(port, "/"):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _serving(
    program: str,
    tmp_path: Path,
    *,
    ports: int = 1,
    ready: Callable[[Ports], bool] = _all_answer,
    deadline: float = 30,
    choose: Callable[[int], Ports] = free_ports,
) -> AbstractContextManager[Ports]:
    return serving(
        lambda chosen: [sys.executable, "-c", program, program, *map(str, chosen)],
        ports=ports,
        ready=ready,
        deadline=deadline,
        log=tmp_path / "log",
        cwd=tmp_path,
        choose=choose,
    )


def _program(path: Path, *, says: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{shutil.which('bash')}\necho '{says}'\n")
    path.chmod(0o755)
    return path


def _cached(tmp_path: Path) -> Path:
    return _program(tmp_path / "cache" / "jaeger-1.76.0" / "jaeger")
