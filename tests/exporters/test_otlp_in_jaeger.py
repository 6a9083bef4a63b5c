"""A trace in a real Jaeger: as large as it may be, over three years, and sent by another process."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import answerable as ans
from answerable.exporters.otlp import export
from answerable.lineage.trace import PHASES, AccountabilityTrace
from answerable.otel import attributes as names
from answerable.recording import process
from answerable.stitched import MAX_SPANS, Span, draw
from answerable.testing import FixedClock
from tests.exporters.otlp_reading import fetch
from tests.exporters.test_otlp import ordered
from tests.parts.jaeger import Jaeger
from tests.stitched.test_folding import many

SUBJECT = "deployment:prod/scores"
SECOND = 1_000_000_000


def test_two_thousand_spans_are_one_trace(jaeger: Jaeger) -> None:
    count = MAX_SPANS - len(draw(many(0, lambda _: {})))
    trace = many(count, lambda n: {"chosen": n})  # each another choice: none is folded
    drawn = draw(trace)
    assert len(drawn) == MAX_SPANS

    sent = export(trace, jaeger.otlp_url)

    assert (sent.spans, sent.rejected) == (MAX_SPANS, 0)
    assert ordered(fetch(jaeger, trace.trace_id)) == ordered(drawn)


class TestThreeYears:
    """From a requirement to an incident: in Jaeger they are read as one page."""

    @pytest.fixture
    def ledger(self, tmp_path: Path, home: Path) -> str:
        uri = f"sqlite:///{tmp_path / 'ledger.db'}"
        process.replace(None)
        ans.configure(ledger=uri, actor="ana@bank.example", accountable="role:head", team="scoring")
        with FixedClock("2023-02-01T09:00:00Z") as clock:
            for kind, part in (
                ("requirement", "report:requirements@1"),
                ("dataset", "dataset:cases@1"),
                ("labelling", "labels:cases@1"),
                ("hyperparameter", "model:scores@1"),
                ("threshold", "report:evaluation@1"),
            ):
                with ans.step(kind, produced=part):
                    for n in range(3):
                        ans.choose(kind, f"{part} {n}", over={"none": "no"}, because=f"{kind} {n}")
                        clock.advance(days=40, hours=n)
            parts = ("report:requirements@1", "dataset:cases@1", "labels:cases@1")
            clock.advance(days=200)
            with ans.step(
                "deploy", used=[*parts, "model:scores@1", "report:evaluation@1"], produced=SUBJECT
            ):
                clock.advance(minutes=5)
                ans.choose("deploy", "all", over={"a tenth": "slow"}, because="it was tried")
            clock.advance(days=300)
            ans.incident(SUBJECT, "it declined everybody")
        process.replace(None)
        return uri

    @pytest.fixture
    def trace(self, ledger: str) -> AccountabilityTrace:
        with ans.open(ledger) as history:
            return history.trace(SUBJECT)

    def test_are_read_in_order_phase_by_phase(
        self, jaeger: Jaeger, trace: AccountabilityTrace
    ) -> None:
        times = [p.record.decided_at for p in trace.placed()]
        assert (times[-1] - times[0]).days > 3 * 365
        export(trace, jaeger.otlp_url)

        shown = sorted(fetch(jaeger, trace.trace_id), key=lambda span: span.start_ns)

        # No decision is a hair's breadth on a page of years: each has a part of the whole that
        # can be seen, and they stand in the order in which they were made.
        root = shown[0]
        decisions = [s for s in shown if said(s).get(names.TYPE) == "decision"]
        assert len(decisions) == 16
        for span in decisions:
            assert (span.end_ns - span.start_ns) * 100 > root.end_ns - root.start_ns
        assert root.end_ns - root.start_ns < 60 * SECOND
        in_order = [str(said(s)[names.DECIDED_AT]) for s in decisions]
        assert in_order == sorted(in_order)
        assert all(one.end_ns <= other.start_ns for one, other in pairwise(decisions))
        phases = [s.name for s in shown if s.parent_id == root.span_id and s.name in PHASES]
        assert phases == [phase for phase in PHASES if phase in phases]
        assert {"requirements", "data", "labelling", "training", "evaluation"} < set(phases)

    def test_sent_again_by_another_process_are_there_once(
        self, jaeger: Jaeger, trace: AccountabilityTrace, ledger: str
    ) -> None:
        export(trace, jaeger.otlp_url)
        before = ordered(fetch(jaeger, trace.trace_id))
        command = [sys.executable, "-m", "answerable", "trace", SUBJECT, "--ledger", ledger]

        for _ in range(2):
            sent = subprocess.run(
                [*command, "--otlp", jaeger.otlp_url], capture_output=True, text=True, check=True
            )
            assert trace.trace_id in sent.stdout

        assert ordered(fetch(jaeger, trace.trace_id)) == before == ordered(draw(trace))


def said(span: Span) -> dict[str, object]:
    return dict(span.attributes)
