"""A program that records, and what is there of it after the machine failed under it.

    python -m tests.recording.faulty FOLDER [HOME]    records until a recording call raises, or four times

Each line on standard output is the id of a record whose call returned: it is acknowledged.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import answerable as ans
from answerable.errors import AnswerableError, NotFoundError
from answerable.recording import process

TIMES = 4


def record(folder: Path, home: Path, times: int = TIMES, size: int = 0) -> None:
    """Say the id of each record once its call has returned."""
    warnings.simplefilter("ignore")
    ans.configure(
        ledger=f"sqlite:///{folder / 'decisions.db'}",
        home=str(home),
        actor="person:ana@bank.example",
        team="scoring",
        on_failure="spool",
    )
    for number in range(times):
        with ans.decide("threshold") as d:
            d.choose(number, because="measured " + "x" * size)
        os.write(1, f"{d.record.id}\n".encode())


def left(folder: Path, home: Path, acknowledged: list[str]) -> list[str]:
    """What is wrong once the machine is well again: nothing, if everything acknowledged is there,
    once, and verifies."""
    uri = f"sqlite:///{folder / 'decisions.db'}"
    process.exchange(None)
    ans.configure(ledger=uri, home=str(home), actor="person:ana@bank.example", team="scoring")
    try:
        ans.flush()
        ans.shutdown()
    except AnswerableError as error:
        return [f"flush: {error}"]
    finally:
        process.exchange(None)
    try:
        with ans.open(uri, home=home) as history:
            wrong = [f"{fault.code}: {fault.message}" for fault in history.verify().faults]
            found = [record.id for record in history.records() if record.custody]
            unverified = [r.id for r in history.records() if r.custody and not r.custody.verified]
    except NotFoundError:
        wrong, found, unverified = [], [], []
    wrong += [f"lost: {id}" for id in acknowledged if id not in found]
    wrong += [f"twice: {id}" for id in set(found) if found.count(id) > 1]
    return wrong + [f"does not verify: {id}" for id in unverified]


if __name__ == "__main__":
    where = Path(sys.argv[1])
    record(where, Path(sys.argv[2]) if len(sys.argv) > 2 else where / "home")
