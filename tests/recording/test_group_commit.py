"""Records that gather, and are committed together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import answerable as ans
from answerable.errors import LedgerError
from answerable.recording import grouping
from tests.recording.kept import Kept
from tests.recording.test_spooling import out_of_reach

DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def kept(tmp_path: Path, home: Path) -> Iterator[Kept]:
    (tmp_path / "disk").mkdir()
    found = Kept(tmp_path / "disk" / "decisions.db", home)
    _configure(found)
    yield found
    ans.shutdown()


def _configure(kept: Kept, **more: object) -> None:
    ans.configure(ledger=kept.uri, durability="group", **more)  # type: ignore[arg-type]


def _choose(value: object) -> ans.Receipt:
    with ans.decide("threshold") as d:
        d.choose(value)
    return d.receipt


def _chosen(kept: Kept) -> list[object]:
    return [decision.chosen for decision in kept.decisions()]


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No group is due before the test ends."""
    monkeypatch.setattr(grouping, "SECONDS", 600.0)


@pytest.mark.usefixtures("unhurried")
class TestWhatWaits:
    def test_is_not_durable_before_it_is_flushed(self, kept: Kept) -> None:
        first, second = _choose(1), _choose(2)
        assert [first.durable, second.durable] == [False, False]
        assert (first.index, first.checkpoint, kept.size()) == (None, None, 0)

        assert ans.flush() == 3  # the delegation too

        assert (first.index, second.index) == (1, 2)
        assert _chosen(kept) == [1, 2]

    def test_is_covered_by_one_checkpoint(self, kept: Kept) -> None:
        receipts = [_choose(n) for n in range(5)]
        ans.flush()

        (note,) = {r.checkpoint for r in receipts}
        assert note is not None and note.split(b"\n")[1] == b"6"

    def test_is_committed_by_the_record_that_fills_the_group(self, kept: Kept) -> None:
        _configure(kept, on_failure="raise")
        receipts = [_choose(n) for n in range(grouping.RECORDS)]

        assert all(r.durable for r in receipts)
        assert kept.size() == grouping.RECORDS + 1  # the delegation too

    def test_is_committed_by_the_groups_own_thread_once_the_group_is_full(self, kept: Kept) -> None:
        receipts = [_choose(n) for n in range(grouping.RECORDS)]
        _until(lambda: receipts[-1].durable)

        assert all(r.durable for r in receipts)

    def test_is_never_more_than_two_groups(self, kept: Kept) -> None:
        receipts = []
        for n in range(5 * grouping.RECORDS):
            receipts.append(_choose(n))
            assert sum(not r.durable for r in receipts[-3 * grouping.RECORDS :]) < (
                2 * grouping.RECORDS
            )
        ans.flush()
        assert _chosen(kept) == [*range(5 * grouping.RECORDS)]

    def test_is_committed_before_an_approval_takes_effect(self, kept: Kept) -> None:
        before = _choose(1)

        ans.approve("deployment:prod/scores", digest=DIGEST)

        assert before.durable
        assert kept.size() == 3

    def test_is_committed_when_the_ledger_is_let_go(self, kept: Kept) -> None:
        _choose(1)
        ans.shutdown()
        _choose(2)
        ans.configure(ledger=kept.uri)

        assert _chosen(kept) == [1, 2]

    def test_is_the_parents_in_a_forked_child(self, kept: Kept) -> None:
        _choose("before")
        child = os.fork()
        if not child:
            _choose("in the child")
            ans.shutdown()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        _choose("after")
        ans.flush()

        assert sorted(map(str, _chosen(kept))) == ["after", "before", "in the child"]

    def test_comes_from_many_threads_once_each(self, kept: Kept) -> None:
        with ThreadPoolExecutor(8) as pool:
            receipts = [*pool.map(_choose, range(1000))]
        ans.flush()

        assert all(r.durable for r in receipts)
        assert sorted(map(int, map(str, _chosen(kept)))) == [*range(1000)]


class TestALedgerOutOfReach:
    @pytest.mark.usefixtures("unhurried")
    def test_leaves_the_group_in_the_spool_in_order(self, kept: Kept) -> None:
        with out_of_reach(kept):
            receipts = [_choose(n) for n in range(3)]
            with pytest.warns(ans.CustodyWarning, match="waits in"), pytest.raises(LedgerError):
                ans.flush()

        assert [r.durable for r in receipts] == [False] * 3
        ans.flush()
        assert _chosen(kept) == [0, 1, 2]

    @pytest.mark.usefixtures("unhurried")
    def test_is_raised_where_that_is_wanted_and_the_group_waits_on(self, kept: Kept) -> None:
        _configure(kept, on_failure="raise")
        with out_of_reach(kept):
            receipt = _choose(1)
            with pytest.raises(LedgerError):
                ans.flush()
            assert not receipt.durable
        ans.flush()
        assert receipt.durable

    @pytest.mark.usefixtures("unhurried")
    def test_takes_no_more_than_a_group(self, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(grouping, "RECORDS", 4)
        _configure(kept, on_failure="raise")
        with out_of_reach(kept):
            for n in range(3):
                _choose(n)
            for _ in range(3):
                with pytest.raises(LedgerError):
                    _choose("refused")
        ans.flush()

        assert _chosen(kept) == [0, 1, 2]


def test_a_group_is_committed_when_it_is_due(kept: Kept) -> None:
    receipt = _choose(1)
    _until(lambda: receipt.durable)

    assert _chosen(kept) == [1]


_PROGRAM = """
import sys
import answerable as ans
from answerable.recording import grouping

grouping.SECONDS, grouping.RECORDS = float(sys.argv[2]), int(sys.argv[3])
ans.configure(ledger=sys.argv[1], durability="group")
held = []
for n in range(int(sys.argv[4])):
    with ans.decide("threshold") as d:
        d.choose(n)
    held.append(d)
    while held and held[0].receipt.durable:
        print(held.pop(0).record.chosen, flush=True)
"""


def _program(kept: Kept, *arguments: object) -> list[str]:
    return [sys.executable, "-c", _PROGRAM, kept.uri, *map(str, arguments)]


def test_the_end_of_a_program_commits_what_waits(kept: Kept) -> None:
    ran = subprocess.run(_program(kept, 600, 256, 3), capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert _chosen(kept) == [0, 1, 2]


def test_what_was_durable_outlives_a_kill(kept: Kept) -> None:
    command = _program(kept, 0.01, 16, 100_000)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = [program.stdout.readline() for _ in range(200)]
        program.send_signal(signal.SIGKILL)
        said += program.stdout.read().splitlines()

    found = _chosen(kept)
    assert {int(line) for line in said if line.strip()} <= {*map(int, map(str, found))}
    assert found == [*range(len(found))]


def test_another_durability_is_refused(kept: Kept) -> None:
    with pytest.raises(ans.ConfigurationError, match="durability is 'perhaps'") as raised:
        ans.configure(durability="perhaps")  # type: ignore[arg-type]
    assert raised.value.hint == 'it is "commit" or "group"'


def test_what_neither_the_ledger_nor_the_spool_takes_is_bounded_and_then_raised(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "RECORDS", 8)
    _configure(kept, spool_bytes=1)
    _choose("first")
    ans.flush()
    taken, refused = [], 0
    with out_of_reach(kept), warnings.catch_warnings():
        warnings.simplefilter("ignore", ans.CustodyWarning)
        for n in range(60):
            try:
                _choose(n)
            except ans.CustodyError:
                refused += 1
            else:
                taken.append(n)
    assert refused >= 60 - 2 * grouping.RECORDS
    ans.flush()

    assert _chosen(kept) == ["first", *taken]


def test_many_threads_that_overtake_the_groups_thread_wait_for_it_and_lose_nothing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "RECORDS", 4)
    _configure(kept)
    with ThreadPoolExecutor(6) as pool:
        receipts = [*pool.map(_choose, range(600))]
        flushed = pool.submit(ans.flush)
        receipts += pool.map(_choose, range(600, 700))
        flushed.result()
    ans.flush()

    assert all(r.durable for r in receipts)
    assert sorted(map(int, map(str, _chosen(kept)))) == [*range(700)]
    assert len({r.digest for r in receipts}) == 700
