"""A step's process that is killed at any moment loses nothing that it was told is kept."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

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

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here"),
]


@contextmanager
def started(step: str, out: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The step, again and again, until it is killed."""
    told = {
        "ANSWERABLE_LEDGER": f"sqlite:///{out / 'decisions.db'}",
        "ANSWERABLE_HOME": str(out / "home"),
        "ANSWERABLE_ACTOR": f"{step}@bank.example",
        "ANSWERABLE_ON_FAILURE": "raise",
    }
    # A folder of its own: what another, killed while it wrote, left there is not under test.
    place = out / "places" / uuid.uuid4().hex
    shutil.copytree(out / "files", place)
    with (
        (out / f"{step}.stderr").open("ab") as complaints,
        subprocess.Popen(
            [sys.executable, PROGRAM, step],
            cwd=place,
            env={**os.environ, **told},
            stdout=subprocess.PIPE,
            stderr=complaints,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


def kill(process: subprocess.Popen[bytes], *, after: float, out: Path) -> list[str]:
    """Kill it after that many seconds, and give the ids that it printed in full."""
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    lines = said(process).read().decode().splitlines(keepends=True)
    complaints = "".join(path.read_text(errors="replace") for path in out.glob("*.stderr"))
    assert process.wait() == -signal.SIGKILL, complaints
    return [line.strip() for line in lines if line.endswith("\n")]


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
        early = chance.random() < 0.3
        with ExitStack() as ended:
            processes = [ended.enter_context(started(step, out)) for step in pair]
            for process in processes:
                if not early:
                    acknowledged.append(said(process).readline().decode().strip())
                within = 0.8 if early else 0.25
                acknowledged += kill(process, after=chance.uniform(0, within), out=out)
    with ans.open(f"sqlite:///{out / 'decisions.db'}", home=str(out / "home")) as history:
        verdict = history.verify()
        assert verdict.faults == ()
        assert verdict.holds
        kept = {record.id for record in history.records()}
    assert len(acknowledged) >= KILLS
    assert set(acknowledged) <= kept
