"""Since when a holder of the log's key could have rewritten it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from answerable import statement
from tests.history.forging import NOW, Forger


def test_the_window_begins_with_the_first_record_there_is(tmp_path: Path, home: Path) -> None:
    forger = Forger(home=home, path=tmp_path / "decisions.db")
    first = NOW - timedelta(minutes=30)
    forger.append(b"no record")
    forger.append(forger.sign(forger.delegation(recorded_at=first)))
    forger.append(forger.sign(forger.decision()))

    assert forger.verdict().unwitnessed_since == statement.timestamp(first)
