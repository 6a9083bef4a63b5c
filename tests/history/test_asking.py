"""An authority is asked for time tokens by itself: `openssl ts` behind HTTP, in nobody's way."""

from __future__ import annotations

import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest

import answerable as ans
from answerable.errors import ConfigurationError
from answerable.history import Stamped
from answerable.ledger import Ledger
from answerable.ledger.timestamps import _folder, kept_stamps, post
from answerable.outbox import ExportWarning
from answerable.recording import process
from answerable.recording.adopting import adopt
from answerable.signing import Keyring
from answerable.signing.endorsing import endorse
from tests.history.forging import name_of
from tests.parts.authority import Authority, running_authority

ACTOR = "person:ana@bank.example"
SUBJECT = "deployment:prod/scores"


@attrs.frozen
class Kept:
    uri: str
    home: Path

    def configure(self, url: str, every: int = 1000) -> None:
        ans.configure(
            ledger=self.uri, home=self.home, actor=ACTOR, timestamp_from=url, timestamp_every=every
        )

    def stamps(self) -> list[int]:
        """The sizes that were stamped."""
        with closing(Ledger.open(self.uri, self.home)) as ledger:
            kept = kept_stamps(self.home, ledger.origin)
            return sorted(ledger.verifier.open(note).size for note, _ in kept)

    def stamped(self) -> Stamped | None:
        with ans.open(self.uri, home=self.home) as history:
            verdict = history.verify()
        assert verdict.faults == ()
        return verdict.stamped


@pytest.fixture
def kept(tmp_path: Path, home: Path) -> Iterator[Kept]:
    yield Kept(f"sqlite:///{tmp_path / 'decisions.db'}", home)
    process.replace(None)


def adopt_policy(kept: Kept, certificate: str) -> None:
    key = Keyring(kept.home).identity(ACTOR)
    keys = f'keys = ["{name_of(key)}"]'
    text = f"version = 1\n[root]\nthreshold = 1\n{keys}\n[principals.ana]\n{keys}\n"
    text += f"[timestamps]\ncertificates = ['''{certificate}''']\n"
    adopt(1, text, [endorse(text, key)])


def some(count: int) -> None:
    for n in range(count):
        ans.choose("threshold", n, because="a test")


def test_a_deployment_is_an_occasion_and_verify_says_when(kept: Kept, authority: Authority) -> None:
    kept.configure(authority.url)
    adopt_policy(kept, authority.certificate)
    some(3)
    ans.flush()
    assert kept.stamps() == []
    with ans.step("deploy", produced=[SUBJECT]):
        ans.choose("deploy", "all", because="tried")
    ans.flush()

    (size,) = kept.stamps()
    stamped = kept.stamped()
    assert stamped is not None and stamped.size == size >= 6


def test_so_is_an_approval_and_an_incident(kept: Kept, authority: Authority) -> None:
    kept.configure(authority.url)
    ans.approve(SUBJECT, digest="sha256:" + "0" * 64)
    ans.flush()
    ans.incident(SUBJECT, "it declined everybody")
    ans.flush()

    assert len(kept.stamps()) == 2


def test_so_many_records_are_one_too_and_fewer_are_none(kept: Kept, authority: Authority) -> None:
    kept.configure(authority.url, every=5)
    some(3)
    ans.flush()
    assert kept.stamps() == []
    some(3)  # with the delegation that introduces them, seven
    ans.flush()
    ans.flush()

    assert kept.stamps() == [7]


def test_another_process_goes_on_where_that_left_off(kept: Kept, authority: Authority) -> None:
    for _ in range(2):
        kept.configure(authority.url, every=5)
        some(3)
        ans.shutdown()
        process.replace(None)

    assert kept.stamps() == [8]


def test_a_stamp_of_more_than_there_is_keeps_nobody_from_asking(
    kept: Kept, authority: Authority
) -> None:
    kept.configure(authority.url, every=5)
    some(1)
    ans.flush()
    with closing(Ledger.open(kept.uri, kept.home)) as ledger:
        folder = _folder(kept.home, ledger.origin)
    folder.mkdir(parents=True)
    (folder / "999999-0.tsr").write_bytes(b"")
    some(6)
    ans.flush()

    assert kept.stamps() == [8]


def test_openssl_verifies_what_was_kept(kept: Kept, authority: Authority, tmp_path: Path) -> None:
    kept.configure(authority.url, every=1)
    some(1)
    ans.flush()
    with closing(Ledger.open(kept.uri, kept.home)) as ledger:
        note, token = next(iter(kept_stamps(kept.home, ledger.origin)))
    (tmp_path / "note").write_bytes(note)
    (tmp_path / "token").write_bytes(token)
    command = ["openssl", "ts", "-verify", "-data", "note", "-in", "token", "-CAfile"]
    done = subprocess.run(
        [*command, str(authority.file)], cwd=tmp_path, capture_output=True, check=False
    )

    assert b"Verification: OK" in done.stdout + done.stderr


class TestNobodyIsKeptWaiting:
    def test_by_an_authority_that_takes_its_time(self, kept: Kept, authority: Authority) -> None:
        asked, may_answer = threading.Event(), threading.Event()
        with slow(authority, asked, may_answer) as url:
            kept.configure(url, every=1)
            some(1)
            assert asked.wait(60)
            some(20)  # each is in the ledger when it returns; nobody has answered yet
            assert not may_answer.is_set()
            assert kept.stamps() == []
            may_answer.set()
            ans.flush()
            ans.flush()

        assert kept.stamps()[-1] == 22

    def test_by_one_that_is_not_there_which_is_said_once(
        self, kept: Kept, authority: Authority
    ) -> None:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            kept.configure("http://127.0.0.1:9", every=1)
            some(3)
            ans.flush()
            some(3)
            ans.flush()
        (said,) = [str(each.message) for each in told if each.category is ExportWarning]
        assert "cannot ask http://127.0.0.1:9" in said
        assert kept.stamps() == []

        kept.configure(authority.url, every=1)
        some(1)
        ans.flush()
        (size,) = kept.stamps()
        assert size > 7  # all that went unstamped meanwhile, by one token

    def test_by_one_that_the_policy_does_not_name(
        self, kept: Kept, authority: Authority, tmp_path: Path
    ) -> None:
        (tmp_path / "another").mkdir()
        with running_authority(tmp_path / "another") as another:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                kept.configure(another.url, every=1)
                adopt_policy(kept, authority.certificate)
                some(1)
                ans.flush()
        assert any("does not verify" in str(each.message) for each in told)
        assert [size for size in kept.stamps() if size > 2] == []


class TestTheSettings:
    @pytest.mark.parametrize("told", ["tsa.example.org", "ftp://tsa.example.org", "http://"])
    def test_what_is_no_address(self, told: str) -> None:
        with pytest.raises(ConfigurationError, match="timestamp_from is not a"):
            ans.configure(timestamp_from=told)

    @pytest.mark.parametrize("told", [0, -1, "many", "1.5", True])
    def test_what_is_no_number(self, told: object) -> None:
        with pytest.raises(ConfigurationError, match=r"timestamp_every"):
            ans.configure(timestamp_every=told)  # type: ignore[arg-type]

    def test_the_environment_says_it_too(
        self, kept: Kept, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANSWERABLE_TIMESTAMP_FROM", authority.url)
        monkeypatch.setenv("ANSWERABLE_TIMESTAMP_EVERY", "1")
        ans.configure(ledger=kept.uri, home=kept.home, actor=ACTOR)
        some(1)
        ans.flush()

        assert kept.stamps() == [2]


class slow:  # noqa: N801  # as a context manager it is said
    """Before an authority: it lets a request through when it is told to."""

    def __init__(
        self, authority: Authority, asked: threading.Event, may_answer: threading.Event
    ) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                asked.set()
                may_answer.wait(60)
                told = post(authority.url, sent)
                self.send_response(200)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is said of requests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
