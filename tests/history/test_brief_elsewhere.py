"""From a receipt on, and of a published copy, what is found in brief is what is found of each entry by itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs
import pytest

from answerable.history import Verdict, looking, verify_since, verify_tiles
from answerable.history.brief import Brief
from answerable.history.briefing import Briefing
from answerable.history.bundles import Bundle, make, verify_bundle
from answerable.history.checking import Checked
from answerable.history.earlier import ByIndex
from answerable.history.index import Index
from answerable.history.judging import Judge
from answerable.history.looking import Comparison
from answerable.ledger import Checkpoint, Fault, Ledger, LogVerifier, TileLog, merkle
from answerable.ledger.checkpoint import LogSigner
from answerable.ledger.tiles import tiles
from answerable.signing import Keyring, Policy, envelope_digest
from tests.history.forging import Forger
from tests.history.test_briefing import FORGERIES, PRIVATE, SHARE, forge, honest, policy
from tests.ledger.tampering import change
from tests.ledger.test_tile_log import contents

Look = Callable[[], Verdict]


@pytest.fixture(autouse=True)
def few_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "TOGETHER", SHARE)


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    honest(made, 8)
    return made


@pytest.fixture
def as_it_was(forger: Forger, tmp_path: Path) -> Forger:
    """A copy of it, before it is forged."""
    path = tmp_path / "before.db"
    change(forger.path, f"VACUUM INTO '{path}'")
    return attrs.evolve(forger, path=path)


def since(
    forger: Forger, before: Forger, size: int, judge: Policy | None = None, *beside: Comparison
) -> Verdict:
    """What is found after that many entries of what it was before."""
    was, ledger = (Ledger.open(each.uri, each.home) for each in (before, forger))
    index = Index._passing()
    try:
        index._grow(ledger)
        trusted = Checkpoint(was.origin, size, was.root_at(size))
        return verify_since(ledger, trusted, ByIndex(index), judge, beside=beside)
    finally:
        index.close()
        for each in (was, ledger):
            each._database.close()


def published(forger: Forger, judge: Policy | None = None) -> Verdict:
    """What is found of a copy that holds those entries, in their order, whatever stands in the ledger besides."""
    ledger = Ledger.open(forger.uri, forger.home)
    entries = [each.envelope for each in ledger.entries()]
    key = Keyring(forger.home).log_key(ledger.origin)
    ledger._database.close()
    root = merkle.root_of([merkle.leaf_hash(each) for each in entries])
    signer = LogSigner.of(ledger.origin, key)
    files = {tile.path: contents(tile, entries) for tile in tiles(len(entries))}
    files["checkpoint"] = signer.sign(Checkpoint(ledger.origin, len(entries), root))
    return verify_tiles(TileLog(files.__getitem__, signer.verifier), judge)


def one_by_one(monkeypatch: pytest.MonkeyPatch, look: Look) -> Verdict:
    with monkeypatch.context() as patched:
        patched.setattr(Briefing, "take", lambda *_: False)
        return look()


@pytest.mark.parametrize("name", FORGERIES)
def test_the_same_is_found_from_a_receipt_on(
    forger: Forger, as_it_was: Forger, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    forge(forger, name)

    for size in (1, 3, 9):
        for judge in (None, policy(forger)):

            def look(size: int = size, judge: Policy | None = judge) -> Verdict:
                return since(forger, as_it_was, size, judge)

            assert look() == one_by_one(monkeypatch, look)


@pytest.mark.parametrize("name", FORGERIES)
def test_the_same_is_found_of_a_published_copy(
    forger: Forger, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    forge(forger, name)

    for judge in (None, policy(forger)):

        def look(judge: Policy | None = judge) -> Verdict:
            return published(forger, judge)

        assert look() == one_by_one(monkeypatch, look)


def test_of_a_history_that_holds_no_entry_is_looked_at_by_itself(
    forger: Forger, as_it_was: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest(forger, 3 * SHARE)
    monkeypatch.setattr(Judge, "faults", None)

    assert since(forger, as_it_was, 5).holds
    assert published(forger).holds


@attrs.define
class Watching:
    """Something beside a ledger, which notes what it is shown."""

    curious: bool = False
    briefs: list[int] = attrs.field(factory=list)
    seen: list[int] = attrs.field(factory=list)

    def saw(self, checked: Checked) -> None:
        self.seen.append(checked.index)

    def asks(self, brief: Brief) -> bool:
        self.briefs.append(brief.start)
        return self.curious

    def faults(self) -> Iterable[Fault]:
        return ()


@pytest.mark.parametrize("curious", [False, True])
def test_what_lies_beside_is_shown_what_is_noted_or_all_that_it_asks_for(
    forger: Forger, as_it_was: Forger, curious: bool
) -> None:
    honest(forger, 1)
    forger.append(forger.sign(forger.decision(withheld=PRIVATE)))
    honest(forger, 2 * SHARE)
    beside = Watching(curious)

    assert since(forger, as_it_was, 9, None, beside).holds

    assert beside.briefs == [9, 9 + SHARE, 9 + 2 * SHARE]
    assert beside.seen == ([*range(9, 11 + 2 * SHARE)] if curious else [10])


def test_an_id_that_stood_before_is_no_news_in_brief(
    forger: Forger, as_it_was: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger.append(forger.sign(forger.decision(id="00000000-0000-7000-8000-000000000003")))
    honest(forger, SHARE)

    def look() -> Verdict:
        return since(forger, as_it_was, 6)

    assert look() == one_by_one(monkeypatch, look)
    assert [(f.code, f.index) for f in look().faults] == [("repeated-id", 9)]


def test_a_tree_node_that_is_missing_under_the_receipt_is_told_alike(
    forger: Forger, as_it_was: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest(forger, SHARE)
    for level, at in ((1, 0), (1, 1), (2, 0), (2, 1), (3, 0)):
        shutil.copy(forger.path, forger.path.with_suffix(".kept"))
        change(forger.path, f"DELETE FROM nodes WHERE level = {level} AND idx = {at}")

        def look() -> Verdict:
            return since(forger, as_it_was, 6)

        assert look() == one_by_one(monkeypatch, look)
        shutil.copy(forger.path.with_suffix(".kept"), forger.path)


def test_looking_in_brief_costs_less(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "TOGETHER", 512)
    made = Forger(home=home, path=tmp_path / "many.db")
    made.append(made.sign(made.delegation()))
    envelopes = []
    for _ in range(1000):
        envelopes.append(made.sign(made.decision()))
        made.seq, made.prev = made.seq + 1, envelope_digest(envelopes[-1])
    ledger = Ledger.open_or_create(made.uri, made.home)
    ledger.append_all(envelopes)
    ledger.close()

    def best(look: Look) -> float:
        spent = []
        for _ in range(3):
            start = time.process_time()
            assert look().holds
            spent.append(time.process_time() - start)
        return min(spent)

    def look() -> Verdict:
        return published(made)

    ratio = best(look) / best(lambda: one_by_one(monkeypatch, look))
    assert ratio <= 0.9, f"in brief it costs {ratio:.2f} of each by itself"


def test_a_bundles_checkpoint_is_verified_once_for_all_its_entries(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger.open(forger.uri, forger.home)
    bundle = Bundle.from_bytes(make("model:a@1", ledger, range(ledger.size())))
    ledger.close()
    taken: list[bytes] = []
    opens = LogVerifier.open

    def opened(self: LogVerifier, note: bytes) -> Checkpoint:
        taken.append(note)
        return opens(self, note)

    monkeypatch.setattr(LogVerifier, "open", opened)

    assert verify_bundle(bundle).holds
    assert len(taken) <= 2
