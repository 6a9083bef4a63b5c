"""The tree is RFC 6962's: roots and proofs agree with published values and with pymerkle."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_inclusion

from answerable.ledger import merkle

# The entries and roots with which Certificate Transparency's own implementations are tested:
# https://github.com/transparency-dev/merkle, testonly/constants.go
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 70
LEAVES = [merkle.leaf_hash(b"entry %d" % n) for n in range(MOST)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    leaves = map(merkle.leaf_hash, ENTRIES[:size])

    assert merkle.root_of(leaves).hex() == ROOTS[size]


@pytest.mark.parametrize("size", range(MOST + 1))
def test_pymerkle_gives_the_same_root_and_takes_every_inclusion_proof(size: int) -> None:
    outside = InmemoryTree(algorithm="sha256")
    for n in range(size):
        outside.append_entry(b"entry %d" % n)
    root = merkle.root_of(LEAVES[:size])
    nodes = _nodes(size)

    assert outside.get_state() == root
    for index in range(size):
        path = merkle.inclusion(index, size, nodes)
        theirs = outside.prove_inclusion(index + 1, size)
        assert [LEAVES[index], *path] == theirs.path
        verify_inclusion(LEAVES[index], root, theirs)
        assert merkle.included(LEAVES[index], index, size, path, root)


@pytest.mark.parametrize("new", [1, 2, 3, 7, 8, 13, 64, 70])
def test_pymerkle_gives_the_same_roots_for_every_earlier_size(new: int) -> None:
    outside = InmemoryTree(algorithm="sha256")
    for n in range(new):
        outside.append_entry(b"entry %d" % n)

    for old in range(1, new + 1):
        assert outside.get_state(old) == merkle.root_of(LEAVES[:old])


def test_every_tree_is_proved_to_begin_with_every_smaller_one() -> None:
    for new in range(1, MOST + 1):
        nodes, new_root = _nodes(new), merkle.root_of(LEAVES[:new])
        for old in range(1, new + 1):
            proof = merkle.consistency(old, new, nodes)
            old_root = merkle.root_of(LEAVES[:old])
            assert merkle.consistent(old, old_root, new, new_root, proof), (old, new)


# The proofs that RFC 6962 section 2.1.3 draws for its tree of seven leaves.
def test_the_proofs_are_those_that_the_rfc_draws() -> None:
    nodes = _nodes(7)
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = (merkle.node_hash(x, y) for x, y in ((a, b), (c, d), (e, f)))
    k, l = merkle.node_hash(g, h), merkle.node_hash(i, j)  # noqa: E741  # the RFC's own letters

    assert merkle.inclusion(0, 7, nodes) == [b, h, l]
    assert merkle.inclusion(3, 7, nodes) == [c, g, l]
    assert merkle.inclusion(4, 7, nodes) == [f, j, k]
    assert merkle.inclusion(6, 7, nodes) == [i, k]
    assert merkle.consistency(3, 7, nodes) == [c, d, g, l]
    assert merkle.consistency(4, 7, nodes) == [l]
    assert merkle.consistency(6, 7, nodes) == [i, j, k]


@given(st.data())
def test_a_proof_of_inclusion_holds_for_its_own_leaf_place_size_and_root(
    data: st.DataObject,
) -> None:
    size = data.draw(st.integers(1, MOST))
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(index, size, _nodes(size))
    root = merkle.root_of(LEAVES[:size])

    other = data.draw(st.integers(-1, MOST).filter(lambda n: n != index))
    assert not merkle.included(LEAVES[index], other, size, path, root)
    assert not merkle.included(merkle.leaf_hash(b"another"), index, size, path, root)
    assert not merkle.included(LEAVES[index], index, size, path, bytes(32))
    assert not merkle.included(LEAVES[index], index, size, [*path, bytes(32)], root)
    for place in range(len(path)):
        assert not merkle.included(
            LEAVES[index], index, size, path[:place] + path[place + 1 :], root
        )
        changed = [*path[:place], bytes(32), *path[place + 1 :]]
        assert not merkle.included(LEAVES[index], index, size, changed, root)


@given(st.data())
def test_a_proof_of_consistency_holds_for_its_own_sizes_and_roots(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, MOST))
    old = data.draw(st.integers(1, new - 1))
    proof = merkle.consistency(old, new, _nodes(new))
    old_root, new_root = merkle.root_of(LEAVES[:old]), merkle.root_of(LEAVES[:new])

    assert not merkle.consistent(old, bytes(32), new, new_root, proof)
    assert not merkle.consistent(old, old_root, new, bytes(32), proof)
    assert not merkle.consistent(old, old_root, new, new_root, [*proof, bytes(32)])
    assert not merkle.consistent(new, new_root, old, old_root, proof)
    for place in range(len(proof)):
        changed = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not merkle.consistent(old, old_root, new, new_root, changed)
        assert not merkle.consistent(
            old, old_root, new, new_root, proof[:place] + proof[place + 1 :]
        )


def test_a_proof_that_is_left_out_proves_nothing() -> None:
    for new in range(2, 20):
        for old in range(1, new):
            roots = merkle.root_of(LEAVES[:old]), merkle.root_of(LEAVES[:new])
            for old_root, new_root in (roots, (bytes(32), bytes(32)), (roots[1], roots[1])):
                assert not merkle.consistent(old, old_root, new, new_root, []), (old, new)


@given(st.integers(1, MOST), st.integers(0, MOST - 1), st.binary(min_size=32, max_size=32))
def test_a_rewritten_entry_has_no_proof_that_the_old_tree_goes_on(
    old: int, index: int, forged: bytes
) -> None:
    index %= old
    leaves = [*LEAVES[:index], forged, *LEAVES[index + 1 :]]
    proof = merkle.consistency(old, MOST, _nodes(MOST, leaves))

    old_root = merkle.root_of(LEAVES[:old])
    assert not merkle.consistent(old, old_root, MOST, merkle.root_of(leaves), proof)


def test_the_empty_tree_is_the_beginning_of_every_tree() -> None:
    assert merkle.consistent(0, merkle.EMPTY_ROOT, 5, merkle.root_of(LEAVES[:5]), [])
    assert not merkle.consistent(0, bytes(32), 5, merkle.root_of(LEAVES[:5]), [])
    assert not merkle.consistent(0, merkle.EMPTY_ROOT, 5, bytes(32), [bytes(32)])
    assert not merkle.consistent(-1, merkle.EMPTY_ROOT, 5, bytes(32), [])


def test_a_tree_of_one_size_has_one_root() -> None:
    root = merkle.root_of(LEAVES[:5])

    assert merkle.consistent(5, root, 5, root, [])
    assert not merkle.consistent(5, root, 5, bytes(32), [])
    assert not merkle.consistent(5, root, 5, root, [bytes(32)])


def test_a_leaf_never_hashes_as_a_node_does() -> None:
    left, right = LEAVES[:2]

    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


def test_growing_gives_each_complete_subtree_once() -> None:
    done: list[tuple[int, int]] = []
    peaks: list[bytes] = []
    for size, leaf in enumerate(LEAVES):
        peaks, complete = merkle.grow(peaks, size, leaf)
        done += [(level, index) for level, index, _ in complete]
        assert len(peaks) == (size + 1).bit_count()

    assert len(done) == len(set(done))
    assert set(done) == {(level, index) for level in range(1, 7) for index in range(MOST >> level)}


@pytest.mark.parametrize("size", range(40))
def test_many_leaves_complete_what_each_by_itself_completes(size: int) -> None:
    for more in range(MOST - size + 1):
        peaks: list[bytes] = []
        wanted: dict[int, list[tuple[int, bytes]]] = {}
        for count, leaf in enumerate(LEAVES[: size + more]):
            peaks, complete = merkle.grow(peaks, count, leaf)
            for level, index, node in complete if count >= size else ():
                wanted.setdefault(level, []).append((index, node))

        found = [*merkle.completed(size, LEAVES[size : size + more], _nodes(size))]

        assert [level for level, _, _ in found] == sorted(wanted)
        assert {level: [*enumerate(row, start)] for level, start, row in found} == wanted


@given(st.integers(0, 2**40))
def test_the_edge_covers_every_leaf_once_from_left_to_right(size: int) -> None:
    spans = [(index << level, index + 1 << level) for level, index in merkle.edge(size)]

    assert [0, *(end for _, end in spans)] == [*(start for start, _ in spans), size]
    assert all(a[1] - a[0] > b[1] - b[0] for a, b in pairwise(spans))


def _nodes(size: int, leaves: list[bytes] = LEAVES) -> merkle.Nodes:
    peaks: list[bytes] = []
    found = {(0, index): leaf for index, leaf in enumerate(leaves[:size])}
    for count, leaf in enumerate(leaves[:size]):
        peaks, complete = merkle.grow(peaks, count, leaf)
        found.update(((level, index), node) for level, index, node in complete)
    return lambda level, index: found[level, index]
