"""What is shipped for the tests of pipelines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import answerable as ans
from answerable.testing import FixedClock, SequentialIds, capture_decisions, temporary_ledger


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


def test_what_a_pipeline_records_is_captured_and_nothing_else_is_touched(
    tmp_path: Path, home: Path
) -> None:
    ans.configure(ledger=tmp_path / "own.db", home=home)
    ans.choose("threshold", 1)
    with capture_decisions(actor="person:tester@bank.example") as captured:
        assert captured.records == []
        ans.choose("threshold", 0.62, because="measured")
        assert captured.decision("threshold").chosen == 0.62
        with ans.step("train"):
            ans.choose("metric", "auc")
        assert [type(r).__name__ for r in captured.records] == ["Decision", "Decision", "Step"]

    assert [d.chosen for d in captured.decisions] == [0.62, "auc"]
    assert all(d.custody and d.custody.verified for d in captured.decisions)
    assert captured.decisions[0].decided_by is not None
    assert captured.decisions[0].decided_by.id == "person:tester@bank.example"
    with pytest.raises(ans.NotFoundError, match="0 decisions of kind vendor; recorded were"):
        captured.decision("vendor")
    ans.shutdown()
    with ans.open() as history:
        assert [d.chosen for d in history.decisions()] == [1]


def test_what_was_captured_before_a_failure_is_there_to_look_at() -> None:
    with pytest.raises(RuntimeError), capture_decisions() as captured:
        ans.choose("threshold", 1)
        raise RuntimeError

    assert captured.decision("threshold").chosen == 1


def test_the_fixture_is_there_for_whoever_asks_for_it(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["answerable.pytest_plugin"]')
    pytester.makepyfile(
        """
        import answerable as ans

        def test_one(captured_decisions):
            ans.choose("threshold", 0.62)
            assert captured_decisions.decision("threshold").chosen == 0.62

        def test_another(captured_decisions):
            assert captured_decisions.decisions == []
        """
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=2)
