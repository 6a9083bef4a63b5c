"""Through a stock OpenTelemetry Collector the trace arrives as if there were none."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

import answerable as ans
from answerable.exporters import otlp_copy
from answerable.exporters.otlp import archive, export
from answerable.outbox import outbox
from answerable.recording import process
from answerable.stitched import Span, draw
from tests.exporters.otlp_reading import fetch
from tests.exporters.test_otlp import ordered
from tests.exporters.test_stitched_by_itself import System
from tests.parts.collector import running_collector
from tests.parts.jaeger import Jaeger
from tests.stitched.traces import loan_approval


@pytest.fixture(scope="module")
def collector(jaeger: Jaeger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_collector(tmp_path_factory.mktemp("collector"), jaeger.otlp_url) as url:
        yield url


def arrived(jaeger: Jaeger, trace_id: str, spans: int) -> list[Span]:
    """The trace's spans, when so many have arrived: a collector answers before it sends on."""
    end = time.monotonic() + 60.0
    while True:
        try:
            found = fetch(jaeger, trace_id)
        except requests.HTTPError:
            found = []
        if len(found) >= spans:
            return found
        assert time.monotonic() < end, f"{len(found)} of {spans} spans have arrived"
        time.sleep(0.05)


def test_a_trace_arrives_whole(jaeger: Jaeger, collector: str) -> None:
    trace = loan_approval()
    drawn = draw(trace)

    sent = export(trace, collector)

    assert (sent.spans, sent.rejected) == (len(drawn), 0)
    assert ordered(arrived(jaeger, trace.trace_id, len(drawn))) == ordered(drawn)


def test_sent_twice_it_is_there_once(jaeger: Jaeger, collector: str) -> None:
    trace = loan_approval()
    drawn = draw(trace)
    for _ in range(2):
        export(trace, collector)

    assert ordered(arrived(jaeger, trace.trace_id, len(drawn))) == ordered(drawn)


def test_it_is_archived_only_when_the_collector_has_sent_all_of_it_on(
    jaeger: Jaeger, collector: str
) -> None:
    archive(export(loan_approval(), collector), jaeger.query_url, timeout=60.0)


def test_what_goes_by_itself_goes_through_it_too_and_verifies(
    jaeger: Jaeger, collector: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LAST_SECONDS", 60.0)
    process.replace(None)
    system = System(
        f"sqlite:///{tmp_path / 'ledger.db'}", f"deployment:prod/{uuid.uuid4().hex[:12]}"
    )
    ans.configure(
        ledger=system.ledger, actor="ana@bank.example", accountable="role:x", stitch_to=collector
    )
    system.deploy()
    ans.shutdown()
    process.replace(None)

    drawn = draw(system.trace())
    assert ordered(arrived(jaeger, drawn[0].trace_id, len(drawn))) == ordered(drawn)
    shown = otlp_copy.from_jaeger(jaeger.query_url, drawn[0].trace_id)
    assert otlp_copy.verify(shown).faults == ()
