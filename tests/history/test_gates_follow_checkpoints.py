"""What a gate counts, a signed checkpoint covers: an approval takes effect under one or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import answerable as ans
from answerable.ledger import Ledger
from answerable.recording import process

SUBJECT = "deployment:prod/scores"


@pytest.fixture
def uri(tmp_path: Path) -> Iterator[str]:
    found = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(
        ledger=found, actor="person:ana@bank.example", accountable="role:head", durability="group"
    )
    with ans.step("deploy", produced=[SUBJECT]):
        ans.choose("deploy", "all", over={"a tenth": "too slow"}, because="the pilot held")
    ans.flush()
    yield found
    ans.shutdown()
    process.exchange(None)


def opened(uri: str) -> bool:
    with ans.open(uri) as history:
        return history.gate(SUBJECT, allow={"asserted-identity", "no-evidence"}).open


def approve(uri: str) -> None:
    with ans.open(uri) as history:
        digest = history.review(SUBJECT).digest
    ans.approve(SUBJECT, digest=digest, meaning="approval")


def test_an_approval_is_under_a_checkpoint_when_the_call_returns(uri: str, home: Path) -> None:
    ans.choose("metric", "recall", because="misses cost more")  # gathers
    approve(uri)

    ledger = Ledger.open(uri, home)
    assert ledger.present().size == ledger.size() == ledger.end()
    ledger.close()
    assert opened(uri)


def test_an_approval_that_no_checkpoint_covers_opens_no_gate(uri: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "decisions.db") as database:
        (before,) = database.execute("SELECT note FROM checkpoint").fetchone()
    database.close()
    approve(uri)
    assert opened(uri)

    with sqlite3.connect(tmp_path / "decisions.db") as database:
        database.execute("UPDATE checkpoint SET note = ?", (before,))
    database.close()

    assert not opened(uri)
