"""What an authority answers is looked at before it counts; what it gave is kept where it is found again."""

from __future__ import annotations

import hashlib
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import attrs
import pytest

from answerable.errors import LedgerError, MalformedError, MissingExtraError, UsageError
from answerable.ledger import Ledger, timestamps
from answerable.ledger.timestamps import MAX_TOKEN, Stamp, keep_stamp, kept_stamps, stamped_size
from tests.fuzzing import tokens
from tests.fuzzing.targets import NOTE, ORIGIN, SIGNER

VERIFIER = SIGNER.verifier


@pytest.fixture
def stamp() -> Stamp:
    return timestamps.verified(NOTE, tokens.TOKEN, [tokens.AUTHORITY], VERIFIER)


@pytest.fixture
def ledger(tmp_path: Path, home: Path) -> Iterator[Ledger]:
    made = Ledger.open_or_create(f"sqlite:///{tmp_path / 'decisions.db'}", home)
    made.append(b"an entry")
    yield made
    made.close()


def der(tag: int, *parts: bytes) -> bytes:
    inside = b"".join(parts)
    return bytes([tag, len(inside)]) + inside


def refusal(status: int, *words: str) -> bytes:
    """RFC 3161 section 2.4.2: a response without a token."""
    said = [der(0x30, *(der(0x0C, each.encode()) for each in words))] if words else []
    return der(0x30, der(0x30, der(0x02, bytes([status])), *said))


@contextmanager
def answering(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """Where a server answers so, and of which media types what it is sent is."""
    types: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            types.append(self.headers["Content-Type"])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is said of requests."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsr", types
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class TestAsking:
    def test_it_is_sent_as_the_standard_says_and_no_more_is_read_than_can_be_a_token(self) -> None:
        with answering(200, bytes(MAX_TOKEN + 9)) as (url, types):
            assert len(timestamps.post(url, b"asked")) == MAX_TOKEN + 1

        assert types == ["application/timestamp-query"]

    def test_an_answer_that_is_none_is_told_with_its_status(self) -> None:
        with answering(503, b"") as (url, _), pytest.raises(LedgerError) as told:
            timestamps.post(url, b"asked")

        assert url in told.value.message and "503" in told.value.message

    def test_what_is_no_address_is_refused_with_one_that_would_be(self) -> None:
        with pytest.raises(UsageError) as told:
            timestamps.address("file:///etc/passwd")

        assert "https://" in (told.value.hint or "")


class TestARefusal:
    def refused(self, ledger: Ledger, answer: bytes) -> str:
        with pytest.raises(LedgerError) as told:
            timestamps.stamp(ledger, lambda _: answer, [])
        return told.value.message

    def test_its_words_are_told(self, ledger: Ledger) -> None:
        told = self.refused(ledger, refusal(2, "not now", "nor ever"))

        assert told.endswith("not now; nor ever")

    def test_or_its_status_where_it_has_none(self, ledger: Ledger) -> None:
        assert self.refused(ledger, refusal(5)).endswith("status 5")

    def test_it_is_no_token(self) -> None:
        with pytest.raises(MalformedError, match=r"^not a time token: "):
            timestamps.verified(NOTE, refusal(2), [tokens.AUTHORITY], VERIFIER)


def test_a_token_is_read_as_long_as_one_may_be() -> None:
    for size, told in ((MAX_TOKEN, "(?!too long).*"), (MAX_TOKEN + 1, "too long")):
        with pytest.raises(MalformedError, match=f"^not a time token: {told}$"):
            timestamps.verified(NOTE, bytes(size), [tokens.AUTHORITY], VERIFIER)


def test_the_time_is_told_as_it_is_everywhere(stamp: Stamp) -> None:
    assert stamp.time == tokens.STAMPED
    assert stamp.time.tzinfo is UTC


def test_without_the_package_it_is_said_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)

    with pytest.raises(MissingExtraError, match=r"^a time token needs") as told:
        timestamps.verified(NOTE, tokens.TOKEN, [tokens.AUTHORITY], VERIFIER)
    assert told.value.extra == "timestamps"


class TestKeeping:
    def test_note_and_token_lie_beside_each_other_by_log_and_size(
        self, stamp: Stamp, tmp_path: Path
    ) -> None:
        note, token = keep_stamp(tmp_path, ORIGIN, stamp)

        folder = tmp_path / "timestamps" / hashlib.sha256(ORIGIN.encode()).hexdigest()[:32]
        assert {note.parent, token.parent} == {folder}
        assert re.fullmatch(rf"{stamp.checkpoint.size}-[0-9a-f]{{16}}\.tsr", token.name)
        assert note.stem == token.stem
        assert [*kept_stamps(tmp_path, ORIGIN)] == [(stamp.note, stamp.token)]
        assert [*kept_stamps(tmp_path, "another.example.org")] == []

    def test_each_authoritys_is_kept(self, stamp: Stamp, tmp_path: Path) -> None:
        for token in (stamp.token, tokens.FORGED):
            keep_stamp(tmp_path, ORIGIN, attrs.evolve(stamp, token=token))

        assert {token for _, token in kept_stamps(tmp_path, ORIGIN)} == {
            stamp.token,
            tokens.FORGED,
        }

    def test_where_it_cannot_be_kept_or_read_the_place_is_told(
        self, stamp: Stamp, tmp_path: Path
    ) -> None:
        note, _ = keep_stamp(tmp_path, ORIGIN, stamp)
        note.unlink()
        note.mkdir()
        with pytest.raises(LedgerError, match=note.name):
            list(kept_stamps(tmp_path, ORIGIN))
        (tmp_path / "file").touch()
        with pytest.raises(LedgerError, match="file/timestamps/"):
            keep_stamp(tmp_path / "file", ORIGIN, stamp)

    def test_the_largest_that_was_stamped_is_told_by_its_name(
        self, stamp: Stamp, tmp_path: Path
    ) -> None:
        assert stamped_size(tmp_path, ORIGIN) == 0
        for size in (9, 12, 10):
            keep_stamp(
                tmp_path,
                ORIGIN,
                attrs.evolve(stamp, checkpoint=attrs.evolve(stamp.checkpoint, size=size)),
            )
        folder = keep_stamp(tmp_path, ORIGIN, stamp)[0].parent
        (folder / "99.note").touch()
        (folder / "many-1-2.tsr").touch()
        (folder / "11-1-2.tsr").touch()

        assert stamped_size(tmp_path, ORIGIN) == 12
        assert stamped_size(tmp_path, "another.example.org") == 0
        (folder / "13-1-2.tsr").touch()
        assert stamped_size(tmp_path, ORIGIN) == 13
