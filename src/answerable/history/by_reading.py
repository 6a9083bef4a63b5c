"""Where things stand that a part of a ledger refers to, as its own bytes say: each entry is read, and no
signature verified, which is most of what a look at it costs.

Of most entries it is enough to know what they cannot be. A text without a backslash stands in JSON (RFC 8259
section 7) as it is, between quotes: where `"policy"` is not, no policy is. Only what may be of interest, and
what is spelled in any unusual way, is read as a record.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from answerable.errors import LedgerError, MalformedError
from answerable.history.authentication import read
from answerable.ledger import FIRST, Checkpoint, Entry, Fault, Ledger, TreeCheck, leaf_hash
from answerable.model import Delegation, PolicyVersion

_BEGIN = b'{"payload":"'
_ID = re.compile(rb'"id"[ \t\r\n]*:[ \t\r\n]*"([^"]*)"')
_TOGETHER = 1024


class ByReading:
    """Reads the entries that `since` covers, of a ledger that stands still; of their ids, those that come
    again after it are looked for."""

    def __init__(self, still: Ledger, since: Checkpoint) -> None:
        self._still = still
        self._since = since
        self._wanted: set[bytes] = set()
        self._first: dict[str, int] = {}
        self._policies: list[int] = []
        self._introducing: dict[str, list[int]] = {}

    def faults(self, progress: Callable[[int, int], None]) -> Iterator[Fault]:
        """What stands against those entries' bytes, as the checkpoint covers them. When it is told, the rest
        can be asked. `progress` hears of entries read, of how many. Raises `LedgerError`."""
        tree, size = TreeCheck(), self._since.size
        self._wanted.update(self._ids(size))
        for start in (FIRST, *range(_TOGETHER, size, _TOGETHER)):
            end = min(max(start, 0) + _TOGETHER, size)
            entries = self._still.range(start, end)
            for entry in entries:
                self._take(entry)
            yield from _grown(tree, max(start, 0), entries)
            progress(end, size)
        if not _gives(tree, self._since):
            yield Fault(
                "rewritten", f"the first {size} entries are not those that were seen before"
            )

    def introducing(self, key: str) -> Sequence[int]:
        """The delegations of that session key."""
        return self._introducing.get(key, ())

    def policies(self) -> Sequence[int]:
        """The records that put a policy in force."""
        return self._policies

    def first(self, id: str) -> int | None:
        """The first record of that id, if the id comes again after the checkpoint."""
        return self._first.get(id)

    def _ids(self, start: int) -> Iterator[bytes]:
        for entry in self._still.entries(start):
            with suppress(MalformedError):
                yield read(entry.envelope)[0].id.encode()

    def _take(self, entry: Entry) -> None:
        payload = _payload(entry.envelope)
        if payload is not None and not self._may_matter(payload):
            return
        try:
            record, _ = read(entry.envelope, index=entry.index)
        except MalformedError:
            return  # which was told when that part was looked at
        self._first.setdefault(record.id, entry.index)
        if isinstance(record, PolicyVersion):
            self._policies.append(entry.index)
        if isinstance(record, Delegation) and record.emission is not None:
            self._introducing.setdefault(record.emission.key_id, []).append(entry.index)

    def _may_matter(self, payload: bytes) -> bool:
        if b"\\" in payload or b'"policy"' in payload or b'"delegation"' in payload:
            return True
        return bool(self._wanted) and not self._wanted.isdisjoint(_ID.findall(payload))


def _payload(envelope: bytes) -> bytes | None:
    """What is signed, if the envelope begins as our own writer begins it; else None."""
    end = envelope.find(b'"', len(_BEGIN))
    if not envelope.startswith(_BEGIN) or end < 0:
        return None
    try:
        return binascii.a2b_base64(envelope[len(_BEGIN) : end], strict_mode=True)
    except binascii.Error:
        return None


def _grown(tree: TreeCheck, start: int, entries: Sequence[Entry]) -> Iterator[Fault]:
    leaves = [leaf_hash(each.envelope) for each in entries]
    places = [each.index for each in entries] == [*range(start, start + len(entries))]
    stored = leaves == [each.leaf for each in entries]
    if places and stored and tree.take_all(start, leaves):
        return
    for entry, leaf in zip(entries, leaves, strict=True):
        yield from tree.take(entry.index, entry.leaf, leaf)


def _gives(tree: TreeCheck, since: Checkpoint) -> bool:
    try:
        return tree.root_at(since.size) == since.root
    except LedgerError:
        return False
