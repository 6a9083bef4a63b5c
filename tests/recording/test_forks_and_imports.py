"""A child that is forked while another thread imports something for the first time can record."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recording.kept import Kept

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

# The thread begins an import, and goes on with it only when the other is about to fork.
PROGRAM = """
import importlib.abc, os, signal, sys, threading, time, warnings

warnings.simplefilter("ignore", DeprecationWarning)
module, uri = sys.argv[1:]
importing, forking = threading.Event(), threading.Event()


class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == module and not importing.is_set():
            importing.set()
            forking.wait()
            time.sleep(0.2)  # in which the fork happens, unless it waits for this import
        return None


def record():
    import answerable as ans

    with ans.step("train"):
        ans.choose("threshold", os.getpid(), over={1: "no"}, because="it is so", accountable="a@b.example")


import answerable

sys.meta_path.insert(0, Slow())
os.environ["ANSWERABLE_LEDGER"] = uri
thread = threading.Thread(target=record)
thread.start()
assert importing.wait(30), "nobody imports it"
forking.set()
child = os.fork()
if not child:
    signal.alarm(20)  # else it would wait for ever
    record()
    import answerable
    answerable.shutdown()
    os._exit(0)
code = os.waitpid(child, 0)[1]
thread.join()
print(code)
"""
LATE = (
    *("answerable.recording", "answerable.recording.decisions", "uuid_utils", "tomllib"),
    *("answerable.otel", "opentelemetry.trace", "answerable.otel.live", "answerable.identity"),
    *("answerable.signing", "cryptography", "nacl.bindings", "answerable.ledger", "sqlite3"),
    *("subprocess", "getpass"),
)


@pytest.mark.parametrize("module", LATE)
def test_it_does_not_wait_for_the_import_of_a_thread_that_it_does_not_have(
    tmp_path: Path, home: Path, module: str
) -> None:
    kept = Kept(tmp_path / "decisions.db", home)
    environ = {n: v for n, v in os.environ.items() if not n.startswith(("GITHUB", "GITLAB"))}
    environ |= {"HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, module, kept.uri],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env=environ,
    )

    assert (ran.stdout, ran.returncode) == ("0\n", 0), ran.stderr
    assert len(kept.decisions()) == 2
