"""A published log is believed for its checkpoint's signature alone: every tile is held against the entries."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.errors import LedgerError, MalformedError, NotFoundError
from answerable.ledger import Checkpoint, Entry, Fault, TileLog, merkle
from answerable.ledger.checkpoint import LogSigner
from answerable.ledger.tiles import Tile, bundle, tiles
from tests.ledger.logs import ORIGIN, Log

MOST = 66_000
ENTRIES = [b"%d" % n for n in range(MOST)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
SIGNER = LogSigner.of(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
ROOT = "the entries do not give the root that the checkpoint signs"


def contents(tile: Tile, entries: Sequence[bytes] = ENTRIES) -> bytes:
    """What the specification puts there."""
    start, shift = tile.index * 256, 8 * (tile.level or 0)
    if tile.level is None:
        return bundle(entries[start : start + tile.width])
    leaves = [merkle.leaf_hash(each) for each in entries] if entries is not ENTRIES else LEAVES
    return b"".join(
        merkle.root_of(leaves[at << shift : at + 1 << shift])
        for at in range(start, start + tile.width)
    )


def published(size: int, root: bytes | None = None) -> dict[str, bytes]:
    """The files of a log of so many entries."""
    signed = Checkpoint(ORIGIN, size, root or merkle.root_of(LEAVES[:size]))
    return {"checkpoint": SIGNER.sign(signed)} | {t.path: contents(t) for t in tiles(size)}


def served(files: dict[str, bytes]) -> TileLog:
    def fetch(path: str) -> bytes:
        if path not in files:
            raise NotFoundError(f"no {path}")
        return files[path]

    return TileLog(fetch, SIGNER.verifier)


def faults(files: dict[str, bytes]) -> list[tuple[str, str]]:
    log = served(files)
    for _ in log.entries():
        pass
    found = [*log.faults()]
    assert all(fault == Fault(fault.code, fault.message) for fault in found)
    return [(fault.code, fault.message) for fault in found]


def test_what_is_published_meanwhile_is_for_the_next_time() -> None:
    """The host has grown between the entries and the tiles over them; a narrow one is gone by now."""
    files = published(255)
    log = served(files)
    assert len([*log.entries()]) == 255

    files.clear()
    files |= published(300)

    assert [*log.faults()] == []
    assert log.checkpoint().size == 255


@pytest.mark.parametrize("size", [0, 1, 2, 5, 255, 256, 257, 600])
def test_a_log_reads_back_as_it_was_published(size: int) -> None:
    log = served(published(size))

    assert [*log.entries()] == [Entry(n, LEAVES[n], ENTRIES[n]) for n in range(size)]
    assert [*log.faults()] == []
    assert (log.size(), log.origin) == (size, ORIGIN)
    assert log.checkpoint() == Log(ENTRIES[:size]).checkpoint(size)
    for each in range(0, size + 1, 37):
        assert log.root_at(each) == merkle.root_of(LEAVES[:each])


def test_what_was_read_is_had_once_more_by_as_few_tiles_as_hold_it() -> None:
    files, asked = published(600), list[str]()

    def fetch(path: str) -> bytes:
        asked.append(path)
        return files[path]

    log = TileLog(fetch, SIGNER.verifier)
    assert [*log.between(0, 600)] == []
    for _ in log.entries():
        pass
    bundles = ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"]
    places = (0, 1, 255, 256, 257, 511, 512, 513, 599, 600, 700)
    for start, end in itertools.combinations_with_replacement(places, 2):
        asked.clear()
        found = [*log.between(start, end)]
        assert found == [Entry(n, LEAVES[n], ENTRIES[n]) for n in range(start, min(end, 600))]
        if start < min(end, 600):
            assert asked == bundles[start // 256 : -(-end // 256)]


def test_what_is_another_by_then_is_not_handed_on() -> None:
    """The host shows something else to each question."""
    files = published(5)
    log = served(files)
    whole = [*log.entries()]
    files["tile/entries/000.p/5"] = bundle([*ENTRIES[:3], b"x", ENTRIES[4]])

    again = log.between(1, 5)
    assert [next(again), next(again)] == whole[1:3]
    with pytest.raises(LedgerError) as raised:
        next(again)
    assert raised.value.message == "tile/entries/000.p/5 is not what it was a moment ago"
    assert [*log.between(4, 5)] == whole[4:]
    files["tile/entries/000.p/5"] = b""
    with pytest.raises(MalformedError):
        [*log.between(0, 5)]


def test_a_tree_of_three_levels_of_tiles_is_held_against_its_entries() -> None:
    files = published(MOST)

    assert faults(files) == []
    for path in ("tile/0/200", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"):
        spoilt = files | {path: files[path][:-1] + bytes([files[path][-1] ^ 1])}
        assert faults(spoilt) == [("tile", f"{path} is not what the entries give")]


def test_no_root_is_told_of_more_than_was_read() -> None:
    log = served(published(5))

    with pytest.raises(LedgerError, match=r"^the log lacks the tree node \(0, 0\)$"):
        log.root_at(1)
    for _ in log.entries():
        pass
    for size, node in ((6, "(1, 2)"), (7, "(1, 2)"), (8, "(3, 0)"), (300, "(8, 0)")):
        with pytest.raises(LedgerError) as raised:
            log.root_at(size)
        assert raised.value.message == f"the log lacks the tree node {node}"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[32:] + data[:32],
        lambda data: data[:-32],
        lambda _: b"",
    ],
    ids=["cut", "longer", "in another order", "one too few", "empty"],
)
def test_a_tile_of_hashes_that_is_another_is_a_fault(change: Callable[[bytes], bytes]) -> None:
    files = published(5)
    path = "tile/0/000.p/5"

    assert faults(files | {path: change(files[path])}) == [
        ("tile", f"{path} is not what the entries give")
    ]


def test_a_tile_that_is_gone_or_cannot_be_had_is_a_fault() -> None:
    files = published(300)
    for path, asked in (("tile/0/000", "tile/0/000"), ("tile/0/001.p/44", "tile/0/001")):
        left = {name: data for name, data in files.items() if name != path}
        assert faults(left) == [("tile", f"{path}: no {asked}")]

    def refusing(path: str) -> bytes:
        if path == "tile/1/000.p/1":
            raise LedgerError("the host does not answer")
        return files[path]

    log = TileLog(refusing, SIGNER.verifier)
    for _ in log.entries():
        pass
    assert [*log.faults()] == [Fault("tile", "tile/1/000.p/1: the host does not answer")]


@pytest.mark.parametrize(
    ("path", "held"), [("tile/entries/000", 0), ("tile/entries/001.p/44", 256)]
)
def test_a_bundle_that_is_gone_or_broken_ends_it(path: str, held: int) -> None:
    files = published(300)
    whole = "tile/entries/000" if held == 0 else "tile/entries/001"
    width = 256 if held == 0 else 44
    size = ("size", f"the checkpoint covers 300 entries, the bundles hold {held}")

    left = {name: data for name, data in files.items() if name != path}
    assert faults(left) == [("tile", f"{path}: no {whole}"), size]
    told = f"a bundle that does not hold {width} whole entries"
    assert faults(files | {path: files[path][:-1]}) == [("tile", f"{path}: {told}"), size]


def test_a_full_tile_stands_in_for_a_narrow_one_that_it_replaced() -> None:
    """A log that has grown since its checkpoint was read may have taken the narrow ones away."""
    files = {name: data for name, data in published(300).items() if ".p/" not in name}
    files["tile/1/000.p/1"] = published(300)["tile/1/000.p/1"]
    files |= {Tile(level, 1).path: contents(Tile(level, 1)) for level in (None, 0)}

    assert faults(files) == []
    hashes, entries = "tile/0/001", "tile/entries/001"
    spoilt = files | {hashes: bytes(32) + files[hashes][32:]}
    assert faults(spoilt) == [("tile", f"{hashes}.p/44 is not what the entries give")]
    spoilt = files | {entries: files[entries].replace(b"256", b"999", 1)}
    assert faults(spoilt)[0] == ("root", ROOT)
    spoilt = files | {entries: files[entries][:50]}
    told = f"{entries}.p/44: a bundle that does not hold 44 whole entries"
    assert faults(spoilt)[0] == ("tile", told)


def test_a_root_that_the_entries_do_not_give_is_a_fault() -> None:
    assert faults(published(5, bytes(32))) == [("root", ROOT)]

    other = published(5)
    entries = [*ENTRIES[:3], b"x", *ENTRIES[4:5]]
    other["tile/entries/000.p/5"] = bundle(entries)
    other["tile/0/000.p/5"] = contents(Tile(0, 0, 5), entries)
    assert faults(other) == [("root", ROOT)]


def test_a_checkpoint_that_the_key_did_not_sign_is_refused() -> None:
    files = published(5)
    files["checkpoint"] = files["checkpoint"].replace(b"\n5\n", b"\n4\n")

    with pytest.raises(MalformedError):
        served(files).checkpoint()
    with pytest.raises(MalformedError):
        [*served(files).entries()]
