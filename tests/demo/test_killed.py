"""A step's process that is killed at any moment loses nothing that it was told is kept."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import answerable as ans
from tests.demo.conftest import Runs

PROGRAM = Path(__file__).with_name("acknowledging.py")
KILLS = 50
# How often each step is killed; those that start fast more often. Training and evaluation record
# by the same code, but take most of a minute to get there.
STEPS = (
    *["requirements"] * 20,
    *["procurement"] * 14,
    *["deployment"] * 10,
    *["approval"] * 2,
    *["fair_lending"] * 2,
    *["selection"] * 2,
)

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")


def start(step: str, out: Path) -> subprocess.Popen[str]:
    told = {
        "ANSWERABLE_LEDGER": f"sqlite:///{out / 'decisions.db'}",
        "ANSWERABLE_HOME": str(out / "home"),
        "ANSWERABLE_ACTOR": f"{step}@bank.example",
        "ANSWERABLE_ON_FAILURE": "raise",
    }
    return subprocess.Popen(
        [sys.executable, PROGRAM, step],
        cwd=out / "files",
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill(process: subprocess.Popen[str], *, after: float) -> list[str]:
    """Kill it after that many seconds, and give the ids that it printed in full."""
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    said, complained = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL, complained
    return [line.strip() for line in said.splitlines(keepends=True) if line.endswith("\n")]


def test_fifty_kills_leave_a_ledger_that_verifies_and_lacks_nothing_acknowledged(
    runs: Runs, tmp_path: Path
) -> None:
    assert len(STEPS) == KILLS
    out = tmp_path / "out"
    shutil.copytree(runs.folder, out)
    chance = random.SystemRandom()
    order = chance.sample(STEPS, KILLS)
    acknowledged: list[str] = []
    # Two at a time: what one holds when it is killed must not stand in the other's way.
    for pair in zip(order[::2], order[1::2], strict=True):
        processes = [start(step, out) for step in pair]
        early = chance.random() < 0.3
        for process in processes:
            if not early:
                assert process.stdout is not None
                acknowledged.append(process.stdout.readline().strip())
            acknowledged += kill(process, after=chance.uniform(0, 0.8 if early else 0.25))
    with ans.open(f"sqlite:///{out / 'decisions.db'}", home=str(out / "home")) as history:
        verdict = history.verify()
        assert verdict.faults == ()
        assert verdict.holds
        kept = {record.id for record in history.records()}
    assert len(acknowledged) >= KILLS
    assert set(acknowledged) <= kept
