"""`FixedClock` and `SequentialIds`: what a test settles, for how long, and for whom."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from answerable import testing
from answerable.errors import InvalidValueError
from answerable.recording import clock, process
from answerable.testing import FixedClock, SequentialIds, temporary_ledger


@pytest.mark.parametrize(
    "start",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T14:00:00+02:00",
        datetime(2026, 1, 31, 12, tzinfo=UTC),
        datetime(2026, 1, 31, 7, tzinfo=timezone(timedelta(hours=-5))),
    ],
    ids=str,
)
def test_a_clock_starts_at_a_moment_however_it_is_written(start: Any) -> None:
    with FixedClock(start) as fixed:
        assert clock.now() == fixed.now == datetime(2026, 1, 31, 12, tzinfo=UTC)
        assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    "start",
    ["soon", "", datetime(2026, 1, 31), date(2026, 1, 31), 5, None, b"2026-01-31"],
    ids=repr,
)
def test_what_is_no_moment_is_refused(start: Any) -> None:
    with pytest.raises(InvalidValueError):
        FixedClock(start)


def test_the_real_time_is_back_after_the_block_even_after_an_error() -> None:
    with pytest.raises(RuntimeError), FixedClock("2001-01-01T00:00:00Z"), SequentialIds():
        assert clock.is_fixed()
        raise RuntimeError
    assert not clock.is_fixed()
    assert datetime.now(UTC) - clock.now() < timedelta(minutes=1)
    assert not clock.new_id().startswith("00000000-")


def test_blocks_nest_and_the_inner_one_counts() -> None:
    with FixedClock("2026-01-01T00:00:00Z"), SequentialIds():
        clock.new_id()
        with FixedClock("2026-02-01T00:00:00Z") as inner, SequentialIds():
            assert clock.now() == inner.now
            assert clock.new_id().endswith("001")
        assert clock.now().month == 1
        assert clock.new_id().endswith("002")


def test_moving_on_gives_the_new_time() -> None:
    with FixedClock("2026-01-31T12:00:00Z") as fixed:
        assert fixed.advance(days=30, hours=1) == clock.now()
        assert clock.now() == datetime(2026, 3, 2, 13, tzinfo=UTC)


def test_ids_are_counted_over_all_threads() -> None:
    with SequentialIds(), ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: clock.new_id(), range(400)))
    assert sorted(found) == [f"00000000-0000-7000-8000-{n:012d}" for n in range(1, 401)]


def test_processes_that_are_started_inside_record_there_too() -> None:
    with temporary_ledger(team="scoring", actor="analyst@bank.example") as uri:
        code = "import answerable as ans; ans.choose('threshold', 0.5)"
        subprocess.run([sys.executable, "-c", code], check=True)
        with ans.open(uri) as history:
            (found,) = history.decisions()
    assert found.team == "scoring"
    assert found.decided_by is not None
    assert found.decided_by.id == "person:analyst@bank.example"


def test_the_environment_and_the_custodian_are_as_before_even_after_an_error() -> None:
    environ, custodian = dict(os.environ), process.exchange(None)
    process.exchange(custodian)
    with pytest.raises(RuntimeError), temporary_ledger(team="scoring"):
        assert os.environ["ANSWERABLE_TEAM"] == "scoring"
        raise RuntimeError
    assert dict(os.environ) == environ
    assert process.exchange(custodian) is custodian


def test_an_actor_that_is_none_is_refused_and_nothing_stays() -> None:
    environ = dict(os.environ)
    with pytest.raises(ans.InvalidReferenceError), temporary_ledger(actor="somebody"):
        pytest.fail("it must not begin")
    assert dict(os.environ) == environ


def test_its_names_are_sorted_and_documented() -> None:
    assert testing.__all__ == sorted(testing.__all__)
    for name in testing.__all__:
        assert getattr(testing, name).__doc__


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are not listed here")
def test_a_temporary_ledger_is_let_go_of() -> None:
    with temporary_ledger(actor="analyst@bank.example") as uri:
        ans.choose("threshold", 0.5)
        folder = str(Path(uri.removeprefix("sqlite:///")).parent)
        assert any(folder in place for place in open_files())
    assert not any(folder in place for place in open_files())


def open_files() -> list[str]:
    """What this process has open, as far as it still is when asked."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(number.readlink()))
    return found
