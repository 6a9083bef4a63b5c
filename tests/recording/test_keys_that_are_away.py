"""A person's key signs when a session begins, and is perhaps away when what waited goes in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import answerable as ans
from answerable.signing import Keyring
from answerable.signing.outside import OutsideKey
from tests.recording.outage import nothing_goes_in, quietly

ANA = "person:ana@bank.example"


@pytest.fixture
def own(tmp_path: Path, home: Path) -> Path:
    path = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    key = OutsideKey.at(f"ssh:{path}")
    Keyring(home).use(ANA, key.address, key.public)
    return path


def test_what_is_signed_already_waits_until_the_key_is_there_again(
    own: Path, tmp_path: Path, home: Path
) -> None:
    ledger = str(tmp_path / "a.db")
    ans.configure(ledger=ledger, actor=ANA)
    ans.choose("threshold", 1)
    with nothing_goes_in(), quietly():
        ans.choose("threshold", 2, because="x" * 8000)
    away = own.rename(tmp_path / "away")

    with pytest.warns(ans.CustodyWarning, match="did not sign"):
        ans.choose("threshold", 3)
    ans.choose("threshold", 4)  # it is said once
    with pytest.raises(ans.AnswerableError, match="did not sign"):
        ans.flush()
    away.rename(own)
    ans.choose("threshold", 5)
    ans.shutdown()

    with ans.open(ledger) as history:
        assert history.verify().faults == ()
        assert [d.chosen for d in history.decisions()][::-1] == [1, 2, 3, 4, 5]


def test_where_that_is_wanted_it_is_raised(own: Path, tmp_path: Path, home: Path) -> None:
    ans.configure(ledger=str(tmp_path / "a.db"), actor=ANA)
    with nothing_goes_in(), quietly():
        ans.choose("threshold", 1, because="x" * 8000)
    own.unlink()
    with ans.configured(on_failure="raise"), pytest.raises(ans.AnswerableError):
        ans.choose("threshold", 2)
    with quietly():
        ans.shutdown()
