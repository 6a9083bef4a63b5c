"""The Merkle tree of RFC 6962 section 2.1, over SHA-256, as pure functions.

A node (level, index) is the root of the complete subtree over leaves
[index * 2^level, (index + 1) * 2^level).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

Nodes = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def edge(size: int) -> list[tuple[int, int]]:
    """The complete subtrees that a tree of `size` leaves falls into, largest first."""
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


def root(peaks: Sequence[bytes]) -> bytes:
    """The tree's root from its complete subtrees' roots, largest first."""
    if not peaks:
        return EMPTY_ROOT
    result = peaks[-1]
    for peak in reversed(peaks[:-1]):
        result = node_hash(peak, result)
    return result


def grow(
    peaks: Sequence[bytes], size: int, leaf: bytes
) -> tuple[list[bytes], list[tuple[int, int, bytes]]]:
    """Add a leaf to a tree of `size` leaves: its new peaks, and the inner nodes now complete."""
    stack, done = list(peaks), []
    level, index, node = 0, size, leaf
    while index & 1:
        node = node_hash(stack.pop(), node)
        level, index = level + 1, index >> 1
        done.append((level, index, node))
    stack.append(node)
    return stack, done


def completed(
    size: int, leaves: Sequence[bytes], nodes: Nodes
) -> Iterator[tuple[int, int, list[bytes]]]:
    """The inner nodes that more leaves complete in a tree of `size`, whose own are asked of `nodes`: of each
    level those in a row, from the index that is given."""
    level, start, row = 0, size, list(leaves)
    while row:
        if start & 1:
            start -= 1
            row = [nodes(level, start), *row]
        row = list(map(node_hash, row[::2], row[1::2]))
        level, start = level + 1, start >> 1
        if row:
            yield level, start, row


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, computed from nothing else."""
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        peaks, _ = grow(peaks, size, leaf)
    return root(peaks)


def inclusion(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """The audit path of RFC 6962 section 2.1.1 for leaf `index` in a tree of `size`."""
    return _path(index, 0, size, nodes)


def consistency(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """The proof of RFC 6962 section 2.1.2 that the tree of `old` leaves is the beginning of the
    tree of `new`; 0 < old <= new."""
    return _subproof(old, 0, new, True, nodes)


def consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """True if `proof` shows that the one tree begins with the other (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and old_root == (new_root if old else EMPTY_ROOT)
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, step)
        node, last = node >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _subproof(old: int, start: int, end: int, whole: bool, nodes: Nodes) -> list[bytes]:
    """SUBPROOF(old, D[start:end], whole); `old` counts from `start`."""
    width = end - start
    if old == width:
        return [] if whole else [_range_root(start, end, nodes)]
    half = 1 << (width - 1).bit_length() - 1
    middle = start + half
    if old <= half:
        return [*_subproof(old, start, middle, whole, nodes), _range_root(middle, end, nodes)]
    return [*_subproof(old - half, middle, end, False, nodes), _range_root(start, middle, nodes)]


def _path(index: int, start: int, end: int, nodes: Nodes) -> list[bytes]:
    width = end - start
    if width == 1:
        return []
    half = 1 << (width - 1).bit_length() - 1
    middle = start + half
    if index < middle:
        return [*_path(index, start, middle, nodes), _range_root(middle, end, nodes)]
    return [*_path(index, middle, end, nodes), _range_root(start, middle, nodes)]


def _range_root(start: int, end: int, nodes: Nodes) -> bytes:
    return root([nodes(level, (start >> level) + i) for level, i in edge(end - start)])


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """True if `path` proves `leaf` at `index` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, result = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = node_hash(step, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, step)
        node, last = node >> 1, last >> 1
    return last == 0 and result == expected
