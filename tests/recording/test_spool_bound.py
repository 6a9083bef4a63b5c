"""What waits on disk has a bound, and what does not fit raises."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import answerable as ans
from tests.recording.kept import Kept
from tests.recording.test_spooling import out_of_reach


def test_beyond_the_bound_nothing_is_dropped_in_silence(tmp_path: Path, home: Path) -> None:
    (tmp_path / "disk").mkdir()
    kept = Kept(tmp_path / "disk" / "decisions.db", home)
    ans.configure(ledger=kept.uri, actor="analyst@bank.example", spool_bytes=20_000)
    ans.choose("threshold", 0)
    taken = 0
    with out_of_reach(kept), warnings.catch_warnings():
        warnings.simplefilter("ignore", ans.CustodyWarning)
        with pytest.raises(ans.CustodyError, match=r"holds 1[0-9],[0-9]+ bytes already, of 20,000"):
            for number in range(1, 50):
                ans.choose("threshold", number)
                taken = number
    assert 1 <= taken < 20

    ans.flush()
    assert [d.chosen for d in kept.decisions()] == [*range(taken + 1)]
    ans.choose("threshold", "after")
    assert kept.decisions()[-1].chosen == "after"
