"""When the ledger cannot be written, records wait on disk, in order, and nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from answerable.cli import main
from answerable.configuration import SPOOL_BYTES
from answerable.recording import process
from answerable.recording.spool import Spool
from tests.recording.kept import Kept


@contextmanager
def out_of_reach(kept: Kept) -> Iterator[None]:
    """The ledger's directory is gone for a block, as an unmounted disk is."""
    ans.shutdown()
    folder, away = kept.path.parent, kept.path.parent.with_name("away")
    folder.rename(away)
    folder.touch()  # so that nothing can be made there
    try:
        yield
    finally:
        folder.unlink()
        away.rename(folder)


@pytest.fixture
def kept(tmp_path: Path, home: Path) -> Iterator[Kept]:
    (tmp_path / "disk").mkdir()
    found = Kept(tmp_path / "disk" / "decisions.db", home)
    _configure(found)
    yield found
    ans.shutdown()


def _configure(kept: Kept, **more: str) -> None:
    ans.configure(ledger=kept.uri, actor="analyst@bank.example", **more)  # type: ignore[arg-type]


def _chosen(kept: Kept) -> list[object]:
    return [decision.chosen for decision in kept.decisions()]


def _waiting(kept: Kept) -> int:
    return len(Spool.of(kept.home, kept.uri, SPOOL_BYTES).waiting())


def test_records_wait_and_one_warning_says_so(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with out_of_reach(kept), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ans.QualityWarning)
        _configure(kept)
        with ans.decide("threshold") as d:
            d.choose(1)
        ans.choose("threshold", 2)

        assert (d.receipt.index, d.receipt.durable) == (None, False)
        assert [w.category for w in warned] == [ans.CustodyWarning]
        assert "answerable flush" in str(warned[0].message)
        assert warned[0].filename == __file__
        assert _waiting(kept) == 2  # the delegation lies with the first
        ans.shutdown()

    assert _chosen(kept) == [0]
    assert ans.flush() == 3
    assert _chosen(kept) == [0, 1, 2]
    assert _waiting(kept) == 0


def test_what_waits_goes_in_before_the_next_record(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with out_of_reach(kept), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _configure(kept)
        ans.choose("threshold", 1)

    ans.choose("threshold", 2)

    assert _chosen(kept) == [0, 1, 2]
    assert _waiting(kept) == 0


def test_another_process_can_take_in_what_waits(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with out_of_reach(kept), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _configure(kept)
        ans.choose("threshold", 1)
        ans.shutdown()

    command = [sys.executable, "-m", "answerable", "flush", "--ledger", kept.uri]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert _chosen(kept) == [0, 1]


def test_a_locked_ledger_is_waited_for_on_disk_too(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answerable.ledger.engine.LOCK_SECONDS", 0.1)
    ans.choose("threshold", 0)
    ans.shutdown()
    holder = sqlite3.connect(kept.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    _configure(kept)
    with pytest.warns(ans.CustodyWarning, match="locked"):
        ans.choose("threshold", 1)
    holder.execute("ROLLBACK")
    holder.close()

    assert ans.flush() == 2
    assert _chosen(kept) == [0, 1]


def test_it_raises_instead_where_that_is_configured(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with out_of_reach(kept):
        _configure(kept, on_failure="raise")
        with pytest.raises(ans.LedgerError):
            ans.choose("threshold", 1)
        assert _waiting(kept) == 0
        ans.shutdown()

    _configure(kept)
    ans.choose("threshold", 2)
    assert _chosen(kept) == [0, 2]


def test_where_it_raises_nothing_is_kept_of_what_was_refused(kept: Kept) -> None:
    """However long the ledger is out of reach: each that is refused ends a chain, and none of them will be spooled."""
    ans.choose("threshold", 0)
    with out_of_reach(kept):
        _configure(kept, on_failure="raise")
        for number in range(3):
            with pytest.raises(ans.LedgerError):
                ans.choose("threshold", number)
        assert not process.custodian()._delivery._delegations
        ans.shutdown()


def test_where_the_spool_fails_too_it_raises(kept: Kept) -> None:
    ans.choose("threshold", 0)
    ans.shutdown()
    (kept.home / "spool").touch()
    with out_of_reach(kept):
        _configure(kept)
        with pytest.raises(ans.CustodyError, match="neither in the ledger nor in"):
            ans.choose("threshold", 1)
        ans.shutdown()


def test_rubbish_in_the_spool_does_not_hold_up_the_rest(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with out_of_reach(kept), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _configure(kept)
        ans.choose("threshold", 1)
        ans.shutdown()
    spool = Spool.of(kept.home, kept.uri, SPOOL_BYTES)
    (spool.folder / f"{0:020d}-rubbish.envelope").write_bytes(b"\x00rubbish")
    (spool.folder / "half-written.part").write_bytes(b"{")

    with pytest.warns(ans.CustodyWarning, match="damaged"):
        assert ans.flush() == 2

    assert _chosen(kept) == [0, 1]
    assert _waiting(kept) == 0


@pytest.mark.parametrize("what", ["directory", "text", "other database"])
def test_a_place_that_is_no_ledger_is_an_error_at_once(
    tmp_path: Path, home: Path, what: str
) -> None:
    place = tmp_path / "place"
    if what == "directory":
        place.mkdir()
    elif what == "text":
        place.write_text("no database\n" * 99)
    else:
        other = sqlite3.connect(place)
        other.execute("CREATE TABLE t (x)")
        other.close()
    before = place.read_bytes() if place.is_file() else b""
    ans.configure(ledger=str(place), home=str(home), actor="analyst@bank.example")

    with pytest.raises(ans.NotALedgerError) as raised:
        ans.choose("threshold", 1)

    ans.shutdown()
    assert len(str(raised.value).splitlines()) == 1
    assert (place.read_bytes() if place.is_file() else b"") == before
    assert not list(home.rglob("*.envelope"))


def test_a_home_that_cannot_be_written_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ans.configure(
        ledger=str(tmp_path / "d.db"), home=str(tmp_path / "file" / "home"), actor="a@bank.example"
    )

    with pytest.raises(ans.ConfigurationError) as raised:
        ans.choose("threshold", 1)

    ans.shutdown()
    assert raised.value.hint is not None
    assert "ANSWERABLE_HOME" in raised.value.hint


def _record_many(uri: str, start: int) -> None:
    ans.configure(ledger=uri, actor="analyst@bank.example")

    def work(first: int) -> None:
        for number in range(first, first + 50):
            ans.choose("threshold", number)

    threads = [threading.Thread(target=work, args=(start + 50 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ans.shutdown()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_four_processes_of_four_threads_record_everything_once(kept: Kept, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this system")
    context: Any = multiprocessing.get_context(method)
    processes = [context.Process(target=_record_many, args=(kept.uri, 200 * n)) for n in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: threads and fork
        for process in processes:
            process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 4
    assert sorted(decision.chosen for decision in kept.decisions()) == list(range(800))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_begins_a_chain_of_its_own(kept: Kept) -> None:
    ans.choose("threshold", 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            ans.choose("threshold", 1)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    ans.choose("threshold", 2)

    first, second, third = kept.decisions()
    assert [first.chosen, second.chosen, third.chosen] == [0, 1, 2]
    assert first.emission is not None
    assert second.emission is not None
    assert third.emission is not None
    assert first.emission.key_id == third.emission.key_id != second.emission.key_id


def test_an_interrupt_on_the_way_into_the_ledger_leaves_no_broken_chain(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    from answerable.ledger import Ledger

    ans.choose("threshold", 0)
    real = Ledger.append_all

    def interrupted(self: Ledger, envelopes: Sequence[bytes]) -> object:
        real(self, envelopes)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "append_all", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ans.choose("threshold", 1)
    ans.choose("threshold", 2)

    # It was committed before the interrupt; had it not been, its chain would only have ended.
    assert _chosen(kept) == [0, 1, 2]


def test_the_command_says_how_many_went_in(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    ans.choose("threshold", 0)
    with out_of_reach(kept), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _configure(kept)
        ans.choose("threshold", 1)
        ans.shutdown()
    capsys.readouterr()

    # Else configuring anew would already take in what waits.
    process.exchange(None)
    with pytest.raises(SystemExit) as ended:
        main(["flush", "--ledger", kept.uri])

    assert ended.value.code == 0
    assert "2 waiting records appended" in capsys.readouterr().out


@pytest.mark.parametrize("rubbish", [b"rubbish", b"", b"{}"])
def test_rubbish_in_place_of_a_replacement_does_not_hold_up_the_rest(
    kept: Kept, rubbish: bytes
) -> None:
    ans.choose("threshold", 0)
    with out_of_reach(kept), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _configure(kept)
        ans.choose("threshold", 1)
        ans.shutdown()
    spool = Spool.of(kept.home, kept.uri, SPOOL_BYTES)
    (spool.folder / f"{0:020d}-x.replacing").write_bytes(rubbish)

    with pytest.warns(ans.CustodyWarning, match="damaged"):
        assert ans.flush() == 2

    assert _chosen(kept) == [0, 1]
    assert _waiting(kept) == 0
