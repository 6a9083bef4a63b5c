"""What a decision costs, as ratios to the same work done plainly, in one run.

    python benchmarks/decision.py [--rounds N]

Method: each round runs every subject once in a block of calls, in turn, so that a noisy minute
falls on all alike. A subject's cost is the median over rounds of its time per call; beside it
stands the least processor time, of the calling thread, or for the whole of a group of all threads:
what other programs do meanwhile adds little to that, and neither does the disk. The files
lie in one temporary directory, on the same disk. Of the group-committed ones, the call is what the
caller waits for while a group gathers, and the whole is that and what the group's thread does
afterwards: signing and the commit. Ratios count; microseconds are this machine's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

import answerable as ans
from answerable.configuration import Durability
from answerable.otel.attributes import of_record
from answerable.recording import process
from answerable.recording.custodian import Custodian
from answerable.recording.grouping import RECORDS
from answerable.signing.swift import SwiftKey

# Less than a group, so that none is committed within a block.
GATHERED = RECORDS - 1


@attrs.frozen
class Subject:
    """What is measured: a call, how many make a block, of how many decisions a call is, and what
    goes before a block."""

    call: Callable[[], object]
    block: int = 20
    of: int = 1
    before: Callable[[], object] = lambda: None


class Sink(SpanExporter):
    """Takes spans and keeps none: a heap of them would slow whatever allocates."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        """Nothing is sent."""
        return SpanExportResult.SUCCESS


def main() -> None:
    """Measure, and print one line a ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        for line in report(measure(subjects(Path(folder)), rounds)):
            print(line)
        ans.shutdown()
    print(f"import answerable: {imported():.1f} ms beyond the interpreter (bound 60)")


def subjects(folder: Path) -> dict[str, Subject]:
    """The calls to compare: decisions, and the parts that they cannot do without."""
    durable, grouped = (custodian(folder, each) for each in ("commit", "group"))

    def decide() -> ans.recording.OpenDecision:
        with ans.decide("threshold", "At which score do we decline?") as d:
            d.consider(0.5, because="library default; declines more applicants")
            d.choose(0.62, because="false-positive rate below 2% on validation")
        return d

    process.exchange(durable)
    record = decide().record
    assert record.custody is not None
    envelope, attributes = record.custody.envelope, of_record(record)

    key = SwiftKey(Ed25519PrivateKey.generate())  # what the decision is signed with too
    provider = TracerProvider(shutdown_on_exit=False)
    # As in production: spans go to a batch processor, and from there to an exporter.
    provider.add_span_processor(BatchSpanProcessor(Sink()))
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

    def bare() -> None:
        pass

    decorated = ans.step("score")(bare)

    def disabled() -> None:
        os.environ["ANSWERABLE_DISABLED"] = "1"

    def recording(to: Custodian) -> None:
        os.environ.pop("ANSWERABLE_DISABLED", None)
        process.custodian().flush()
        process.exchange(to)

    def group() -> None:
        for _ in range(GATHERED):
            decide()
        process.custodian().flush()

    return {
        "durable": Subject(decide, before=lambda: recording(durable)),
        "grouped": Subject(decide, block=GATHERED, before=lambda: recording(grouped)),
        "grouped as a whole": Subject(
            group, block=1, of=GATHERED, before=lambda: recording(grouped)
        ),
        "span": Subject(span),
        "append": Subject(append),
        "sign and append": Subject(sign_and_append),
        "disabled": Subject(decorated, block=2000, before=disabled),
        "bare": Subject(bare, block=2000),
    }


def custodian(folder: Path, durability: Durability) -> Custodian:
    """One with a ledger of its own."""
    ans.configure(
        ledger=f"sqlite:///{folder / durability}.db",
        home=str(folder / "home"),
        team="credit-risk",
        actor="person:analyst@bank.example",
        accountable="role:head-of-credit-risk",
        durability=durability,
    )
    found = process.exchange(None)
    assert found is not None
    return found


@attrs.frozen
class Cost:
    """Seconds a call: by the clock, the median over rounds; of the processor, the least."""

    clock: float
    processor: float


def measure(compared: dict[str, Subject], rounds: int) -> dict[str, Cost]:
    """What each costs."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in compared}
    for _ in range(rounds + 1):
        for name, subject in compared.items():
            subject.before()
            of_processor = time.thread_time if subject.of == 1 else time.process_time
            used, start = of_processor(), time.perf_counter()
            for _ in range(subject.block):
                subject.call()
            took, used = time.perf_counter() - start, of_processor() - used
            calls = subject.block * subject.of
            times[name].append((took / calls, used / calls))
    return {name: _cost(taken[1:]) for name, taken in times.items()}  # the first round warms up


def _cost(taken: list[tuple[float, float]]) -> Cost:
    clock, processor = zip(*taken, strict=True)
    return Cost(statistics.median(clock), min(processor))


def report(costs: dict[str, Cost]) -> list[str]:
    """One line a bound, and one for what else is worth knowing."""
    micro = {name: f"{cost.clock * 1e6:.0f} µs" for name, cost in costs.items()}

    def ratio(own: str, to: str, named: str, bound: str) -> str:
        found = costs[own].clock / costs[to].clock
        used = costs[own].processor / costs[to].processor
        return (
            f"{own} decision: {found:.2f} x {named} ({micro[own]} to {micro[to]}; bound {bound};"
            f" of processor time {used:.2f} x, {costs[own].processor * 1e6:.0f} µs)"
        )

    over = (costs["disabled"].clock - costs["bare"].clock) * 1e6
    return [
        ratio("durable", "sign and append", "sign + fsync'd append", "1.5"),
        ratio("durable", "append", "fsync'd append", "none"),
        ratio("durable", "span", "plain span", "none"),
        ratio("grouped", "span", "plain span", "2.5"),
        ratio("grouped as a whole", "span", "plain span", "none"),
        f"disabled: {over:.2f} µs over the bare call (bound 1)",
    ]


def imported(rounds: int = 7) -> float:
    """Milliseconds that `import answerable` adds to a bare interpreter: the difference of the
    two medians."""

    def took(program: str) -> float:
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    return (took("import answerable") - took("pass")) * 1e3


if __name__ == "__main__":
    main()
