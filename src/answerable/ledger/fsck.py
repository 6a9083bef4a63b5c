"""Does the ledger hold together, as bytes: tree, checkpoint, and what was kept outside it?"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from answerable.errors import LedgerError, MalformedError
from answerable.ledger import merkle
from answerable.ledger.store import Entry, Ledger

_FIRST = -(2**63)  # the smallest index a table can hold: what stands before 0 is seen too


@attrs.frozen
class Fault:
    """One thing that is wrong: a code, the entry's index if there is one, its record's id."""

    code: str
    message: str
    index: int | None = None
    id: str | None = None


def fsck(ledger: Ledger) -> Iterator[Fault]:
    """Every fault of the ledger as bytes. Trusts nothing stored but the log's public key.

    It looks at one moment of the ledger, so others may append meanwhile. Holds the hashes of
    the whole tree in memory (about 200 bytes an entry).
    """
    try:
        with ledger.snapshot() as still:
            yield from examine(still)
    except LedgerError as error:
        yield Fault("unreadable", error.message)


def examine(still: Ledger) -> Iterator[Fault]:
    """`fsck` of a ledger that already stands still; raises `LedgerError` where it cannot be read."""
    yield from _database(still)
    yield from _log(still)


def _database(ledger: Ledger) -> Iterator[Fault]:
    for name in ledger.schema_faults():
        yield Fault("schema", f"the database defines {name} otherwise than a ledger does")
    for line in ledger.damage():
        yield Fault("database", line)
    if ledger.meta.origin != ledger.origin:
        yield Fault(
            "origin", f"the ledger calls its log {ledger.meta.origin}, its key {ledger.origin}"
        )


def _log(ledger: Ledger) -> Iterator[Fault]:
    leaves: list[bytes] = []
    inner: dict[tuple[int, int], bytes] = {}
    peaks: list[bytes] = []
    seen: dict[bytes, int] = {}
    for entry in ledger.entries(_FIRST):
        leaf = merkle.leaf_hash(entry.envelope)
        yield from _entry(entry, leaf, len(leaves), seen)
        peaks, complete = merkle.grow(peaks, len(leaves), leaf)
        inner.update(((level, i), h) for level, i, h in complete)
        leaves.append(leaf)
    stored = ledger.nodes()
    for place in (*inner, *(p for p in stored if p not in inner)):
        if inner.get(place) != stored.get(place):
            yield Fault("tree-node", f"the stored tree node {place} is not what the entries give")
    try:
        present = ledger.verifier.open(ledger.checkpoint())
    except (MalformedError, LedgerError) as error:
        yield Fault("checkpoint", error.message)
    else:
        if present.size != len(leaves):
            told = f"the checkpoint covers {present.size} entries, the ledger holds {len(leaves)}"
            yield Fault("size", told)
        elif present.root != merkle.root(peaks):
            yield Fault("root", "the entries do not give the root that the checkpoint signs")
    yield from _kept(ledger, leaves)


def _entry(entry: Entry, leaf: bytes, position: int, seen: dict[bytes, int]) -> Iterator[Fault]:
    if entry.index != position:
        yield Fault("index", f"entry {entry.index} stands at place {position}", entry.index)
    if entry.leaf != leaf:
        yield Fault("leaf", "the stored bytes do not give the stored leaf hash", entry.index)
    if leaf in seen:
        yield Fault("duplicate", f"the same bytes as entry {seen[leaf]}", entry.index)
    seen.setdefault(leaf, entry.index)


def _kept(ledger: Ledger, leaves: list[bytes]) -> Iterator[Fault]:
    note = ledger.kept()
    if note is None:
        return
    try:
        kept = ledger.verifier.open(note)
    except MalformedError as error:
        yield Fault("kept-checkpoint", f"the checkpoint kept on this machine: {error}")
        return
    if kept.size > len(leaves):
        yield Fault("truncated", f"{kept.size} entries were seen before, {len(leaves)} are left")
    elif merkle.root_of(leaves[: kept.size]) != kept.root:
        told = f"the first {kept.size} entries are not those that were seen before"
        yield Fault("rewritten", told)
