"""A copy as a Jaeger's address gives it. A small HTTP server stands in for it here, and answers with a trace that
the exporter drew, in the form in which Jaeger gave such a trace back; a real Jaeger is asked in `test_otlp_copy.py`."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from answerable.errors import ExportError, NotFoundError
from answerable.exporters import otlp_copy
from tests.cli.running import running
from tests.exporters.otlp_copies import Story

ID = "0123456789abcdef" * 2


class Served(ThreadingHTTPServer):
    """Has one trace, `data`, or answers with a status; notes what it was asked."""

    asked: list[tuple[str, str | None]]
    data: bytes
    announced: int  # octets, or as many as it has
    status: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def served(story: Story) -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, self.headers["Authorization"]))
            there = self.path.partition("?")[0].endswith(f"/api/v3/traces/{ID}")
            self.send_response(found.status if there else 404)
            self.send_header("Content-Length", str(found.announced or len(found.data)))
            self.end_headers()
            self.wfile.write(found.data)

        def log_message(self, *_: Any) -> None:
            pass

    found = Served(("127.0.0.1", 0), Handler)
    found.asked, found.announced, found.status = [], 0, 200
    found.data = json.dumps({"result": story.drawn}).encode()
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


def test_what_it_shows_is_what_was_drawn(served: Served, story: Story) -> None:
    shown = otlp_copy.from_jaeger(served.url, ID)

    assert shown == otlp_copy.from_document(story.text)
    assert otlp_copy.verify(shown, story.history.trace).faults == ()
    assert served.asked == [(f"/api/v3/traces/{ID}", None)]


def test_the_command_asks_it(
    served: Served, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = running(capfdbinary)
    found = run("verify", "--jaeger", served.url, ID, "--json")
    assert (found.status, found.json["size"], found.json["faults"]) == (0, 3, [])
    told = run("verify", "--jaeger", served.url, ID)
    assert f"{served.url}, trace {ID}" in " ".join(told.text.split())

    served.data = served.data.replace(b"threshold = 0.62", b"threshold = 0.5")
    found = run("verify", "--jaeger", served.url, ID, "--json")
    assert (found.status, [each["code"] for each in found.json["faults"]]) == (1, ["changed"])


def test_it_is_asked_below_its_path_and_with_its_password(served: Served) -> None:
    at = served.url.replace("://", "://user:tok3n@")
    assert otlp_copy.from_jaeger(f"{at}/jaeger/?t=1", ID)

    ((path, said),) = served.asked
    assert path == f"/jaeger/api/v3/traces/{ID}?t=1"
    assert said is not None and said.startswith("Basic ")


def test_no_proxy_of_the_surroundings_is_between(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)

        assert otlp_copy.from_jaeger(served.url, ID)


def test_a_trace_that_it_has_not_is_not_found(served: Served) -> None:
    at = served.url.replace("://", "://user:tok3n@")
    with pytest.raises(NotFoundError) as raised:
        otlp_copy.from_jaeger(at, "f" * 32)

    assert raised.value.message == f"Jaeger at {served.url} has no trace {'f' * 32}"


@pytest.mark.parametrize("status", [403, 405, 500])
def test_another_answer_is_told(served: Served, status: int) -> None:
    served.status = status
    with pytest.raises(ExportError) as raised:
        otlp_copy.from_jaeger(served.url, ID)

    assert raised.value.message == f"Jaeger at {served.url} answered {status}"


def test_as_much_as_a_trace_may_have_is_read_and_no_more(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp_copy, "_MOST", len(served.data))
    assert otlp_copy.from_jaeger(served.url, ID)

    # Of more that it says it has, nothing is waited for.
    served.announced = 2 * len(served.data)
    monkeypatch.setattr(otlp_copy, "_MOST", len(served.data) - 1)
    with pytest.raises(ExportError) as raised:
        otlp_copy.from_jaeger(served.url, ID)
    told = f"Jaeger at {served.url} answered with more than {len(served.data) - 1:,} bytes"
    assert raised.value.message == told


def test_one_that_says_nothing_is_waited_for_no_longer_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(otlp_copy, "_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ExportError, match=f"^Jaeger at {at} does not answer: "):
            otlp_copy.from_jaeger(at, ID)


def test_nobody_who_answers_is_told_with_the_reason_and_without_the_password() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{nobody.getsockname()[1]}"
        for scheme in ("http", "https"):
            with pytest.raises(ExportError) as raised:
                otlp_copy.from_jaeger(f"{scheme}://user:tok3n@{at}", ID)
            told = f"Jaeger at {scheme}://{at} does not answer: Connection refused"
            assert raised.value.message == told


@pytest.mark.parametrize("url", ["file:///etc", "ftp://127.0.0.1", "127.0.0.1:16686"])
def test_what_is_no_address_of_http_is_refused(url: str) -> None:
    with pytest.raises(ExportError) as raised:
        otlp_copy.from_jaeger(url, ID)

    assert raised.value.message == f"not an HTTP address: {url}"
    assert raised.value.hint == "http://localhost:16686"
