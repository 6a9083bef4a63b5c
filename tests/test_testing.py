"""What is shipped for the tests of pipelines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import answerable as ans
from answerable.testing import FixedClock, SequentialIds, temporary_ledger


def test_a_temporary_ledger_holds_what_is_recorded_and_is_gone_afterwards() -> None:
    with temporary_ledger(team="scoring", actor="analyst@bank.example") as uri:
        ans.choose("threshold", 1)
        with ans.open(uri) as history:
            (record,) = history.decisions()
        assert record.team == "scoring"
        path = Path(uri.removeprefix("sqlite:///"))
        assert path.exists()

    assert not path.parent.exists()


def test_what_was_configured_before_is_in_force_again(tmp_path: Path, home: Path) -> None:
    ans.configure(ledger=str(tmp_path / "own.db"), actor="analyst@bank.example")
    with temporary_ledger() as uri:
        ans.choose("threshold", 1)
    ans.choose("threshold", 2)
    ans.shutdown()

    with ans.open(str(tmp_path / "own.db")) as history:
        assert [d.chosen for d in history.decisions()] == [2]
    assert uri != str(tmp_path / "own.db")


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    with temporary_ledger() as uri, FixedClock("2026-01-31T12:00:00Z") as clock:
        ans.choose("threshold", 1)
        clock.advance(days=30)
        ans.choose("threshold", 2)
        with ans.open(uri) as history:
            assert history.verify().holds
            second, first = history.decisions()

    assert first.decided_at == first.recorded_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert second.decided_at - first.decided_at == timedelta(days=30)


def test_ids_come_in_sequence() -> None:
    with temporary_ledger() as uri, SequentialIds():
        ans.choose("threshold", 1)
        ans.choose("threshold", 2)
        with ans.open(uri) as history:
            ids = [d.id for d in history.decisions()]

    assert ids == sorted(ids, reverse=True)
    assert all(id.startswith("00000000-0000-7000-8000-") for id in ids)
