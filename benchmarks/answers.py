"""What an answer about one system costs in a large ledger against a small one, in one run.

    python benchmarks/answers.py [--rounds N] [--small N] [--large N] [--demo]

The system has 200 ancestors; the rest of each ledger are records of others, which share no name
with it. `--demo` asks about the demo's deployment instead, of a run of its own in each ledger.

Method: processor time of this process. The two ledgers are asked in turn, each question once a
round, after one round that makes the index and is not counted; the median of the rounds. Ratios
count; milliseconds are this machine's. The whole size of the claim is `--small 10000 --large 1000000`,
which takes some minutes to write and to index.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import answerable as ans
from answerable.ledger import Ledger
from answerable.model import Actor, Approval, Artifact, Considered, Decision, Record, Step
from answerable.recording.clock import unique_id
from answerable.signing.session import Session

STEPS = 40  # of five records each
START = datetime(2026, 1, 1, tzinfo=UTC)
ANA = Actor(id="person:ana@example.org")
MODEL, BEFORE = f"model:mine@{STEPS}", f"model:mine@{STEPS - 1}"
DEMO = "deployment:prod/loan-approval"
BOUND = 2.0
BATCH = 1_000

Question = Callable[[ans.History], object]
QUESTIONS: dict[str, Question] = {
    "trace": lambda history: history.trace(MODEL),
    "why": lambda history: history.why("threshold", MODEL),
    "gaps": lambda history: history.gaps(MODEL),
    "diff": lambda history: history.diff(BEFORE, MODEL),
    "impact": lambda history: history.impact(f"model:mine@{STEPS - 4}"),
}


def main() -> None:
    """Measure, and print one line a question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=10_000)
    parser.add_argument("--demo", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sizes = (given.small, given.large)
        ledgers = [
            (demo if given.demo else system)(Path(folder) / str(number), size)
            for number, size in enumerate(sizes)
        ]
        questions = {"trace": lambda history: history.trace(DEMO)} if given.demo else QUESTIONS
        for line in measured(ledgers, sizes, questions, given.rounds):
            print(line)


def measured(
    ledgers: Iterable[tuple[str, Path]],
    sizes: tuple[int, int],
    questions: dict[str, Question],
    rounds: int,
) -> Iterator[str]:
    """A line for each question."""
    opened = [ans.open(uri, home=home) for uri, home in ledgers]
    costs: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in questions}
    for _ in range(rounds + 1):
        for number, history in enumerate(opened):
            for name, question in questions.items():
                start = time.process_time()
                question(history)
                costs[name][number].append(time.process_time() - start)
    for history in opened:
        history.close()
    for name, both in costs.items():
        few, many = (statistics.median(cost[1:]) * 1e3 for cost in both)
        yield (
            f"{name}: {many / few:.2f} x in {sizes[1]:,} records against {sizes[0]:,}"
            f" ({many:.1f} ms to {few:.1f} ms; bound {BOUND:g})"
        )


def system(folder: Path, size: int) -> tuple[str, Path]:
    """A ledger of that many records, and its home; those of the system lie in the middle."""
    folder.mkdir(parents=True)
    uri, home = f"sqlite:///{folder / 'decisions.db'}", folder / "home"
    before = (size - 5 * STEPS) // 2
    fill(uri, home, islice(others(), before))
    fill(uri, home, mine())
    fill(uri, home, islice(others(), before, size - 5 * STEPS))
    return uri, home


def demo(folder: Path, size: int) -> tuple[str, Path]:
    """The demo's own ledger, with others' records to that size."""
    from answerable.demo.running import run

    made = run(folder)
    home = Path(made.home)
    with ans.open(made.ledger, home=home) as history:
        held = sum(1 for _ in history.records())
    fill(made.ledger, home, islice(others(), size - held))
    return made.ledger, home


def fill(uri: str, home: Path, records: Iterable[Record]) -> None:
    """Append the records under a session of their own, many to a checkpoint."""
    session = Session(Ed25519PrivateKey.generate(), ANA, None)
    ledger = Ledger.open_or_create(uri, home)
    try:
        ledger.append(session.introduce(_id(), START - timedelta(hours=1), None)[1])
        left = iter(records)
        while some := [*islice(left, BATCH)]:
            ledger.append_all([session.sign(record, None)[1] for record in some])
    finally:
        ledger.close()


def mine() -> Iterator[Record]:
    """The system: a chain of steps, each with decisions, a default and a review of what it made."""
    for number in range(1, STEPS + 1):
        yield from _five("mine", number)


def others() -> Iterator[Record]:
    """Records of other systems, without an end; they share words with it, and no name."""
    system = 0
    while True:
        for number in range(1, 11):
            yield from _five(f"other{system}", number)
        system += 1


def _five(name: str, number: int) -> Iterator[Record]:
    when = START + timedelta(minutes=number)
    step, made = _id(), Artifact(ref=f"model:{name}@{number}")
    given: dict[str, Any] = {"decided_at": when, "recorded_at": when, "decided_by": ANA}
    choice: dict[str, Any] = {"accountable": "role:owner", "rationale": f"measured {number}"}
    over = (Considered(value=0.5, because="declines more"),)
    yield Decision(
        id=_id(), **given, **choice, considered=over, step=step, kind="threshold",
        question="At which score?", chosen=0.6,
    )  # fmt: skip
    yield Decision(
        id=_id(), **given, step=step, kind="hyperparameter", question="Which depth?", chosen=4,
        capture="default",
    )  # fmt: skip
    yield Decision(
        id=_id(), **given, **choice, about=(made.ref,), kind="monitor", question="What is watched?",
        chosen="drift", considered=over,
    )  # fmt: skip
    before = (Artifact(ref=f"model:{name}@{number - 1}"),) if number > 1 else ()
    yield Step(id=step, **given, name="train", started_at=when, used=before, produced=(made,))
    yield Approval(
        id=_id(), **given, about=(made.ref,), meaning="review", digest="sha256:" + "0" * 64
    )


def _id() -> str:
    return unique_id()


if __name__ == "__main__":
    main()
