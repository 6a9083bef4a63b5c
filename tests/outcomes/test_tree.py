"""A batch's tree is RFC 6962's, and its paths lead to its root."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_inclusion

from answerable.errors import MalformedError
from answerable.ledger import leaf_hash, merkle
from answerable.outcomes.leaves import Leaf
from answerable.outcomes.tree import faults, root_of, sealing

DATA = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


@given(DATA)
def test_the_root_is_that_of_a_tree_that_is_not_ours(data: list[bytes]) -> None:
    tree = InmemoryTree(algorithm="sha256")
    for each in data:
        tree.append_entry(each)

    assert root_of([leaf_hash(each) for each in data]) == tree.get_state()


@given(DATA, st.data())
def test_every_path_leads_to_the_root(data: list[bytes], draw: st.DataObject) -> None:
    leaves = [leaf_hash(each) for each in data]
    number = draw.draw(st.integers(0, len(data) - 1))

    seal = sealing(number, [Leaf(n, leaf, None) for n, leaf in enumerate(leaves)])

    assert merkle.included(seal.leaf, number, len(data), seal.path, root_of(leaves))
    assert seal.leaf == leaves[number]


def test_the_path_is_that_of_a_tree_that_is_not_ours() -> None:
    tree = InmemoryTree(algorithm="sha256")
    data = [bytes([n]) for n in range(13)]
    for each in data:
        tree.append_entry(each)
    proof = tree.prove_inclusion(6, 13)
    verify_inclusion(leaf_hash(data[5]), root_of([leaf_hash(each) for each in data]), proof)

    seal = sealing(5, [Leaf(n, leaf_hash(each), None) for n, each in enumerate(data)])

    theirs = [bytes.fromhex(step) for step in proof.serialize()["path"]]
    assert set(seal.path) == set(theirs) - {seal.leaf}


def test_no_path_is_given_in_a_batch_that_is_not_whole() -> None:
    kept = [Leaf(n, leaf_hash(bytes([n])), None) for n in (0, 2)]
    for number, some in ((0, kept), (2, kept), (1, kept[:1]), (0, [])):
        with pytest.raises(MalformedError):
            sealing(number, some)


def test_a_batch_that_says_it_is_larger_than_any_is_not_counted_to_its_end() -> None:
    """Any key of a session may sign a number: one fault of it, and no memory for each that is missing."""
    kept = [Leaf(0, leaf_hash(b""), None)]

    found = [*faults("b", 2**53 - 1, "00", kept, ())]

    assert [(code, id) for code, id, _ in found] == [("outcome-missing", "b")]
