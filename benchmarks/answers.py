"""What an answer about one system costs in a large ledger against a small one, in one run.

    python benchmarks/answers.py [--rounds N] [--small N] [--large N] [--ledger URI [--subject REF]]

The system has 200 ancestors; the rest of each ledger are records of others, which share no name
with it. `--ledger` takes another's records in the place of that system, such as those of a demo that
was run (`answerable demo` names its ledger), and asks for the trace of `--subject`, by default the
demo's deployment.

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
    parser.add_argument("--ledger", metavar="URI")
    parser.add_argument("--subject", metavar="REF", default=DEMO)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sizes = (given.small, given.large)
        ledgers = [
            copied(Path(folder) / str(number), size, given.ledger)
            if given.ledger
            else system(Path(folder) / str(number), size)
            for number, size in enumerate(sizes)
        ]
        questions = QUESTIONS
        if given.ledger:
            questions = {"trace": lambda history: history.trace(given.subject)}
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
    return among(folder, size, signed(mine()))


def copied(folder: Path, size: int, uri: str) -> tuple[str, Path]:
    """The same, with what that ledger holds in place of the system."""
    ledger = Ledger.open(uri, folder.parent / "asked")
    try:
        return among(folder, size, [entry.envelope for entry in ledger.entries()])
    finally:
        ledger.close()


def among(folder: Path, size: int, envelopes: Iterable[bytes]) -> tuple[str, Path]:
    """A ledger in which the envelopes lie in the middle of others' records."""
    folder.mkdir(parents=True)
    uri, home = f"sqlite:///{folder / 'decisions.db'}", folder / "home"
    own = [*envelopes]
    before = (size - len(own)) // 2
    fill(uri, home, signed(islice(others("a"), before)))
    fill(uri, home, own)
    fill(uri, home, signed(islice(others("b"), size - len(own) - before)))
    return uri, home


def fill(uri: str, home: Path, envelopes: Iterable[bytes]) -> None:
    """Append them, many to a checkpoint."""
    ledger = Ledger.open_or_create(uri, home)
    left = iter(envelopes)
    try:
        while some := [*islice(left, BATCH)]:
            ledger.append_all(some)
    finally:
        ledger.close()


def signed(records: Iterable[Record]) -> Iterator[bytes]:
    """The records' envelopes, under a session of their own that a delegation introduces."""
    session = Session(Ed25519PrivateKey.generate(), ANA, None)
    yield session.introduce(unique_id(), START - timedelta(hours=1), None)[1]
    for record in records:
        yield session.sign(record, None)[1]


def mine() -> Iterator[Record]:
    """The system: a chain of steps, each with decisions, a default and a review of what it made."""
    for number in range(1, STEPS + 1):
        yield from _five("mine", number)


def others(letter: str) -> Iterator[Record]:
    """Records of other systems, without an end; they share words with it, and no name."""
    system = 0
    while True:
        for number in range(1, 11):
            yield from _five(f"other-{letter}{system}", number)
        system += 1


def _five(name: str, number: int) -> Iterator[Record]:
    when = START + timedelta(minutes=number)
    step, made = unique_id(), Artifact(ref=f"model:{name}@{number}")
    given: dict[str, Any] = {"decided_at": when, "recorded_at": when, "decided_by": ANA}
    choice: dict[str, Any] = {"accountable": "role:owner", "rationale": f"measured {number}"}
    over = (Considered(value=0.5, because="declines more"),)
    yield Decision(
        id=unique_id(), **given, **choice, considered=over, step=step, kind="threshold",
        question="At which score?", chosen=0.6,
    )  # fmt: skip
    yield Decision(
        id=unique_id(), **given, step=step, kind="hyperparameter", question="Which depth?", chosen=4,
        capture="default",
    )  # fmt: skip
    yield Decision(
        id=unique_id(), **given, **choice, about=(made.ref,), kind="monitor", question="What is watched?",
        chosen="drift", considered=over,
    )  # fmt: skip
    before = (Artifact(ref=f"model:{name}@{number - 1}"),) if number > 1 else ()
    yield Step(id=step, **given, name="train", started_at=when, used=before, produced=(made,))
    yield Approval(
        id=unique_id(), **given, about=(made.ref,), meaning="review", digest="sha256:" + "0" * 64
    )


if __name__ == "__main__":
    main()
