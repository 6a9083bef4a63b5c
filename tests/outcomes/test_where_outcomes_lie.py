"""Outcomes lie beside a ledger that is a file; else, and while that is out of reach, at home."""

from __future__ import annotations

import sqlite3
import warnings
from pathlib import Path

import pytest

import answerable as ans
from answerable.outcomes.leaves import Leaves, place, waiting_place
from tests.outcomes.conftest import BANK, DEPLOYMENT


def test_beside_a_file_under_its_own_name(tmp_path: Path) -> None:
    for name in ("a.db", "a.sqlite", "a"):
        expected = tmp_path / f"{name}.outcomes"
        assert place(f"sqlite:///{tmp_path / name}") == expected
        assert place(str(tmp_path / name)) == expected


def test_a_ledger_that_is_reached_through_a_link_has_the_same(ledger: Path) -> None:
    receipt = ans.outcome(DEPLOYMENT, "a1", "declined")
    ans.shutdown()
    link = ledger.with_name("link.db")
    link.symlink_to(ledger)

    with ans.open(link) as history:
        assert history.explain(receipt.id).verified


def test_what_waits_for_a_server_waits_at_home_whoever_asks_it(home: Path) -> None:
    ana, bo = (f"postgresql://{who}@db.example.org/log" for who in ("ana:secret", "bo"))

    assert waiting_place(ana, home) == waiting_place(bo, home)
    assert waiting_place(ana, home).parent == home / "outcomes"
    assert waiting_place(ana, home) != waiting_place("postgresql://db.example.org/other", home)
    assert "secret" not in str(waiting_place(ana, home)) + repr(place(ana))


def test_a_ledger_in_postgresql_seals_them_too(postgres_url: str) -> None:
    ans.configure(ledger=postgres_url, actor="ana@bank.example", accountable=BANK)
    receipt = ans.outcome(DEPLOYMENT, "a1", "declined")
    ans.shutdown()

    assert receipt.sealed
    with ans.open(postgres_url) as history:
        assert history.explain(receipt.id).verified
        assert history.verify().holds


def test_while_the_place_is_out_of_reach_they_wait_at_home_and_move_later(
    tmp_path: Path, home: Path
) -> None:
    folder = tmp_path / "mounted"
    ledger = folder / "decisions.db"
    ans.configure(ledger=ledger, actor="ana@bank.example", accountable=BANK)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        early = ans.outcome(DEPLOYMENT, "a1", "declined")
        with pytest.raises(ans.LedgerError):  # `flush` says so; nothing is lost
            ans.flush()
    assert {each.category for each in told} == {ans.CustodyWarning}
    assert not early.sealed
    waiting = waiting_place(str(ledger), home)
    assert waiting.exists()

    folder.mkdir()
    late = ans.outcome(DEPLOYMENT, "a2", "granted")
    ans.flush()
    assert late.sealed
    with ans.open(ledger) as history:
        assert history.explain(early.id).verified
        assert history.explain(late.id).verified
        assert [o.id for o in history.outcomes("a1")] == [early.id]
        assert history.verify().holds
    ans.shutdown()
    found = Leaves.open(waiting)
    assert found is not None and found.of(early.id.rpartition(".")[0]) == []
    found.close()


def test_what_waits_at_home_outlives_the_process(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "mounted"
    ledger = folder / "decisions.db"
    ans.configure(ledger=ledger, actor="ana@bank.example", accountable=BANK)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ans.CustodyWarning)
        receipt = ans.outcome(DEPLOYMENT, "a1", "declined")
        ans.shutdown()

    folder.mkdir()
    ans.configure(ledger=ledger, actor="bo@bank.example", accountable=BANK)
    ans.flush()
    ans.shutdown()

    with ans.open(ledger) as history:
        assert history.explain(receipt.id).verified
        assert history.verify().holds


def test_nobody_else_may_read_them(ledger: Path) -> None:
    ans.outcome(DEPLOYMENT, "a1", "declined")
    ans.shutdown()

    place = Path(f"{ledger}.outcomes")
    assert place.stat().st_mode & 0o077 == 0


def test_taking_over_what_waits_twice_changes_nothing(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for _ in range(2):
        waiting = Leaves.open_or_create(one)
        waiting.add("b", [b"l" * 32], [b"d"])
        waiting.close()
        kept = Leaves.open_or_create(two)
        kept.take(one)
        assert [leaf.disclosure for leaf in kept.of("b")] == [b"d"]
        kept.close()
    database = sqlite3.connect(one)
    assert database.execute("SELECT count(*) FROM outcomes").fetchone() == (0,)
    database.close()
