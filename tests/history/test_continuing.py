"""From a receipt on: what is new is judged as if all had been looked at, at the cost of what is new."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable.history import Verdict
from answerable.ledger import Checkpoint, Ledger, merkle
from answerable.model import Observed
from answerable.reading import open as opened
from answerable.signing import Keyring, envelope_digest
from tests.history.adopting import STRANGER, adopt, text
from tests.history.forging import Forger
from tests.ledger.tampering import change, rewrite

SIZE = 24


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Forger:
    """Two sessions, each of which goes on after the other has begun."""
    folder = tmp_path_factory.mktemp("whole")
    made = Forger(home=folder / "home", path=folder / "decisions.db")
    other = Forger(home=made.home, path=made.path, identity=made.identity)
    other._ids = 1000
    for each in (made, other):
        each.append(each.sign(each.delegation()))
    for number in range(SIZE - 2):
        each = (made, other)[number % 2]
        size = 2 + number
        observed = each.observed(size // 2)
        each.append(each.sign(each.decision(emission=each.emission(observed=observed))))
    return made


@pytest.fixture
def forger(whole: Forger, tmp_path: Path) -> Forger:
    """A copy of it, at an address that nobody has seen."""
    home, path = tmp_path / "home", tmp_path / whole.path.name
    shutil.copytree(whole.home, home)
    shutil.copy(whole.path, path)
    return attrs.evolve(whole, home=home, path=path)


def receipt(forger: Forger, size: int) -> bytes:
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        root = ledger.root_at(size)
        key = Keyring(forger.home).log_key(ledger.origin)
        return Checkpoint(ledger.origin, size, root).sign(key)
    finally:
        ledger.close()


def verdict(forger: Forger, since: bytes | None = None, **more: Any) -> Verdict:
    with opened(forger.uri, home=forger.home) as history:
        return history.verify(since=since, **more)


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_a_ledger_that_holds_holds_from_every_receipt_on(forger: Forger, size: int) -> None:
    whole, part = verdict(forger), verdict(forger, receipt(forger, size))

    assert (part.verdict, part.size, part.root, part.faults) == (
        *("valid-unwitnessed", SIZE, whole.root),
        (),
    )
    assert (part.since, part.unwitnessed_since) == (size, whole.unwitnessed_since)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET envelope = envelope || x'20' WHERE idx = 15",
        "UPDATE entries SET envelope = x'00' || idx WHERE idx > 13",
        "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 17",
        "UPDATE entries SET idx = 5000 WHERE idx = 20",
        "DELETE FROM entries WHERE idx = 14",
        "DELETE FROM entries WHERE idx = 23",
        "DELETE FROM nodes WHERE level = 1 AND idx = 8",
        "UPDATE nodes SET hash = zeroblob(32) WHERE level = 2 AND idx = 4",
        "UPDATE checkpoint SET note = note || x'0a'",
        "CREATE VIEW v AS SELECT 1",
    ],
)
def test_what_is_wrong_in_the_new_part_is_found(forger: Forger, statement: str) -> None:
    since = receipt(forger, 11)
    change(forger.path, statement)

    found = {(f.code, f.index) for f in verdict(forger, since).faults}
    whole = {(f.code, f.index) for f in verdict(forger).faults}

    assert found
    # Only a look at everything tells of the whole file, and of nodes over entries that are gone.
    others = {"database", "rewritten"} | ({"tree-node"} if ("size", None) in found else set())
    assert {each for each in whole if each[0] not in others} <= found


def test_a_history_rewritten_before_the_receipt_is_found_even_with_the_logs_key(
    forger: Forger, tmp_path: Path
) -> None:
    since = receipt(forger, 11)
    ledger = Ledger.open(forger.uri, forger.home)
    entries = [entry.envelope for entry in ledger.entries()]
    signer = ledger.origin, Keyring(forger.home).log_key(ledger.origin)
    ledger._database.close()
    entries[4] = entries[4] + b" "
    rewrite(forger.path, entries, signer=signer)

    assert [f.code for f in verdict(forger, since).faults] == ["rewritten"]
    rewrite(forger.path, entries[:7], signer=signer)
    assert [f.code for f in verdict(forger, since).faults] == ["truncated"]


def test_what_the_receipt_covers_is_not_looked_at_and_the_verdict_says_so(forger: Forger) -> None:
    since = receipt(forger, 11)
    change(forger.path, "UPDATE entries SET envelope = envelope || x'20' WHERE idx = 5")

    assert (verdict(forger, since).holds, verdict(forger, since).since) == (True, 11)
    assert not verdict(forger, since, everything=True).holds
    assert not verdict(forger).holds


def test_a_delegation_that_the_receipt_covers_counts_only_as_it_was(forger: Forger) -> None:
    since = receipt(forger, 11)
    with opened(forger.uri, home=forger.home) as history:
        history.decisions()  # so that the index has it as it was
    change(forger.path, "UPDATE entries SET envelope = envelope || x'20' WHERE idx = 1")

    found = verdict(forger, since).faults

    assert {(f.code, f.index) for f in found} >= {("signature", 11), ("signature", 13)}


def test_an_id_that_stood_before_the_receipt_is_taken(forger: Forger) -> None:
    since = receipt(forger, SIZE)
    with opened(forger.uri, home=forger.home) as history:
        taken = next(iter(history.decisions(limit=1))).id
    forger.append(forger.sign(forger.decision(id=taken)))

    assert [(f.code, f.index) for f in verdict(forger, since).faults] == [("repeated-id", SIZE)]


def test_a_chain_that_goes_back_and_a_history_that_never_was_are_found(forger: Forger) -> None:
    since = receipt(forger, SIZE)
    forger.append(forger.sign(forger.decision()))
    gap = forger.emission(seq=forger.seq + 1)
    forger.append(forger.sign(forger.decision(emission=gap)))
    never = Observed(size=9, root="0" * 64)
    forger.append(forger.sign(forger.decision(emission=forger.emission(observed=never))))

    codes = [f.code for f in verdict(forger, since).faults]

    assert "sequence" in codes and "observed" in codes


def test_a_policy_that_is_put_in_force_after_the_receipt_is_held_to_the_one_before(
    forger: Forger,
) -> None:
    """By the same session, which was introduced before it."""
    adopt(forger, text(forger, 1, threshold=2), forger.identity, STRANGER)
    since = receipt(forger, SIZE + 1)
    adopt(forger, text(forger, 2), forger.identity, version=2)

    found = verdict(forger, since)
    assert ([(f.code, f.index) for f in found.faults], found.policy) == (
        [("policy-chain", SIZE + 1)],
        1,
    )

    adopt(forger, text(forger, 2), forger.identity, STRANGER, version=2)
    assert verdict(forger, since).policy == verdict(forger).policy == 2


def test_the_cost_is_that_of_what_is_new_whatever_the_ledgers_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {}
    for size in (200, 3200):
        forger = large(tmp_path / str(size), size)
        since = receipt(forger, size - 20)
        with opened(forger.uri, home=forger.home) as history:
            history.decisions(limit=1)  # so that the index is there
        with counted(monkeypatch) as taken:
            found = verdict(forger, since)
        assert (found.holds, found.size) == (True, size)
        steps[size] = len(taken)

    # Twenty entries, what they refer to, and paths of a length that grows with the logarithm.
    assert steps[3200] <= 1.3 * steps[200]


def large(folder: Path, size: int) -> Forger:
    folder.mkdir()
    made = Forger(home=folder / "home", path=folder / "decisions.db")
    made.append(made.sign(made.delegation()))
    envelopes = []
    for _ in range(size - 1):
        envelopes.append(made.sign(made.decision()))
        made.seq, made.prev = made.seq + 1, envelope_digest(envelopes[-1])
    ledger = Ledger.open_or_create(made.uri, made.home)
    ledger.append_all(envelopes)
    ledger.close()
    return made


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[None]]:
    """One for every ten steps that SQLite's machine takes: it reads no row without some."""
    steps: list[None] = []
    real = sqlite3.connect

    def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*arguments, **named)
        connection.set_progress_handler(lambda: steps.append(None), 10)
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connect)
        yield steps


def test_the_proof_is_the_one_that_others_check(forger: Forger) -> None:
    ledger = Ledger.open(forger.uri, forger.home)
    proof = ledger.consistency(11, SIZE)
    roots = ledger.root_at(11), ledger.root_at(SIZE)
    ledger.close()

    assert merkle.consistent(11, roots[0], SIZE, roots[1], proof)
