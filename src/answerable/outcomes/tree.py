"""A batch's tree: the root that is signed, the way from a leaf to it, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence

from answerable.errors import MalformedError
from answerable.ledger import leaf_hash, merkle
from answerable.model import Outcome, Outcomes
from answerable.model.outcomes import Sealing
from answerable.outcomes.disclosure import read
from answerable.outcomes.leaves import MOST, Leaf


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, as in RFC 6962 section 2.1."""
    level, sha256 = list(leaves), hashlib.sha256
    while len(level) > 1:
        # An odd one out goes up as it is: so the largest complete subtree is always to the left.
        odd = level[-1:] if len(level) & 1 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + a + b).digest() for a, b in pairs] + odd
    return level[0] if level else merkle.EMPTY_ROOT


def sealing(number: int, kept: Sequence[Leaf]) -> Sealing:
    """The way from leaf `number` of a whole batch to its root; raises `MalformedError`."""
    leaves = [each.leaf for each in kept]
    if [each.number for each in kept] != list(range(len(kept))) or number >= len(kept):
        raise MalformedError("the batch is not whole: outcomes of it are missing")
    levels = [leaves]
    while len(levels[-1]) > 1:
        level = levels[-1]
        levels.append(
            [merkle.node_hash(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
        )
    path = merkle.inclusion(number, len(leaves), lambda height, index: levels[height][index])
    return Sealing(
        number=number,
        leaf=leaves[number],
        path=tuple(path),
        disclosure=kept[number].disclosure,
    )


def opened(batch: Outcomes, seal: Sealing) -> Outcome | None:
    """The outcome, if the batch's root covers it at that place; None if it is erased. Raises
    `MalformedError`."""
    root, size = bytes.fromhex(batch.root), batch.size
    if not merkle.included(seal.leaf, seal.number, size, seal.path, root):
        raise MalformedError("the root that is signed does not cover it")
    if seal.disclosure is None:
        return None
    return _disclosed(f"{batch.id}.{seal.number}", seal.leaf, seal.disclosure)


def faults(
    batch: str, size: int, root: str, kept: Sequence[Leaf], erased: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """Everything wrong with a batch (its id, how many, their root in hex) as it is kept: a code, the
    id of the outcome or of the batch, and what is wrong. `erased` are the ids of outcomes of which
    a record says so."""
    if size > MOST:
        # Whoever signs may name any number: it is not counted to its end.
        yield "outcome-missing", batch, f"no batch holds {size:,} outcomes"
        return
    numbers = {each.number for each in kept}
    for number in sorted(set(range(size)) - numbers):
        yield "outcome-missing", f"{batch}.{number}", "an outcome of the batch is not there"
    altered = False
    for each in kept:
        id = f"{batch}.{each.number}"
        if not 0 <= each.number < size:
            yield "outcome-added", id, f"the batch that was sealed has {size} outcomes"
        elif each.disclosure is None:
            if id not in erased:
                yield "outcome-missing", id, "it is gone, and no erasure is recorded"
        elif id in erased:
            yield "not-erased", id, "it is recorded as erased, and is still there"
        else:
            try:
                _disclosed(id, each.leaf, each.disclosure)
            except MalformedError as error:
                altered = True
                yield "outcome-altered", id, error.message
    whole = numbers == set(range(size))
    if whole and not altered and root_of([each.leaf for each in kept]).hex() != root:
        told = "its outcomes do not give the root that is signed: some are not those of then"
        yield "outcome-altered", batch, told


def _disclosed(id: str, leaf: bytes, disclosure: bytes) -> Outcome:
    if leaf_hash(disclosure) != leaf:
        raise MalformedError("the outcome is not the one that was sealed")
    outcome = read(disclosure)
    if outcome.id != id:
        raise MalformedError("the outcome says that it is another")
    return outcome
