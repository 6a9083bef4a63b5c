"""However a process ends, what it was told is kept is in the ledger, and it does end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recording.kept import Kept

SECONDS = 60  # after which it hangs

# Each program says on stdout what it was told is kept, in one write, which is whole or not at all.
BEGIN = """
import atexit, os, signal, sys, threading, time
import answerable as ans

ans.configure(ledger={ledger!r}, actor="analyst@bank.example", durability={durability!r})

def decide(value):
    with ans.decide("threshold", "Which one?") as d:
        d.choose(value)
    if d.receipt.durable:
        os.write(1, (str(value) + "\\n").encode())
    return d.receipt

def for_ever(name):
    for number in range(10**9):
        decide(f"{{name}}-{{number}}")

def begin(count, daemon):
    threads = [threading.Thread(target=for_ever, args=(n,), daemon=daemon) for n in range(count)]
    for thread in threads:
        thread.start()
    while threading.active_count() < count + 1:
        time.sleep(0)
"""

ENDS = {
    "its main thread returns, daemons still record": "begin(4, True); decide('main')",
    "it says that it exits": "begin(4, True); decide('main'); sys.exit(3)",
    "it raises": "begin(4, True); decide('main'); raise KeyError('own')",
    "it leaves at once": "begin(4, True); decide('main'); os._exit(4)",
    "another thread still records, which ends later": (
        "threading.Thread(target=lambda: [decide(f'later-{n}') for n in range(200)]).start()\n"
        "decide('main')"
    ),
    "what is registered for its end records too": (
        "atexit.register(decide, 'first registered'); decide('main')\n"
        "atexit.register(decide, 'last registered')"
    ),
    "a daemon stands inside a block": (
        "ready = threading.Event()\n"
        "def stand():\n"
        "  with ans.step('train'):\n"
        "    decide('inside'); ready.set(); time.sleep(1e6)\n"
        "threading.Thread(target=stand, daemon=True).start(); ready.wait(); decide('main')"
    ),
    "it shut the ledger, and daemons opened it again": (
        "begin(4, True); decide('main')\nfor _ in range(20): ans.shutdown()"
    ),
    "it forked, and the child went on": (
        "child = os.fork()\n"
        "decide('child' if child == 0 else 'main')\n"
        "if child: os.waitpid(child, 0)"
    ),
    "it forked inside a block, while others recorded": (
        "begin(2, True)\n"
        "with ans.step('train'):\n"
        "  child = os.fork()\n"
        "  decide('child' if child == 0 else 'main')\n"
        "  if child == 0: os._exit(0)\n"
        "os.waitpid(child, 0)"
    ),
    "it is told to terminate, and handles that": (
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); begin(2, True); decide('main')\n"
        "os.kill(os.getpid(), signal.SIGTERM); time.sleep(1e6)"
    ),
}
CODES = {"exits": 3, "raises": 1, "at once": 4, "handles that": 5}


def _told(lines: str) -> set[str]:
    return set(lines.splitlines())


def _chosen(kept: Kept) -> list[str]:
    return [str(d.chosen) for d in kept.decisions()]


@pytest.mark.parametrize("durability", ["commit", "group"])
@pytest.mark.parametrize("how", ENDS)
def test_it_ends_and_has_kept_what_it_said(
    tmp_path: Path, home: Path, how: str, durability: str
) -> None:
    if "fork" in how and not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    kept = Kept(tmp_path / "decisions.db", home)
    program = BEGIN.format(ledger=kept.uri, durability=durability) + ENDS[how]
    ran = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    code = next((c for name, c in CODES.items() if how.endswith(name)), 0)
    assert ran.returncode == code, ran.stderr
    assert "answerable" not in ran.stderr
    chosen = _chosen(kept)
    assert _told(ran.stdout) <= set(chosen)
    assert len(set(chosen)) == len(chosen)
    if durability == "commit" or "at once" not in how:
        assert "main" in chosen  # also what gathered was committed
    if "registered" in how:
        assert {"first registered", "last registered"} <= set(chosen)
    if "ends later" in how:
        assert {f"later-{n}" for n in range(200)} <= set(chosen)
    if "went on" in how:
        assert "child" in chosen


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("durability", ["commit", "group"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_in_the_middle_of_appends_takes_nothing_that_was_said_to_be_kept(
    tmp_path: Path, home: Path, number: signal.Signals, durability: str
) -> None:
    kept = Kept(tmp_path / "decisions.db", home)
    program = BEGIN.format(ledger=kept.uri, durability=durability)
    # Whoever began the tests may have had them ignore these (nohup, a job in the background).
    program += "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
    program += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program += "begin(4, True); receipts = []\n"
    program += "for n in range(10**9):\n"
    program += "  receipts.append((n, decide(f'main-{n}')))\n"
    program += "  if len(receipts) == 400:\n"
    program += "    for each, receipt in receipts:\n"
    program += "      if receipt.durable: os.write(1, f'main-{each}\\n'.encode())\n"
    program += "    receipts = []\n"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout is not None
        told = [running.stdout.readline() for _ in range(300)]
        running.send_signal(number)
        told += running.stdout.readlines()
        assert running.wait(SECONDS) != 0

    chosen = _chosen(kept)  # which verifies
    assert {line.strip() for line in told} <= set(chosen)
    assert len(set(chosen)) == len(chosen)
