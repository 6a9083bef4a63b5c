"""What a decision costs, as ratios to the same work done plainly, in one run.

    python benchmarks/decision.py [--rounds N]

Method: each round runs every subject once in a block of calls, in turn, so that a noisy minute
falls on all alike. A subject's cost is the median over rounds of its time per call. The files
lie in one temporary directory, on the same disk. Ratios count; microseconds are this machine's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import answerable as ans
from answerable.otel.attributes import of_record

BLOCK = 20


def main() -> None:
    """Measure, and print one line a ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        for line in report(measure(subjects(Path(folder)), rounds)):
            print(line)
        ans.shutdown()


def subjects(folder: Path) -> dict[str, Callable[[], object]]:
    """The calls to compare: a decision, and the parts it cannot do without."""
    ans.configure(
        ledger=f"sqlite:///{folder / 'ledger.db'}",
        home=str(folder / "home"),
        team="credit-risk",
        actor="person:analyst@bank.example",
        accountable="role:head-of-credit-risk",
        on_failure="raise",
    )

    def decide() -> None:
        with ans.decide("threshold", "At which score do we decline?") as d:
            d.consider(0.5, because="library default; declines more applicants")
            d.choose(0.62, because="false-positive rate below 2% on validation")
        made.append(d)

    made: list[ans.recording.OpenDecision] = []
    decide()
    record = made[0].record
    assert record is not None and record.custody is not None
    envelope, attributes = record.custody.envelope, of_record(record)

    key = Ed25519PrivateKey.generate()
    provider = TracerProvider(shutdown_on_exit=False)
    # As in production: spans go to a batch processor, and from there to an exporter.
    provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
    tracer = provider.get_tracer("plain")

    def span() -> None:
        with tracer.start_as_current_span("threshold = 0.62") as plain:
            plain.set_attributes(attributes)

    file = os.open(folder / "appended", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def append() -> None:
        os.write(file, envelope)
        os.fsync(file)

    def sign_and_append() -> None:
        os.write(file, key.sign(envelope) + envelope)
        os.fsync(file)

    return {
        "decision": decide,
        "plain span": span,
        "fsync'd append": append,
        "sign + fsync'd append": sign_and_append,
    }


def measure(compared: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds a call: the median over rounds."""
    times: dict[str, list[float]] = {name: [] for name in compared}
    for _ in range(rounds + 1):
        for name, call in compared.items():
            start = time.perf_counter()
            for _ in range(BLOCK):
                call()
            times[name].append((time.perf_counter() - start) / BLOCK)
    # The first round warms up.
    return {name: statistics.median(taken[1:]) for name, taken in times.items()}


def report(costs: dict[str, float]) -> list[str]:
    """One line a baseline."""
    own = costs["decision"]
    lines = [f"a durable decision takes {own * 1e6:.0f} µs here, which is"]
    for name, cost in costs.items():
        if name != "decision":
            lines.append(f"  {own / cost:6.2f} x {name} ({cost * 1e6:.0f} µs)")
    return lines


if __name__ == "__main__":
    main()
