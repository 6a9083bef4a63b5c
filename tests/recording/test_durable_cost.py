"""What a durable record asks of the system, by counts: no other program adds to them."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

from answerable.ledger import Ledger
from answerable.ledger.sqlite import SQLite
from tests.house.pages import ROOT
from tests.parts.require import unavailable

RECORDING = """\
import sys
from pathlib import Path
from tests.recording.faulty import record
folder = Path(sys.argv[1])
record(folder, folder / "home", 30)
"""
WRITES = ("write", "pwrite64", "pwritev", "ftruncate", "fallocate", "rename")
SYNCS = ("fsync", "fdatasync")


def test_a_durable_decision_syncs_the_disk_once_and_writes_few_pages(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        unavailable("strace", "strace is not installed; run scripts/install-strace")
    if subprocess.run(["strace", "-o", os.devnull, "true"], check=False).returncode:
        unavailable("strace", "strace may not trace here")
    traced = tmp_path / "traced"
    calls = ",".join([*WRITES, *SYNCS])
    command = ["strace", "-f", "-o", str(traced), "-e", f"trace={calls}", sys.executable, "-c"]
    command += [RECORDING, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=True)

    # The first make the ledger; of the others some see to a checkpoint outside of it too.
    each = between(traced.read_text().splitlines())[10:]
    assert statistics.median(sum(made[name] for name in SYNCS) for made in each) == 1
    # In SQLite's log a page is a head and a body.
    assert statistics.median(sum(made[name] for name in WRITES) for made in each) <= 10


def test_an_append_asks_the_database_one_question(tmp_path: Path) -> None:
    ledger = Ledger.open_or_create(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "home")
    ledger.append(b"the first")
    said: list[str] = []
    assert isinstance(ledger._database, SQLite)
    ledger._database.connection.set_trace_callback(said.append)
    ledger.append(b"the second")
    ledger._database.connection.set_trace_callback(None)
    ledger.close()

    assert [line.split()[0] for line in said] == [
        *("BEGIN", "SELECT", "INSERT", "INSERT", "UPDATE", "COMMIT"),
    ]


def test_an_append_to_a_server_is_two_journeys(
    postgres_url: str, home: Path, tmp_path: Path
) -> None:
    ledger = Ledger.open_or_create(postgres_url, home)
    for n in range(12):  # by then the driver has prepared all that it sends
        ledger.append(b"%d" % n)
    traced = tmp_path / "traced"
    with traced.open("w") as file:
        connection = ledger._database._connection.pgconn  # type: ignore[attr-defined]
        connection.trace(file.fileno())
        ledger.append(b"the one that counts")
        connection.untrace()
    ledger.close()

    # A line begins with the time, and says who sent what: F the program, B the server.
    senders = [line.split("\t")[1] for line in traced.read_text().splitlines()]
    turns = sum(now == "F" != before for before, now in zip(["B", *senders], senders, strict=False))
    assert turns == 2


def between(lines: list[str]) -> list[Counter[str]]:
    """The calls that each record took: what was said of one ends it."""
    found = [Counter[str]()]
    for line in lines:
        called = line.split(maxsplit=1)[1]
        if called.startswith("write(1, "):
            found.append(Counter())
        else:
            found[-1][called.partition("(")[0]] += 1
    return found[:-1]
