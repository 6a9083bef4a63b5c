"""One process, one chain, one ledger: whatever happens to the process or to the file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import answerable as ans
from answerable.configuration import SPOOL_BYTES
from answerable.ledger import Ledger
from answerable.model import Delegation
from answerable.recording import process
from answerable.recording import spool as spool_module
from answerable.recording.delivery import Delivery
from answerable.recording.spool import Parcel, Spool
from answerable.signing import Session
from tests.history.forging import Forger
from tests.recording.kept import Kept
from tests.recording.outage import nothing_goes_in, quietly

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def chosen(kept: Kept) -> list[object]:
    return [decision.chosen for decision in kept.decisions()]


def chains(kept: Kept) -> int:
    return sum(isinstance(record, Delegation) for record in kept.all())


def configure(kept: Kept) -> None:
    ans.configure(ledger=kept.path, actor="analyst@bank.example")


def envelopes(tmp_path: Path, count: int) -> list[bytes]:
    """Signed records, each another."""
    forger = Forger(home=tmp_path / "forger", path=tmp_path / "forged.db")
    return [forger.sign(forger.decision(chosen=number)) for number in range(count)]


def nothing_is_damaged(place: Path) -> None:
    pytest.fail(f"{place} is")


def fork(work: Callable[[], object]) -> int:
    """Run `work` in a forked child; its exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: threads and fork
        child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_recording_goes_on_after_shutdown_into_the_same_ledger(kept: Kept) -> None:
    ans.choose("threshold", 1)
    ans.shutdown()
    ans.shutdown()
    ans.choose("threshold", 2)
    assert chosen(kept) == [1, 2]


def test_what_is_open_goes_where_is_configured_when_it_ends(kept: Kept, tmp_path: Path) -> None:
    other = Kept(tmp_path / "other.db", kept.home)
    with ans.step("main"):
        ans.choose("threshold", 1)
        ans.configure(ledger=other.uri, actor="other@bank.example", team="other")
        ans.choose("threshold", 2)

    assert chosen(kept) == [1]
    assert chosen(other) == [2]
    assert other.step().team == other.decision().team == "other"
    assert kept.decision().team == "credit-risk"


def test_a_relative_ledger_stays_where_it_was_named(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    ans.configure(ledger="decisions.db", actor="analyst@bank.example")
    monkeypatch.chdir("sub")
    ans.choose("threshold", 1)
    assert chosen(kept) == [1]


def test_a_moved_ledger_is_not_written_to_in_its_new_place(kept: Kept, tmp_path: Path) -> None:
    folder, away = tmp_path / "disk", tmp_path / "away"
    folder.mkdir()
    own = Kept(folder / "decisions.db", kept.home)
    configure(own)
    ans.choose("threshold", 1)

    folder.rename(away)
    with pytest.warns(ans.CustodyWarning, match="no such directory"):
        ans.choose("threshold", 2)
    away.rename(folder)
    ans.choose("threshold", 3)

    assert chosen(own) == [1, 2, 3]


def test_a_ledger_that_is_gone_for_good_is_replaced_and_that_is_said(kept: Kept) -> None:
    ans.choose("threshold", 1)
    for file in kept.path.parent.glob("decisions.db*"):
        file.unlink()
    with pytest.warns(ans.CustodyWarning, match="another ledger than the one this process"):
        ans.choose("threshold", 2)
    ans.choose("threshold", 3)
    assert chosen(kept) == [2, 3]  # and it verifies: a chain of its own was begun


def test_a_ledger_exchanged_while_it_is_shut_begins_a_new_chain(kept: Kept) -> None:
    ans.choose("threshold", 1)
    ans.shutdown()
    for file in kept.path.parent.glob("decisions.db*"):
        file.unlink()
    with pytest.warns(ans.CustodyWarning, match="another ledger"):
        ans.choose("threshold", 2)
    assert chosen(kept) == [2]


def test_a_full_disk_is_an_outage_like_any_other(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with nothing_goes_in():
        with pytest.warns(ans.CustodyWarning, match="full"):
            ans.choose("threshold", 1, because="x" * 8000)
        for number in range(2, 6):
            ans.choose("threshold", number, because="x" * 8000)  # without another warning
    assert kept.size() == 2

    ans.choose("threshold", 6)
    assert chosen(kept) == [0, 1, 2, 3, 4, 5, 6]
    assert chains(kept) == 2  # its own, and one that says what was late


def test_each_outage_warns_once(kept: Kept) -> None:
    for outage in range(2):
        with nothing_goes_in():
            with pytest.warns(ans.CustodyWarning):
                ans.choose("threshold", outage, because="x" * 8000)
            ans.choose("threshold", outage, because="x" * 8000)
        ans.choose("threshold", outage)
    assert chosen(kept) == [0, 0, 0, 1, 1, 1]


def test_a_ledger_that_refuses_slowly_is_not_asked_at_every_record(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    ans.choose("threshold", 0)
    asked = 0
    now = time.monotonic()

    def slow(self: Ledger, envelopes: Sequence[bytes]) -> object:
        nonlocal asked, now
        asked, now = asked + 1, now + 30
        raise ans.LedgerError("database is locked")

    with monkeypatch.context() as patched, quietly():
        patched.setattr(Ledger, "append_all", slow)
        patched.setattr("answerable.recording.delivery.time.monotonic", lambda: now)
        for number in range(1, 10):
            ans.choose("threshold", number)
        assert asked == 1
        now += 9 * 30
        ans.choose("threshold", 10)
        assert asked == 2
    assert ans.flush() == 10
    assert chosen(kept) == list(range(11))


def test_the_order_of_waiting_is_the_order_of_signing_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([5, 5, 3, 9, 1])
    monkeypatch.setattr("answerable.recording.spool.time.time_ns", lambda: next(times))
    spool = Spool(tmp_path / "spool", SPOOL_BYTES)
    taken: list[bytes] = []
    signed = envelopes(tmp_path, 5)
    for envelope in signed:
        spool.keep(Parcel((envelope,)))
    assert spool.drain(taken.extend, nothing_is_damaged) == 5
    assert taken == signed
    assert spool.waiting() == []


def test_a_drain_stops_at_what_is_refused_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "_BATCH", 1)
    spool = Spool(tmp_path / "spool", SPOOL_BYTES)
    taken: list[bytes] = []
    for envelope in envelopes(tmp_path, 3):
        spool.keep(Parcel((envelope,)))

    def once(envelopes: Sequence[bytes]) -> None:
        if taken:
            raise ans.LedgerError("no more")
        taken.extend(envelopes)

    with pytest.raises(ans.LedgerError, match="no more"):
        spool.drain(once, nothing_is_damaged)
    assert len(spool.waiting()) == 2


def test_many_who_drain_at_once_append_everything_once_and_in_order(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with nothing_goes_in(), quietly():
        for number in range(1, 30):
            ans.choose("threshold", number, because="x" * 4000)
    process.exchange(None)  # as if the process had been killed
    command = [sys.executable, "-m", "answerable", "flush", "--ledger", kept.uri]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [(p.communicate()[1], p.returncode) for p in running]

    assert ended == [("", 0)] * 3
    assert chosen(kept) == list(range(30))
    assert Spool.of(kept.home, kept.uri, SPOOL_BYTES).waiting() == []


def test_what_waits_at_the_end_of_the_process_is_tried_once_more(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with nothing_goes_in(), quietly():
        ans.choose("threshold", 1, because="x" * 8000)
    ans.shutdown()
    assert chosen(kept) == [0, 1]


def test_a_process_that_ends_lets_go_of_its_ledger(kept: Kept) -> None:
    code = f"import answerable as ans; ans.configure(ledger={kept.uri!r}); ans.choose('t', 1)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not kept.path.with_name("decisions.db-wal").exists()
    assert chosen(kept) == [1]


def test_a_record_made_while_the_interpreter_ends_is_kept(kept: Kept) -> None:
    code = (
        "import atexit; import answerable as ans\n"
        f"atexit.register(lambda: ans.choose('t', 'late')); ans.configure(ledger={kept.uri!r})\n"
        "ans.choose('t', 'early')"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stderr == ""
    assert chosen(kept) == ["early", "late"]


def test_a_terminated_process_has_lost_nothing_that_it_was_told_is_kept(kept: Kept) -> None:
    code = (
        f"import answerable as ans; ans.configure(ledger={kept.uri!r})\n"
        "for n in range(10**6): print(ans.choose('t', n), flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        told = [run.stdout.readline() for _ in range(20)]
        run.send_signal(signal.SIGTERM)
    assert told == [f"{n}\n" for n in range(20)]
    assert chosen(kept)[:20] == list(range(20))


@pytest.mark.parametrize("moment", ["seal", "introduce", "deliver"])
def test_an_interrupt_at_any_moment_breaks_no_chain(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    owner, name = (Delivery if moment == "deliver" else Session), moment
    if moment != "introduce":
        ans.choose("threshold", 0)
    real = getattr(owner, name)

    def interrupted(*args: object) -> object:
        real(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, interrupted)
        with pytest.raises(KeyboardInterrupt):
            ans.choose("threshold", 1)
    ans.choose("threshold", 2)

    kept.all()  # which verifies
    assert chosen(kept)[-1] == 2


@forking
def test_a_block_is_recorded_by_the_process_that_began_it(kept: Kept) -> None:
    with ans.step("train") as s:

        def leave() -> None:
            ans.choose("metric", "in the child")
            s.__exit__(None, None, None)

        assert fork(leave) == 0
        ans.choose("metric", "in the parent")

    assert kept.step().id == s.id
    assert {d.step for d in kept.decisions()} == {s.id}
    assert chains(kept) == 2


@forking
def test_forks_in_the_middle_of_others_recording_leave_children_that_can(kept: Kept) -> None:
    stop, numbers = threading.Event(), iter(range(10**6))

    def record() -> None:
        while not stop.is_set():
            ans.choose("threshold", next(numbers))

    threads = [threading.Thread(target=record) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        codes = [fork(lambda: ans.choose("metric", "child")) for _ in range(10)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert codes == [0] * 10
    assert chosen(kept).count("child") == 10


@forking
def test_a_child_that_ends_as_a_process_does_disturbs_nothing(kept: Kept) -> None:
    ans.choose("threshold", 0)
    code = (
        f"import os, sys, answerable as ans; ans.configure(ledger={kept.uri!r})\n"
        "ans.choose('t', 1); child = os.fork()\n"
        "if child == 0: sys.exit(0)\n"
        "ans.choose('t', 2); os.waitpid(child, 0); ans.choose('t', 3)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stderr == ""
    assert chosen(kept) == [0, 1, 2, 3]


def test_a_home_moved_from_under_the_process_is_no_silent_loss(kept: Kept) -> None:
    ans.choose("threshold", 0)
    shutil.rmtree(kept.home)
    ans.choose("threshold", 1)  # the keys are in memory by now
    assert kept.size() == 3


def test_a_read_only_database_is_an_outage(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    ans.choose("threshold", 0)
    real = Ledger.append_all

    def closed(self: Ledger, envelopes: Sequence[bytes]) -> object:
        self._database.rows("PRAGMA query_only=ON")
        try:
            return real(self, envelopes)
        finally:
            self._database.rows("PRAGMA query_only=OFF")

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "append_all", closed)
        with pytest.warns(ans.CustodyWarning, match="readonly"):
            ans.choose("threshold", 1)
    assert kept.size() == 2
    ans.choose("threshold", 2)
    assert chosen(kept) == [0, 1, 2]
