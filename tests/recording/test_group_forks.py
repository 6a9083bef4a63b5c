"""Forks while threads gather, and while the group's own thread signs: every chain holds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recording.kept import Kept

PROGRAM = """
import os, signal, sys, threading, warnings

warnings.simplefilter("ignore")
import answerable as ans
from answerable.recording import grouping

grouping.RECORDS, grouping.SECONDS = 16, 0.01
ans.configure(ledger=sys.argv[1], durability="group")
stop, said, moved = threading.Event(), [[] for _ in range(3)], threading.Semaphore(0)


def work(thread):
    number = 0
    while not stop.is_set():
        with ans.decide("threshold") as d:
            d.choose(f"{thread}/{number}")
        said[thread].append(f"{thread}/{number}")
        number += 1
        if number % 37 == 0:
            assert d.record.chosen == said[thread][-1] and d.receipt.digest
        moved.release()


threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for thread in threads:
    thread.start()
codes = []
for fork in range(10):
    for _ in range(20):
        moved.acquire()
    child = os.fork()
    if not child:
        signal.alarm(60)
        for number in range(5):
            ans.choose("metric", f"child {fork}/{number}")
        ans.shutdown()
        os._exit(0)
    codes.append(os.waitpid(child, 0)[1])
stop.set()
for thread in threads:
    thread.join()
ans.flush()
assert codes == [0] * 10, codes
print(*(each for thread in said for each in thread), sep="\\n")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_what_parent_and_children_gathered_is_there_once(tmp_path: Path, home: Path) -> None:
    kept = Kept(tmp_path / "decisions.db", home)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, kept.uri],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    expected = ran.stdout.split("\n")[:-1]
    expected += [f"child {fork}/{number}" for fork in range(10) for number in range(5)]
    assert sorted(str(d.chosen) for d in kept.decisions()) == sorted(expected)
