"""Files over HTTP: with credentials, without repeating them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from answerable import fetching
from answerable.errors import LedgerError, NotFoundError

HIDDEN = "tok3n-of-somebody"


class Served(ThreadingHTTPServer):
    """Gives files to who has the password; `/away/…` leads to another server."""

    asked: list[tuple[str, str | None]]
    other: str


@pytest.fixture
def server() -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append((self.path, self.headers["Authorization"]))
            path = self.path.partition("?")[0]
            if path.startswith("/away/"):
                self.send_response(302)
                self.send_header("Location", f"{served.other}{path[5:]}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            data = b"a checkpoint"
            self.send_response(200 if path.endswith("/checkpoint") else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    served = Served(("127.0.0.1", 0), Handler)
    served.asked = []
    served.other = f"http://localhost:{served.server_port}"
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield served
    served.shutdown()
    served.server_close()
    thread.join()


def test_a_user_and_a_password_in_the_address_are_sent_as_a_header(server: Served) -> None:
    place = f"http://user:{HIDDEN}%21@127.0.0.1:{server.server_port}/log?t=1"

    assert fetching.fetcher(place)("checkpoint") == b"a checkpoint"

    said = base64.b64encode(f"user:{HIDDEN}!".encode()).decode()
    assert server.asked == [("/log/checkpoint?t=1", f"Basic {said}")]


def test_they_are_sent_to_nobody_to_whom_the_answer_leads(server: Served) -> None:
    place = f"http://user:{HIDDEN}@127.0.0.1:{server.server_port}/away"

    assert fetching.fetcher(place)("checkpoint") == b"a checkpoint"

    assert [said is not None for _, said in server.asked] == [True, False]


def test_no_message_repeats_them(server: Served) -> None:
    at = f"user:{HIDDEN}@127.0.0.1"
    with pytest.raises(NotFoundError) as absent:
        fetching.fetcher(f"http://{at}:{server.server_port}/log?t={HIDDEN}")("tile/0")
    with pytest.raises(LedgerError) as refused:
        fetching.fetcher(f"http://{at}:9/?t={HIDDEN}")("checkpoint")
    with pytest.raises(LedgerError) as wrong:
        fetching.fetcher(f"http://user:{HIDDEN}@[x")("checkpoint")

    for raised in (absent, refused, wrong):
        assert HIDDEN not in str(raised.value)
        assert HIDDEN not in str(raised.value.hint)


@pytest.mark.parametrize("way", ["fetched", "posted", "refused"])
def test_an_answer_that_trickles_has_an_end(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """An octet now and then, from a host that means no good: nobody would ever wait too long for the next."""
    monkeypatch.setattr(fetching, "_LONGEST", 0.2)
    gone = threading.Event()

    class Trickling(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.trickle(200)

        def do_POST(self) -> None:
            self.trickle(200 if way == "posted" else 500)

        def trickle(self, status: int) -> None:
            self.send_response(status)
            self.end_headers()
            try:
                while not gone.wait(0.01):
                    self.wfile.write(b".")
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Trickling)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    place = f"http://127.0.0.1:{served.server_port}"
    try:
        with pytest.raises(LedgerError, match="no end of it within"):
            if way == "fetched":
                fetching.fetcher(place)("checkpoint")
            else:
                fetching.post(place, b"", most=1_000_000)
    finally:
        gone.set()
        served.shutdown()
        served.server_close()
        thread.join()
