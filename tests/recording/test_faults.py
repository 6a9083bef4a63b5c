"""The disk fails, or the process dies, at each call by which a record is kept: what was acknowledged
is there afterwards, once, and verifies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

import attrs
import pytest

from answerable.recording import process
from tests.house.pages import ROOT
from tests.parts.require import unavailable
from tests.recording import faulty

CALLS = (
    *("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "openat", "mkdir", "unlink"),
    *("rename", "renameat", "renameat2", "link", "linkat"),
)
ACTIONS = {
    "EIO": "error=EIO:when={n}",
    "killed": "signal=SIGKILL:when={n}",
    "ENOSPC": "error=ENOSPC:when={n}",
    "ENOSPC from there on": "error=ENOSPC:when={n}+",
}
MOST = 44  # of the calls, each with one of the actions; there are some more of them
# All of them, each with all actions: that takes minutes, and CI does not wait for it.
EVERY = os.environ.get("ANSWERABLE_FAULTS") == "every"
TIMEOUT = 120


@attrs.frozen
class Call:
    """The `number`-th of its name that the recording program makes, on something in its folder."""

    name: str
    number: int


@pytest.fixture(scope="module")
def strace() -> None:
    if shutil.which("strace") is None:
        unavailable("strace", "strace is not installed; run scripts/install-strace")
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True)
    if tried.returncode:
        unavailable("strace", f"strace may not trace here: {tried.stderr.decode()[:200]}")


@pytest.fixture(autouse=True)
def quiet() -> None:
    process.replace(None)
    warnings.simplefilter("ignore")


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_whatever_fails_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    calls = calls_of(tmp_path / "counted")
    sample = [(call, action) for call in calls for action in ACTIONS] if EVERY else some(calls)
    wrong = []
    acknowledged: Counter[str] = Counter()
    for place, (call, action) in enumerate(sample):
        folder = tmp_path / str(place)
        folder.mkdir()
        told = recorded(folder, call, ACTIONS[action])
        acknowledged[action] += len(told)
        warnings.simplefilter("ignore")
        if found := faulty.left(folder, folder / "home", told):
            wrong.append((call, action, found))

    assert wrong == []
    assert {call.name for call, _ in sample} >= {"pwrite64", "fdatasync", "openat"}
    assert all(acknowledged[action] for action in ACTIONS)
    assert acknowledged["killed"] < faulty.TIMES * len(sample) / len(ACTIONS), "some died early"


def some(calls: list[Call]) -> list[tuple[Call, str]]:
    """Each action at every fourth of the places, which are spread evenly over the calls."""
    actions = [*ACTIONS]
    places = [len(calls) * at // MOST for at in range(MOST)]
    return [(calls[place], actions[at % len(actions)]) for at, place in enumerate(places)]


def calls_of(folder: Path) -> list[Call]:
    """Those of its calls that touch its folder, in order, by name and number."""
    folder.mkdir()
    log = folder.with_suffix(".log")
    started("-y", "-e", f"trace={','.join(CALLS)}", "-o", str(log), folder=folder)
    numbers: Counter[str] = Counter()
    found = []
    for line in log.read_text(errors="replace").splitlines():
        if match := re.match(r"(\w+)\(", line):
            name = match[1]
            numbers[name] += 1
            if str(folder) in line:
                found.append(Call(name, numbers[name]))
    assert len(found) > 50
    return found


def recorded(folder: Path, call: Call, action: str) -> list[str]:
    """The ids that were acknowledged."""
    told = action.format(n=call.number)
    inject = f"inject={call.name}:{told}"
    out = started("-e", f"trace={call.name}", "-e", inject, "-o", os.devnull, folder=folder)
    return out.split()


def started(*options: str, folder: Path) -> str:
    command = ["strace", *options, sys.executable, "-m", "tests.recording.faulty", str(folder)]
    # The same number of files is opened each time: nothing is compiled, nothing else is imported.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    ran = subprocess.run(
        command, cwd=ROOT, env=env, timeout=TIMEOUT, capture_output=True, text=True, check=False
    )
    return "".join(line + "\n" for line in ran.stdout.splitlines() if len(line) == 36)


def test_a_full_disk_costs_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Ledger and spool on a small disk of their own: both refuse in the end, and say so."""
    script = f"""
        mount -t tmpfs -o size=600k none {tmp_path}/disk
        head -c 200k /dev/zero > {tmp_path}/disk/other
        {sys.executable} -c '
from pathlib import Path
from tests.recording import faulty
faulty.record(Path("{tmp_path}/disk"), Path("{tmp_path}/disk/home"), times=400, size=3000)
' > {tmp_path}/told 2> {tmp_path}/said || true
        rm {tmp_path}/disk/other
        {LEFT.format(folder=f"{tmp_path}/disk", home=f"{tmp_path}/disk/home", told=f"{tmp_path}/told")}
    """
    (tmp_path / "disk").mkdir()

    assert in_a_namespace(script) == "[]"
    told = (tmp_path / "told").read_text().split()
    assert 5 < len(told) < 400
    assert "CustodyError" in (tmp_path / "said").read_text()


@pytest.mark.parametrize("home", ["disk/home", "home"], ids=["home too", "home elsewhere"])
def test_a_disk_that_turns_read_only_costs_nothing_that_was_acknowledged(
    tmp_path: Path, home: str
) -> None:
    record = f"{sys.executable} -m tests.recording.faulty {tmp_path}/disk {tmp_path}/{home}"
    script = f"""
        mount -t tmpfs none {tmp_path}/disk
        {record} >> {tmp_path}/told
        mount -o remount,ro {tmp_path}/disk
        {record} >> {tmp_path}/told 2> {tmp_path}/said || true
        mount -o remount,rw {tmp_path}/disk
        {LEFT.format(folder=f"{tmp_path}/disk", home=f"{tmp_path}/{home}", told=f"{tmp_path}/told")}
    """
    (tmp_path / "disk").mkdir()

    assert in_a_namespace(script) == "[]"
    told = (tmp_path / "told").read_text().split()
    # With a home that can be written, records wait there; else the call says that nothing holds it.
    assert len(told) == (faulty.TIMES if home.startswith("disk") else 2 * faulty.TIMES)


LEFT = f"""{sys.executable} -c '
import warnings; warnings.simplefilter("ignore")
from pathlib import Path
from tests.recording import faulty
told = Path("{{told}}").read_text().split()
print(faulty.left(Path("{{folder}}"), Path("{{home}}"), told))
'"""


def in_a_namespace(script: str) -> str:
    """What it printed last, run where mounting is nobody else's business."""
    if shutil.which("unshare") is None or os.geteuid() != 0:
        unavailable("mounts", "only the superuser mounts, in a namespace of its own")
    command = ["unshare", "--mount", "bash", "-eu", "-c", script]
    ran = subprocess.run(
        command, cwd=ROOT, timeout=TIMEOUT, capture_output=True, text=True, check=False
    )
    if ran.returncode and "unshare" in ran.stderr:
        unavailable("mounts", ran.stderr.strip())
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip().splitlines()[-1]
