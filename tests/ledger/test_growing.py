"""The tree from a checkpoint on that its reader trusts: whatever it covers is proven, what is new is built again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.errors import LedgerError, LedgerRolledBackError
from answerable.ledger import Checkpoint, Entry, GrowingTree, Ledger, merkle
from answerable.signing import Keyring
from tests.ledger.tampering import change, database, rewrite

SIZE = 13
ENTRIES = [b"an envelope, the %dth" % n for n in range(SIZE)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


@attrs.frozen
class Whole:
    """A ledger as a file, and who keeps what of it."""

    path: Path
    home: Path
    log: tuple[str, Ed25519PrivateKey]

    def checkpoint(self, size: int, root: bytes | None = None) -> Checkpoint:
        return Checkpoint(self.log[0], size, root or merkle.root_of(LEAVES[:size]))

    @contextmanager
    def tree(self, since: int | Checkpoint) -> Iterator[tuple[Ledger, GrowingTree]]:
        """Begun nowhere yet. It is closed without keeping a checkpoint."""
        ledger = Ledger.open(str(self.path), self.home)
        known = since if isinstance(since, Checkpoint) else self.checkpoint(since)
        yield ledger, GrowingTree(ledger, known)
        ledger._database.close()

    def faults(self, since: int | Checkpoint) -> list[tuple[str, str, int | None]]:
        with self.tree(since) as (ledger, tree):
            tree.begin()
            found = [fault for entry in new(ledger, tree) for fault in taken(tree, entry)]
            found += tree.finish()
        assert all(fault.id is None for fault in found)
        return [(fault.code, fault.message, fault.index) for fault in found]


def new(ledger: Ledger, tree: GrowingTree) -> Iterator[Entry]:
    return ledger.entries(tree.size)


def taken(tree: GrowingTree, entry: Entry) -> list[Any]:
    return [*tree.take(entry.index, entry.leaf, merkle.leaf_hash(entry.envelope))]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    ledger = Ledger.open_or_create(str(folder / "a.db"), folder / "home")
    for data in ENTRIES:
        ledger.append(data)
    log = ledger.origin, Keyring(folder / "home").log_key(ledger.origin)
    ledger.close()
    return Whole(folder / "a.db", folder / "home", log)


@pytest.fixture
def whole(made: Whole, tmp_path: Path) -> Whole:
    """A copy that may be changed, and whoever looks at it has seen the first one."""
    shutil.copytree(made.home, tmp_path / "home")
    shutil.copy(made.path, tmp_path / "a.db")
    return Whole(tmp_path / "a.db", tmp_path / "home", made.log)


@pytest.mark.parametrize("since", range(SIZE + 1))
def test_a_ledger_that_nobody_changed_goes_on_from_every_checkpoint(
    whole: Whole, since: int
) -> None:
    assert whole.faults(since) == []


@pytest.mark.parametrize("since", range(SIZE + 1))
def test_it_knows_the_root_of_every_size_that_there_was(whole: Whole, since: int) -> None:
    with whole.tree(since) as (ledger, tree):
        tree.begin()
        for entry in new(ledger, tree):
            with pytest.raises(LedgerError, match=r"^there is no tree node \(\d, \d+\) yet$"):
                tree.root_at(tree.size + 1)
            assert taken(tree, entry) == []
        assert tree.size == SIZE
        for size in range(SIZE + 1):
            assert tree.root_at(size) == merkle.root_of(LEAVES[:size])


def test_what_it_covers_must_be_there(whole: Whole) -> None:
    rewrite(whole.path, ENTRIES[:9], signer=whole.log)
    with whole.tree(10) as (_, tree), pytest.raises(LedgerRolledBackError) as raised:
        tree.begin()

    assert raised.value.message == "10 entries were seen before, 9 are left"
    with whole.tree(9) as (_, tree):
        tree.begin()


def test_what_it_covers_must_be_what_it_was(whole: Whole) -> None:
    other = whole.checkpoint(10, bytes(32))
    with whole.tree(other) as (_, tree), pytest.raises(LedgerRolledBackError) as raised:
        tree.begin()

    assert raised.value.message == "the first 10 entries are not those that were seen before"


def test_of_the_trusted_part_only_what_is_proven_counts(whole: Whole) -> None:
    """Whoever rewrites an old node so that an emitter's lie fits to it cannot prove it."""
    change(whole.path, "UPDATE nodes SET hash = zeroblob(32) WHERE level = 1 AND idx = 1")
    with whole.tree(SIZE) as (_, tree):
        tree.begin()
        roots = {size: tree.root_at(size) for size in range(SIZE + 1)}

    wrong = {size for size, root in roots.items() if root != merkle.root_of(LEAVES[:size])}
    assert wrong and all(roots[size] == b"" for size in wrong)


ROOT = "the entries do not give the root that the checkpoint signs"
LEAF = "the stored bytes do not give the stored leaf hash"
SEEN = f"the first {SIZE} entries are not those that were seen before"


def node(level: int, index: int) -> tuple[str, str, None]:
    return "tree-node", f"the stored tree node {(level, index)} is not what the entries give", None


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE entries SET idx = 5000 WHERE idx = 12",
            [("index", "entry 5000 stands at place 12", 5000)],
        ),
        (
            "DELETE FROM entries WHERE idx = 12",
            [
                ("size", "the checkpoint covers 13 entries, the ledger holds 12", None),
                ("truncated", "13 entries were seen before, 12 are left", None),
            ],
        ),
        (
            "UPDATE entries SET envelope = x'00' WHERE idx = 10",
            [
                ("leaf", LEAF, 10),
                node(1, 5),
                node(2, 2),
                ("root", ROOT, None),
                ("rewritten", SEEN, None),
            ],
        ),
        ("UPDATE nodes SET hash = zeroblob(32) WHERE level = 1 AND idx = 4", [node(1, 4)]),
        ("DELETE FROM nodes WHERE level = 2 AND idx = 2", [node(2, 2)]),
    ],
)
def test_a_fault_says_what_is_wrong_and_where(
    whole: Whole, statement: str, told: list[tuple[str, str, int | None]]
) -> None:
    change(whole.path, statement)

    assert whole.faults(9) == told


def test_a_checkpoint_that_nobody_signed_is_a_fault(whole: Whole) -> None:
    with database(whole.path) as connection:
        note = whole.checkpoint(SIZE).sign(Ed25519PrivateKey.generate())
        connection.execute("UPDATE checkpoint SET note = ?", (note,))

    assert whole.faults(9) == [
        ("checkpoint", "the checkpoint is not signed by this log's key", None)
    ]


def test_a_rewritten_end_is_held_against_what_was_kept(whole: Whole) -> None:
    rewrite(whole.path, [*ENTRIES[:12], b"another", b"and more"], signer=whole.log)
    assert whole.faults(9) == [("rewritten", SEEN, None)]

    rewrite(whole.path, ENTRIES[:12], signer=whole.log)
    assert whole.faults(9) == [("truncated", "13 entries were seen before, 12 are left", None)]


def test_what_was_kept_may_lie_before_the_checkpoint_or_after_it(whole: Whole) -> None:
    (kept,) = (whole.home / "checkpoints").rglob("*.checkpoint")
    for size in range(1, SIZE + 1):
        kept = kept.rename(kept.with_name(f"{size}.checkpoint"))
        kept.write_bytes(whole.checkpoint(size).sign(whole.log[1]))
        assert whole.faults(7) == []

        kept.write_bytes(whole.checkpoint(size, bytes(32)).sign(whole.log[1]))
        said = f"the first {size} entries are not those that were seen before"
        assert whole.faults(7) == [("rewritten", said, None)]


def test_nothing_was_kept_by_who_never_saw_it(whole: Whole, tmp_path: Path) -> None:
    rewrite(whole.path, ENTRIES[:12], signer=whole.log)

    assert attrs.evolve(whole, home=tmp_path / "another").faults(9) == []


def test_what_was_kept_and_is_no_checkpoint_is_a_fault(whole: Whole) -> None:
    (kept,) = (whole.home / "checkpoints").rglob("*.checkpoint")
    kept.write_bytes(kept.read_bytes().replace(b"\n13\n", b"\n12\n"))
    kept.rename(kept.with_name("12.checkpoint"))

    assert whole.faults(9) == [
        (
            "kept-checkpoint",
            "the checkpoint kept on this machine: the checkpoint's signature does not verify",
            None,
        )
    ]
