"""What a pipeline pays for a receiver that is out of reach for the whole of its run, as a ratio.

    python benchmarks/outage.py [--rounds N] [--work SECONDS]

Method: one pipeline, each time a process of its own, which deploys something and has an incident after each
tenth of its work. It runs with no receiver named, with
one that refuses (nothing listens), and with one that is silent (it accepts, and never answers), in turn, so
that a noisy minute falls on all alike. A way's cost is the least over the rounds: of processor time, the
background's included, and of the time until the process has ended.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs

PIPELINE = """
import hashlib, sys, warnings
import answerable as ans
warnings.simplefilter("ignore")
ans.configure(actor="ana@bank.example", accountable="role:head")
subject = "deployment:prod/scores"
for part in range(10):
    for _ in range(int(sys.argv[1])):
        hashlib.sha256(b"a row of the training data" * 1000).digest()
    with ans.step("deploy", produced=subject):
        ans.choose("deploy", part, over={"none": "no"}, because="it is measured")
    ans.incident(subject, f"number {part}")
"""
BOUND = 1.1


@attrs.frozen
class Cost:
    """Seconds: of the processors, and until it had ended."""

    processor: float
    wall: float


def main() -> None:
    """Measure, and print one line a ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=float, default=3.0, help="seconds of a pipeline's own work")
    told = parser.parse_args()
    for line in report(measure(told.rounds, told.work)):
        print(line)


def measure(rounds: int, work: float) -> dict[str, Cost]:
    """The least of each way, over the rounds."""
    costs: dict[str, list[Cost]] = {}
    parts = _parts(work)
    with closed() as refusing, deaf() as silent:
        ways = {"none": None, "refusing": refusing, "silent": silent}
        for _ in range(rounds):
            for name, receiver in ways.items():
                costs.setdefault(name, []).append(run(parts, receiver))
    return {
        name: Cost(min(c.processor for c in each), min(c.wall for c in each))
        for name, each in costs.items()
    }


def report(costs: Mapping[str, Cost]) -> Iterator[str]:
    """A line for each receiver."""
    plain = costs["none"]
    for name in ("refusing", "silent"):
        found = costs[name]
        yield (
            f"a receiver that is {name}: {found.processor / plain.processor:.2f} x in processor "
            f"time, {found.wall / plain.wall:.2f} x until it ends (bound {BOUND})"
        )


def run(parts: int, receiver: str | None) -> Cost:
    """What one run cost; it must have gone well."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ANSWERABLE_")
        } | {
            "ANSWERABLE_LEDGER": f"sqlite:///{Path(folder) / 'ledger.db'}",
            "ANSWERABLE_HOME": str(Path(folder) / "home"),
        }
        if receiver is not None:
            environment["ANSWERABLE_STITCH_TO"] = receiver
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, "-c", PIPELINE, str(parts)], env=environment, check=True)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(spent, wall)


@contextmanager
def closed() -> Iterator[str]:
    """An address at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def deaf() -> Iterator[str]:
    """An address that takes calls, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _parts(work: float) -> int:
    """How many rounds of the pipeline's own work are a tenth of so many seconds here."""
    import hashlib

    began, rounds = time.process_time(), 0
    while time.process_time() - began < 0.2:
        hashlib.sha256(b"a row of the training data" * 1000).digest()
        rounds += 1
    return max(1, int(rounds * work / 10 / 0.2))


if __name__ == "__main__":
    main()
