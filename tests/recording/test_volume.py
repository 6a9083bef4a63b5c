"""Eight threads in each of four processes record into one ledger, also while some are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from answerable.history import read, verify
from answerable.ledger import Ledger
from answerable.model import Decision, Delegation, Record

PROCESSES, THREADS, EACH = 4, 8, 500
# What was kept is told at once, in one write: a line is never half there.
PROGRAM = """
import os
import sys
import threading
import answerable as ans

ans.configure(ledger=sys.argv[1], home=sys.argv[2], actor=f"service:worker-{sys.argv[3]}")

def work(thread):
    for number in range(int(sys.argv[4])):
        with ans.decide("threshold") as d:
            d.choose(f"{sys.argv[3]}/{thread}/{number}")
        os.write(1, f"{d.record.chosen}\\n".encode())

threads = [threading.Thread(target=work, args=(n,)) for n in range(int(sys.argv[5]))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

pytestmark = pytest.mark.slow


def started(folder: Path, worker: int) -> subprocess.Popen[bytes]:
    arguments = [str(folder / "decisions.db"), str(folder / "home"), str(worker), EACH, THREADS]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE
    )


def kept(folder: Path) -> list[Record]:
    """Every record, of a ledger that verifies."""
    ledger = Ledger.open(str(folder / "decisions.db"), folder / "home")
    try:
        verdict = verify(ledger)
        assert verdict.holds, verdict.faults[:5]
        return [read(entry.envelope, index=entry.index)[0] for entry in ledger.entries()]
    finally:
        ledger.close()


def chosen(records: list[Record]) -> Counter[str]:
    return Counter(r.chosen for r in records if isinstance(r, Decision))


def test_all_are_there_once_and_no_emitters_sequence_is_broken(tmp_path: Path) -> None:
    workers = [started(tmp_path, n) for n in range(PROCESSES)]
    told = [worker.communicate()[0].decode().split() for worker in workers]

    assert [worker.returncode for worker in workers] == [0] * PROCESSES
    records = kept(tmp_path)
    expected = {
        f"{w}/{t}/{n}" for w in range(PROCESSES) for t in range(THREADS) for n in range(EACH)
    }
    assert chosen(records) == Counter(expected)
    assert {line for lines in told for line in lines} == expected
    sequences: dict[str, list[int]] = {}
    for record in records:
        assert record.emission is not None
        sequences.setdefault(record.emission.key_id, []).append(record.emission.seq)
    assert len(sequences) == PROCESSES == sum(isinstance(r, Delegation) for r in records)
    assert all(seqs == [*range(len(seqs))] for seqs in sequences.values())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_processes_that_are_killed_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    dice = random.Random(20261125)  # noqa: S311  # the same kills each time, as far as time allows
    told: list[str] = []
    workers = {n: started(tmp_path, n) for n in range(PROCESSES)}
    for _ in range(3 * PROCESSES):
        victim = dice.choice(list(workers))
        worker = workers.pop(victim)
        assert worker.stdout is not None
        # At some moment after so many of its records.
        lines = [worker.stdout.readline() for _ in range(dice.randrange(1, 200))]
        os.kill(worker.pid, signal.SIGKILL)
        rest = worker.stdout.read()
        worker.wait()
        worker.stdout.close()
        told += b"".join([*lines, rest]).decode().split()
        next_one = victim + PROCESSES
        workers[next_one] = started(tmp_path, next_one)
    for worker in workers.values():
        told += worker.communicate()[0].decode().split()
        assert worker.returncode == 0

    found = chosen(kept(tmp_path))
    assert set(told) <= set(found)
    assert set(found.values()) == {1}
    assert len(told) > 3 * PROCESSES
