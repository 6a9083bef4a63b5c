"""How receivers answer, and what then becomes of the trace. Each is a real server on loopback that
gives the answers of its script, as Jaeger gives them only when it is in trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from answerable.errors import ExportError, UsageError
from answerable.exporters.otlp import encoding, export
from answerable.lineage.trace import AccountabilityTrace
from answerable.stitched import draw
from tests.parts.ports import free_ports
from tests.stitched.traces import loan_approval

PROTOBUF = "application/x-protobuf"


@attrs.frozen
class Answer:
    status: int = 200
    content_type: str | None = PROTOBUF
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    after: float = 0.0


@attrs.frozen
class Receiver:
    url: str
    received: list[tuple[str, bytes]]


@pytest.fixture(scope="module")
def trace() -> AccountabilityTrace:
    return loan_approval()


def test_the_request_is_protobuf_that_holds_every_span(trace: AccountabilityTrace) -> None:
    with receiving(Answer()) as receiver:
        export(trace, receiver.url)

    ((path, body),) = receiver.received
    request = ExportTraceServiceRequest.FromString(body)
    spans = [s for r in request.resource_spans for scope in r.scope_spans for s in scope.spans]
    assert path == "/v1/traces"
    assert sorted(s.span_id.hex() for s in spans) == sorted(s.span_id for s in draw(trace))


def test_the_same_trace_is_sent_as_the_same_bytes(trace: AccountabilityTrace) -> None:
    with receiving(Answer(), Answer()) as receiver:
        export(trace, receiver.url)
        export(trace, receiver.url)

    assert receiver.received[0] == receiver.received[1]


def test_a_base_path_is_kept(trace: AccountabilityTrace) -> None:
    with receiving(Answer()) as receiver:
        export(trace, f"{receiver.url}/api/default/")

    assert receiver.received[0][0] == "/api/default/v1/traces"


def test_spans_that_were_rejected_are_counted_and_explained(
    trace: AccountabilityTrace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "MAX_BYTES", 40_000)
    requests = len(list(encoding.requests(draw(trace))))
    partly = ExportTraceServiceResponse(
        partial_success=ExportTracePartialSuccess(rejected_spans=3, error_message="too old")
    ).SerializeToString()

    with receiving(*[Answer(body=partly)] * requests) as receiver:
        exported = export(trace, receiver.url)

    assert requests > 1
    assert (exported.rejected, exported.message) == (3 * requests, "too old")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_receiver_is_asked_again(trace: AccountabilityTrace, status: int) -> None:
    busy = Answer(status, "text/plain", b"later")

    with receiving(busy, busy, Answer()) as receiver:
        exported = export(trace, receiver.url)

    assert exported.rejected == 0
    assert len(receiver.received) == 3


def test_a_busy_receiver_says_how_long_to_wait(trace: AccountabilityTrace) -> None:
    busy = Answer(503, headers=(("Retry-After", "1"),))

    with receiving(busy, Answer()) as receiver:
        before = time.monotonic()
        export(trace, receiver.url)

    assert time.monotonic() - before >= 1


def test_a_receiver_that_stays_busy_is_given_up(trace: AccountabilityTrace) -> None:
    busy = Answer(503, "text/plain", b"no room\nleft")

    with receiving(busy, busy, busy) as receiver, pytest.raises(ExportError) as refused:
        export(trace, receiver.url)

    assert refused.value.message == (
        f"{receiver.url}/v1/traces answered 503 Service Unavailable: no room left"
    )
    assert len(receiver.received) == 3


def test_what_is_refused_is_not_sent_again(trace: AccountabilityTrace) -> None:
    with (
        receiving(Answer(400, "text/plain", b"bad")) as receiver,
        pytest.raises(ExportError, match="answered 400 Bad Request: bad"),
    ):
        export(trace, receiver.url)

    assert len(receiver.received) == 1


def test_a_receiver_that_wants_credentials_says_so(trace: AccountabilityTrace) -> None:
    with receiving(Answer(401)) as receiver, pytest.raises(ExportError) as refused:
        export(trace, receiver.url)

    assert "session=" in str(refused.value.hint)


@pytest.mark.parametrize(
    "page",
    [
        Answer(200, "text/html", b"<html>"),
        Answer(200, None, b"hello"),
        Answer(200, PROTOBUF, b"\xff\xff"),
        Answer(302, headers=(("Location", "/"),)),
        Answer(404),
        Answer(405),
    ],
)
def test_something_that_is_no_receiver_is_an_error_that_names_the_usual_port(
    trace: AccountabilityTrace, page: Answer
) -> None:
    with receiving(page) as receiver, pytest.raises(ExportError) as refused:
        export(trace, receiver.url)

    assert receiver.url in refused.value.message
    assert "http://localhost:4318" in str(refused.value.hint)


def test_nothing_that_listens_is_one_clear_line(trace: AccountabilityTrace) -> None:
    (port,) = free_ports(1)

    with pytest.raises(ExportError) as refused:
        export(trace, f"http://127.0.0.1:{port}")

    assert refused.value.message == (
        f"no answer from http://127.0.0.1:{port}/v1/traces: Connection refused"
    )
    assert "http://localhost:4318" in str(refused.value.hint)


def test_a_port_that_does_not_speak_http_is_one_clear_line(trace: AccountabilityTrace) -> None:
    # The first bytes of a gRPC server: an HTTP/2 SETTINGS frame.
    with (
        receiving(Answer(), raw=b"\x00\x00\x00\x04\x00\x00\x00\x00\x00") as receiver,
        pytest.raises(ExportError, match=r"does not speak HTTP/1\.1") as refused,
    ):
        export(trace, receiver.url)

    assert "http://localhost:4318" in str(refused.value.hint)


def test_a_receiver_that_takes_too_long_is_asked_again(trace: AccountabilityTrace) -> None:
    with receiving(Answer(after=3), Answer()) as receiver:
        exported = export(trace, receiver.url, timeout=1)

    assert exported.rejected == 0
    assert len(receiver.received) == 2


def test_a_password_in_the_url_is_never_repeated(trace: AccountabilityTrace) -> None:
    (port,) = free_ports(1)

    with pytest.raises(ExportError) as refused:
        export(trace, f"http://user:secret@127.0.0.1:{port}/?token=secret")

    assert "secret" not in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize(
    "url", ["localhost:4318", "grpc://localhost:4317", "", "http://", "http://[::1", "http://h:x"]
)
def test_what_is_no_url_is_refused_before_anything_is_sent(
    trace: AccountabilityTrace, url: str
) -> None:
    with pytest.raises(UsageError, match="not a") as refused:
        export(trace, url)

    assert "http://localhost:4318" in str(refused.value.hint)


@contextmanager
def receiving(*answers: Answer, raw: bytes | None = None) -> Iterator[Receiver]:
    """A server that gives these answers in turn, or always `raw` instead of an answer."""
    script = list(answers)
    received: list[tuple[str, bytes]] = []
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            if raw is not None:
                self.wfile.write(raw)
                return
            answer = script.pop(0)
            # Not a sleep: it is over as soon as the test is.
            done.wait(answer.after)
            self.send_response(answer.status)
            self._headers(answer)
            self.end_headers()
            self.wfile.write(answer.body)

        def _headers(self, answer: Answer) -> None:
            headers: Sequence[tuple[str, str]] = answer.headers
            if answer.content_type:
                headers = (*headers, ("Content-Type", answer.content_type))
            for name, value in (*headers, ("Content-Length", str(len(answer.body)))):
                self.send_header(name, value)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Receiver(f"http://127.0.0.1:{server.server_port}", received)
        finally:
            done.set()
            server.shutdown()
            thread.join()
    assert raw is not None or len(received) <= len(answers)
