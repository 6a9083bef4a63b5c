"""Threads of many processes record in one ledger: everything once, whoever is killed meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import sys
import threading
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from answerable.model import Decision, Record
from tests.recording.kept import Kept

PROCESSES, THREADS, DECISIONS = 4, 8, 500
ACKNOWLEDGED = 4000
pytestmark = pytest.mark.slow


def _record(uri: str, durability: Any, process: int, acknowledge: Any = None) -> None:
    """What each process does: `THREADS` threads decide, and say the id of what has been kept."""
    warnings.simplefilter("error", ans.CustodyWarning)  # a busy ledger is no ledger out of reach
    ans.configure(ledger=uri, actor="analyst@bank.example", durability=durability)
    failed: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for number in range(DECISIONS):
                with ans.decide("threshold", "Which one?") as d:
                    d.choose([process, thread, number])
                if acknowledge is not None:
                    os.write(
                        acknowledge.fileno(), f"{d.record.id}\n".encode()
                    )  # at once, or not at all
        except BaseException as error:  # noqa: BLE001  # raised again below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ans.shutdown()
    if failed:
        raise failed[0]


def _chains_are_whole(records: list[Record]) -> int:
    """Each emitter numbers what it signs without a gap; how many emitters there are."""
    seen: dict[str, int] = {}
    for record in records:
        assert record.emission is not None
        assert record.emission.seq == seen.get(record.emission.key_id, -1) + 1
        seen[record.emission.key_id] = record.emission.seq
    return len(seen)


@pytest.mark.parametrize("durability", ["commit", "group"])
def test_everything_is_there_once_and_every_chain_is_whole(
    tmp_path: Path, home: Path, durability: str
) -> None:
    kept = Kept(tmp_path / "decisions.db", home)
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_record, args=(kept.uri, durability, n)) for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * PROCESSES
    records = kept.all()  # which verifies
    assert _chains_are_whole(records) == PROCESSES
    chosen = Counter(str(r.chosen) for r in records if isinstance(r, Decision))
    assert chosen == Counter(
        f"[{p}, {t}, {n}]"
        for p in range(PROCESSES)
        for t in range(THREADS)
        for n in range(DECISIONS)
    )
    # In the order in which each thread made them.
    for p in range(PROCESSES):
        of_process = [r.chosen for r in records if isinstance(r, Decision) and r.chosen[0] == p]
        for t in range(THREADS):
            assert [c[2] for c in of_process if c[1] == t] == list(range(DECISIONS))


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_whoever_is_killed_has_lost_nothing_that_was_acknowledged(
    tmp_path: Path, home: Path
) -> None:
    kept = Kept(tmp_path / "decisions.db", home)
    context = multiprocessing.get_context("spawn")
    told, tell = context.Pipe(duplex=False)
    running: list[Any] = []
    killed: list[Any] = []

    def begin() -> None:
        process = context.Process(target=_record, args=(kept.uri, "commit", len(killed), tell))
        process.start()
        running.append(process)

    for _ in range(PROCESSES):
        begin()
    acknowledged: list[str] = []
    # Whole lines, since each is less than a pipe takes at once.
    with os.fdopen(os.dup(told.fileno())) as lines:
        for line in lines:
            acknowledged.append(line.strip())
            if len(acknowledged) == ACKNOWLEDGED:
                break
            if len(acknowledged) % 400 == 0:
                killed.append(secrets.choice(running))
                running.remove(killed[-1])
                killed[-1].kill()
                begin()
        for process in running:
            process.kill()
        killed += running
        for process in killed:
            process.join()
        tell.close()
        acknowledged += [line.strip() for line in lines]
    told.close()

    assert {p.exitcode for p in killed} == {-signal.SIGKILL}
    ans.configure(ledger=kept.uri, actor="analyst@bank.example")
    ans.flush()
    records = kept.all()  # which verifies
    _chains_are_whole(records)
    found = Counter(r.id for r in records)
    assert set(found.values()) == {1}
    assert len(set(acknowledged)) == len(acknowledged) >= ACKNOWLEDGED
    assert set(acknowledged) <= found.keys()
    ans.choose("threshold", "and on it goes")
    assert kept.decisions()[-1].chosen == "and on it goes"
