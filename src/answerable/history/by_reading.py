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
_ESCAPE, _POLICY, _DELEGATION = b"\\", b'"policy"', b'"delegation"'
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
            for entry in self._still.range(start, end):
                self._take(entry)
                yield from tree.take(entry.index, entry.leaf, leaf_hash(entry.envelope))
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
            record, _ = read(entry.envelope)
        except MalformedError:
            return  # which was told when that part was looked at
        self._first.setdefault(record.id, entry.index)
        if isinstance(record, PolicyVersion):
            self._policies.append(entry.index)
        if isinstance(record, Delegation) and (emission := record.emission):
            self._introducing.setdefault(emission.key_id, []).append(entry.index)

    def _may_matter(self, payload: bytes) -> bool:
        if _ESCAPE in payload or _POLICY in payload or _DELEGATION in payload:
            return True
        return not self._wanted.isdisjoint(_ID.findall(payload))


def _payload(envelope: bytes) -> bytes | None:
    """What is signed, if the envelope begins as our own writer begins it; else None."""
    if not envelope.startswith(_BEGIN):
        return None
    encoded, _, _ = envelope[len(_BEGIN) :].partition(b'"')
    try:
        return binascii.a2b_base64(encoded, strict_mode=True)
    except binascii.Error:
        return None


def _gives(tree: TreeCheck, since: Checkpoint) -> bool:
    try:
        return tree.root_at(since.size) == since.root
    except LedgerError:
        return False
