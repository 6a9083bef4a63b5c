"""What it costs to show history in MLflow, and to ask there, as ratios to the same work done plainly.

    python benchmarks/mlflow_history.py [--decisions N] [--records M] [--rounds R]

The export is compared with MLflow's own `log_spans` of the same spans in the same batches, into a
database of its own: what is ours is making the spans, looking whether MLflow took them, and the rest.
The question is the decisions of one decider among M records: asked of `History`, and of MLflow with
`filter_string`, each with one in a hundred records to find; MLflow gives what it finds without the
spans. The shortest of R rounds counts, each on processor time; ratios count, seconds are this machine's.
The bound holds of both figures for `History`: asked again and again, and asked for the first time in a
process of its own, what it still has to import then included. Nothing is kept from one question to the
next: each answer is read from the ledger, and verified.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import answerable as ans
from answerable.exporters.mlflow import export, filter_string
from answerable.exporters.mlflow.shaping import show
from answerable.exporters.mlflow.spans import to_span
from answerable.exporters.mlflow.store import Store
from answerable.history.authentication import read
from answerable.ledger import Ledger
from answerable.model import Actor, Artifact, Considered, Decision, Record
from answerable.signing import Session

if TYPE_CHECKING:
    from mlflow.entities.span import Span as MlflowSpan

BATCH = 200
ASKED = "person:analyst-7@bank.example"
FIRST = """
import sys, time
import answerable

uri, home, actor = sys.argv[1:]
with answerable.open(uri, home=home) as history:
    began = time.process_time()
    history.decisions(actor=actor)
    print(time.process_time() - began)
"""


def main() -> None:
    """Measure, and print one line a ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=500, help="how many are exported")
    parser.add_argument("--records", type=int, default=500, help="among how many one asks")
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(exported(Path(folder), told.decisions, told.rounds))
    with tempfile.TemporaryDirectory() as folder:
        print(asked(Path(folder), told.records, told.rounds))


def exported(folder: Path, count: int, rounds: int) -> str:
    """The export against `log_spans`; each round has databases of its own."""
    records = [read(envelope, index=n)[0] for n, envelope in enumerate(envelopes(count))]
    ours, plain = [], []
    for number in range(rounds):
        one, other = (f"sqlite:///{folder}/{name}{number}.db" for name in ("ours", "plain"))
        for uri in (one, other):
            export([], uri)  # makes the tables
        plain.append(seconds(partial(log_spans, [*made_before(records)], other)))
        ours.append(seconds(partial(export, records, one, batch=BATCH)))
    return (
        f"export of {count:,} decisions: {min(ours) / min(plain):.2f} x log_spans"
        f" (bound 1.30; {min(ours):.2f} s)"
    )


def made_before(records: list[Record]) -> Iterator[MlflowSpan]:
    """The spans as MLflow's own call takes them."""
    from mlflow.entities.span import Span

    for record in records:
        assert record.custody is not None
        yield Span.from_otel_proto(to_span(show(record.custody.envelope, record.custody.index)))


def log_spans(spans: list[MlflowSpan], uri: str) -> None:
    """MLflow's own call, and nothing else."""
    from mlflow.tracing.client import TracingClient

    client = TracingClient(uri)
    place = Store.open(uri, "answerable", create=False).experiment_id
    for start in range(0, len(spans), BATCH):
        client.log_spans(place, spans[start : start + BATCH])


def asked(folder: Path, count: int, rounds: int) -> str:
    """The decisions of one decider, asked of both."""
    from mlflow import MlflowClient

    uri = f"sqlite:///{folder}/mlflow.db"
    ledger = Ledger.open_or_create(f"sqlite:///{folder}/decisions.db", folder)
    several = envelopes(count)
    while group := list(islice(several, 1_000)):
        ledger.append_all(group)
    ledger.close()
    with ans.open(folder / "decisions.db", home=folder) as history:
        place = export(history.records(), uri, batch=BATCH).experiment_id
        client = MlflowClient(tracking_uri=uri)

        def by_mlflow() -> int:
            found, token = 0, None
            while True:
                page = client.search_traces(
                    locations=[place],
                    filter_string=filter_string(actor=ASKED),
                    max_results=500,
                    page_token=token,
                    include_spans=False,
                )
                found += len(page)
                if not (token := page.token):
                    return found

        found = len(history.decisions(actor=ASKED))
        assert found == by_mlflow() == sum(n % 100 == 7 for n in range(count))
        ours = min(seconds(lambda: history.decisions(actor=ASKED)) for _ in range(rounds))
        theirs = min(seconds(by_mlflow) for _ in range(rounds))
    first = min(first_seconds(folder) for _ in range(rounds))
    return (
        f"one decider's {found:,} decisions among {count:,}: History is {theirs / ours:.1f} x faster"
        f" than MLflow, and {theirs / first:.1f} x in a process that asks for the first time"
        f" (bound 10; {ours * 1000:.1f} ms, {first * 1000:.1f} ms)"
    )


def first_seconds(folder: Path) -> float:
    """What the first question in a process costs it."""
    command = [sys.executable, "-c", FIRST, str(folder / "decisions.db"), str(folder), ASKED]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def envelopes(count: int) -> Iterator[bytes]:
    """A delegation, and so many decisions of a hundred deciders, signed as a process signs them."""
    actor = Actor(id="person:ana@bank.example", known_by="environment")
    session = Session(Ed25519PrivateKey.generate(), actor, "credit-risk")
    begun = datetime.now(UTC)
    yield session.introduce(str(uuid.uuid4()), begun, None)[1]
    for number in range(count):
        now = begun + timedelta(milliseconds=number)
        decision = Decision(
            id=str(uuid.uuid4()),
            decided_at=now,
            recorded_at=now,
            decided_by=Actor(id=f"person:analyst-{number % 100}@bank.example"),
            team="credit-risk",
            kind="threshold",
            question="At which score do we decline?",
            chosen=number / 1_000,
            considered=(Considered(value=0.5, because="declines 9% more applicants"),),
            rationale=f"false positives below 2% on validation {number}",
            accountable="role:head-of-credit-risk",
            used=(Artifact(ref="dataset:applications@1990", digest="sha256:" + "ab" * 32),),
            about=("model:loan-approval@7",),
        )
        yield session.sign(decision, None)[1]


def seconds(work: Callable[[], object]) -> float:
    """Of this process's processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
