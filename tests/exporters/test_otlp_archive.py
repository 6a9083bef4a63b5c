"""A trace put into the archive of a real Jaeger, and what is said where it cannot be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import attrs
import pytest
import requests

import answerable as ans
from answerable.errors import ExportError, UsageError
from answerable.exporters.otlp import archive, export
from answerable.lineage.trace import AccountabilityTrace
from answerable.stitched import draw
from tests.cli.running import Run, running
from tests.exporters.otlp_reading import fetch
from tests.parts import jaeger as part
from tests.parts.jaeger import Jaeger, running_jaeger
from tests.parts.ports import free_ports
from tests.stitched.traces import loan_approval

SUBJECT: Final = "deployment:prod/scores"
# One trace at a time in its live storage: what it still has of an earlier one is in its archive.
FORGETFUL: Final = part.CONFIG.replace("max_traces: 100000", "max_traces: 1")
# As Jaeger's own configuration does, it stores what it takes some time after it took it.
BATCHING: Final = FORGETFUL.replace(
    "      receivers: [otlp]", "      receivers: [otlp]\n      processors: [batch]"
).replace("receivers:\n  otlp:", "processors:\n  batch:\n    timeout: 1s\nreceivers:\n  otlp:")
UNARCHIVED: Final = part.CONFIG.replace("      traces_archive: archive\n", "")


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    with running_jaeger(tmp_path_factory.mktemp("forgetful"), FORGETFUL) as found:
        yield found


@pytest.fixture(scope="module")
def unarchived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    with running_jaeger(tmp_path_factory.mktemp("unarchived"), UNARCHIVED) as found:
        yield found


@pytest.fixture
def trace() -> AccountabilityTrace:
    # Signed by keys of its own, and so of an id of its own: the Jaeger is shared.
    return loan_approval()


def test_what_is_archived_is_there_when_jaeger_has_dropped_the_rest(
    forgetful: Jaeger, trace: AccountabilityTrace
) -> None:
    archive(export(trace, forgetful.otlp_url), forgetful.query_url)

    forget(forgetful)
    assert ids_in(forgetful, trace.trace_id) == drawn(trace)


def test_what_is_not_archived_is_dropped(forgetful: Jaeger, trace: AccountabilityTrace) -> None:
    export(trace, forgetful.otlp_url)

    forget(forgetful)
    assert ids_in(forgetful, trace.trace_id) == []


def test_archiving_it_twice_adds_nothing(forgetful: Jaeger, trace: AccountabilityTrace) -> None:
    for _ in range(2):
        archive(export(trace, forgetful.otlp_url), forgetful.query_url)

    forget(forgetful)
    assert ids_in(forgetful, trace.trace_id) == drawn(trace)


def test_what_jaeger_stores_later_is_waited_for(tmp_path: Path, trace: AccountabilityTrace) -> None:
    with running_jaeger(tmp_path, BATCHING) as batching:
        sent = export(trace, batching.otlp_url)
        assert ids_in(batching, sent.trace_id) == []  # it has not stored it yet

        archive(sent, batching.query_url)

        other = loan_approval()
        archive(export(other, batching.otlp_url), batching.query_url)
        assert ids_in(batching, sent.trace_id) == drawn(trace)


def test_a_trace_that_jaeger_does_not_show_whole_is_not_archived(
    forgetful: Jaeger, trace: AccountabilityTrace
) -> None:
    sent = export(trace, forgetful.otlp_url)
    one_more = attrs.evolve(sent, spans=sent.spans + 1)

    with pytest.raises(ExportError) as refused:
        archive(one_more, forgetful.query_url, timeout=0.2)

    shows = f"shows {sent.spans} of its {sent.spans + 1} spans after 0.2 s"
    assert refused.value.message == f"not archived: Jaeger at {forgetful.query_url} {shows}"
    forget(forgetful)
    assert ids_in(forgetful, trace.trace_id) == []


def test_a_trace_of_which_spans_were_rejected_is_not_archived(
    forgetful: Jaeger, trace: AccountabilityTrace
) -> None:
    sent = attrs.evolve(export(trace, forgetful.otlp_url), rejected=2)

    with pytest.raises(ExportError, match=f"2 of {sent.spans} spans were rejected"):
        archive(sent, forgetful.query_url)

    forget(forgetful)
    assert ids_in(forgetful, trace.trace_id) == []


def test_a_jaeger_without_an_archive_is_told_what_to_configure(
    unarchived: Jaeger, trace: AccountabilityTrace
) -> None:
    sent = export(trace, unarchived.otlp_url)

    with pytest.raises(ExportError) as refused:
        archive(sent, unarchived.query_url)

    where = unarchived.query_url
    assert refused.value.message == f"not archived: Jaeger at {where} has no archive"
    assert "traces_archive" in str(refused.value.hint)


@pytest.mark.parametrize(
    "place", ["{otlp_url}", "{query_url}/elsewhere", "http://127.0.0.1:{free}"]
)
def test_an_address_that_is_no_jaegers_is_one_clear_line_that_names_the_usual_one(
    jaeger: Jaeger, trace: AccountabilityTrace, place: str
) -> None:
    sent = export(trace, jaeger.otlp_url)
    (free,) = free_ports(1)
    url = place.format(otlp_url=jaeger.otlp_url, query_url=jaeger.query_url, free=free)

    with pytest.raises(ExportError) as refused:
        archive(sent, url)

    assert url in refused.value.message
    assert "\n" not in refused.value.message
    assert "http://localhost:16686" in str(refused.value.hint)


def test_a_password_in_the_address_is_never_repeated(
    jaeger: Jaeger, trace: AccountabilityTrace
) -> None:
    sent = export(trace, jaeger.otlp_url)
    url = jaeger.otlp_url.replace("//", "//user:secret@") + "?token=secret"

    with pytest.raises(ExportError) as refused:
        archive(sent, url)

    assert "secret" not in f"{refused.value.message} {refused.value.hint}"


def test_the_address_may_be_copied_from_the_page_with_its_query(
    jaeger: Jaeger, trace: AccountabilityTrace
) -> None:
    archive(export(trace, jaeger.otlp_url), f"{jaeger.query_url}/?service=scoring#found")


@pytest.mark.parametrize(
    ("status", "hint"), [(200, "http://localhost:16686"), (403, "session="), (302, "16686")]
)
def test_what_stands_before_jaeger_and_does_not_let_it_archive_is_no_success(
    jaeger: Jaeger, trace: AccountabilityTrace, status: int, hint: str
) -> None:
    sent = export(trace, jaeger.otlp_url)

    with before(jaeger, status) as url, pytest.raises(ExportError) as refused:
        archive(sent, url)

    assert f"not archived: {url} answered {status}" in refused.value.message
    assert hint in str(refused.value.hint)


@pytest.mark.parametrize("url", ["localhost:16686", "", "http://", "http://[::1"])
def test_what_is_no_url_is_refused(jaeger: Jaeger, trace: AccountabilityTrace, url: str) -> None:
    with pytest.raises(UsageError) as refused:
        archive(export(trace, jaeger.otlp_url), url)

    assert "http://localhost:16686" in str(refused.value.hint)


class TestOnTheCommandLine:
    @pytest.fixture
    def run(self, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
        return running(capfdbinary)

    @pytest.fixture(autouse=True)
    def ledger(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANSWERABLE_LEDGER", f"sqlite:///{tmp_path / 'decisions.db'}")
        ans.configure(actor="person:ana@bank.example")
        with ans.step("deploy", produced=[SUBJECT]):
            ans.choose("deploy", "all", because="it holds")
        ans.shutdown()

    def test_it_is_sent_and_archived_and_both_are_said(self, run: Run, forgetful: Jaeger) -> None:
        words = ("trace", SUBJECT, "--otlp", forgetful.otlp_url, "--archive", forgetful.query_url)

        found = run(*words, "--json")

        assert (found.status, found.err) == (0, "")
        assert found.json["archive"] == {"archived": True}
        forget(forgetful)
        shown = ids_in(forgetful, found.json["otlp"]["trace_id"])
        assert len(shown) == found.json["otlp"]["spans"]
        assert f"written to the archive behind {forgetful.query_url}" in run(*words).text

    def test_what_was_sent_and_is_not_archived_is_exit_1_with_the_trace_and_why(
        self, run: Run, unarchived: Jaeger
    ) -> None:
        words = ("trace", SUBJECT, "--otlp", unarchived.otlp_url, "--archive", unarchived.query_url)

        found = run(*words, "--json")
        plain = run(*words)

        assert (found.status, plain.status) == (1, 1)
        assert found.json["archive"]["archived"] is False
        assert "has no archive" in found.json["archive"]["message"]
        assert "traces_archive" in found.json["archive"]["hint"]
        assert f"as trace {found.json['otlp']['trace_id']}" in plain.text
        assert len(plain.err.splitlines()) == 1
        assert "has no archive" in plain.err
        assert "written to the archive" not in plain.text

    @pytest.mark.parametrize("address", ["nonsense", "http://"])
    def test_an_address_that_is_none_is_refused_before_anything_is_sent(
        self, run: Run, address: str
    ) -> None:
        (closed,) = free_ports(1)  # sending would fail with another error

        found = run(
            "trace", SUBJECT, "--otlp", f"http://127.0.0.1:{closed}", "--archive", address, "--json"
        )

        assert (found.status, found.json["error"]["code"]) == (2, "usage")

    def test_there_is_nothing_to_archive_where_nothing_is_sent(self, run: Run) -> None:
        found = run("trace", SUBJECT, "--archive", "http://localhost:16686", "--json")

        assert (found.status, found.json["error"]["code"]) == (2, "usage")


@contextmanager
def before(jaeger: Jaeger, status: int) -> Iterator[str]:
    """A proxy that lets Jaeger be read, and answers with a page of its own what would write."""

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with requests.Session() as session:
                session.trust_env = False
                self._say(200, session.get(jaeger.query_url + self.path).content)

        def do_POST(self) -> None:
            self._say(status, b"<html>read only</html>")

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def forget(jaeger: Jaeger) -> None:
    """Send another trace, and so have Jaeger drop the live copy of the one before."""
    export(loan_approval(), jaeger.otlp_url)


def drawn(trace: AccountabilityTrace) -> list[str]:
    return sorted(span.span_id for span in draw(trace))


def ids_in(jaeger: Jaeger, trace_id: str) -> list[str]:
    """The ids of the spans that Jaeger has of it, repeats included."""
    try:
        return sorted(span.span_id for span in fetch(jaeger, trace_id))
    except requests.HTTPError as error:
        if error.response.status_code != 404:
            raise
        return []
