"""What an outcome costs against a plain span that carries the same, and what its explanation costs in
a large ledger against a small one; in one run.

    python benchmarks/outcomes.py [--rounds N] [--small N] [--large N]

Method: processor time of this process, its threads and the kernel's work for it included, since
other programs then count for less. Recording: rounds of a whole batch, sealed, in turn with as
many spans; the least of all rounds. Explaining: the two ledgers in turn, each time another outcome;
the median. Ratios count; microseconds are this machine's. The whole size of the claim is
`--small 10000 --large 1000000`, which takes some minutes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

import answerable as ans
from answerable.recording.batching import OUTCOMES

DEPLOYMENT = "deployment:prod/loan-approval"
ANSWERS = "org:bank.example"
ELEMENTS = {"score": 0.412, "debt_ratio": 0.37}


class Sink(SpanExporter):
    """Takes spans and keeps none: a heap of them would slow whatever allocates."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        """Nothing is sent."""
        return SpanExportResult.SUCCESS


def main() -> None:
    """Measure, and print one line a ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--small", type=int, default=2 * OUTCOMES)
    parser.add_argument("--large", type=int, default=20 * OUTCOMES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(recorded(Path(folder), given.rounds))
        print(explained(Path(folder), given.small, given.large, given.rounds))


def recorded(folder: Path, rounds: int) -> str:
    """The line on what recording costs."""
    configure(folder, "recorded")
    provider = TracerProvider(shutdown_on_exit=False)
    # As in production: spans go to a batch processor, and from there to an exporter.
    provider.add_span_processor(BatchSpanProcessor(Sink()))
    tracer = provider.get_tracer("plain")

    def span(number: int) -> None:
        with tracer.start_as_current_span("outcome") as plain:
            plain.set_attributes(
                {
                    "answerable.id": f"0192f0a1-1111-7aaa-8bbb-000000000006.{number}",
                    "answerable.deployment": DEPLOYMENT,
                    "answerable.subject": f"application-{number}",
                    "answerable.value": "declined",
                    "answerable.part": "decided",
                    "answerable.elements.score": 0.412,
                    "answerable.elements.debt_ratio": 0.37,
                    "answerable.accountable": ANSWERS,
                    "answerable.capture": "explicit",
                    "answerable.team": "lending",
                    "answerable.decided_by": "service:lending",
                }
            )

    def outcome(number: int) -> None:
        ans.outcome(
            DEPLOYMENT, f"application-{number}", "declined", part="decided", elements=ELEMENTS
        )

    costs: dict[str, list[float]] = {"span": [], "outcome": []}
    for _ in range(rounds + 1):
        costs["span"].append(taken(span, range(OUTCOMES)))
        costs["outcome"].append(taken(outcome, range(OUTCOMES)))
    ans.shutdown()
    provider.shutdown()
    plain, own = (min(costs[name][1:]) / OUTCOMES * 1e6 for name in ("span", "outcome"))
    return (
        f"outcome, sealed: {own / plain:.2f} x plain span"
        f" ({own:.1f} µs to {plain:.1f} µs; bound 0.5)"
    )


def explained(folder: Path, small: int, large: int, rounds: int) -> str:
    """The line on what explaining costs."""
    asked = []
    for size in (small, large):
        ids = filled(folder, size)
        history = ans.open(f"sqlite:///{folder / str(size)}.db", home=folder / "home")
        history.explain(ids[0])  # makes the index
        asked.append((history, ids))
    costs: list[list[float]] = [[], []]
    for number in range(rounds + 1):
        for (history, ids), cost in zip(asked, costs, strict=True):
            cost.append(taken(history.explain, [ids[number * len(ids) // (rounds + 2)]]))
    for history, _ in asked:
        history.close()
    few, many = (statistics.median(cost[1:]) * 1e3 for cost in costs)
    return (
        f"explain: {many / few:.2f} x with {large:,} outcomes against {small:,}"
        f" ({many:.1f} ms to {few:.1f} ms; bound 1.5)"
    )


def filled(folder: Path, size: int) -> list[str]:
    """The ids of as many outcomes of one deployment, in a ledger of their own."""
    configure(folder, str(size))
    with ans.step("deploy", produced=[DEPLOYMENT]):
        ans.choose("deploy", "all", over={"a tenth": "too slow"}, because="the pilot held")
        ans.choose("threshold", 0.62, over={0.5: "declines more"}, because="measured")
    ids = [
        ans.outcome(DEPLOYMENT, f"application-{number}", "declined", elements=ELEMENTS).id
        for number in range(size)
    ]
    ans.shutdown()
    return ids


def configure(folder: Path, name: str) -> None:
    """Record in a ledger of that name."""
    ans.configure(
        ledger=f"sqlite:///{folder / name}.db",
        home=str(folder / "home"),
        team="lending",
        actor="service:lending",
        accountable=ANSWERS,
        on_failure="raise",
    )


def taken(call: Callable[..., object], given: Sequence[object]) -> float:
    """Seconds of processor time that the calls take."""
    start = time.process_time()
    for each in given:
        call(each)
    return time.process_time() - start


if __name__ == "__main__":
    main()
