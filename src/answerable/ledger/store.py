"""A ledger: entries appended in one durable transaction each, read back as they were.

When `append` returns, the bytes survive a crash. Many processes may append to one ledger; each
append is alone while its transaction lasts.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import attrs

from answerable.errors import (
    LedgerError,
    LedgerKeyError,
    MalformedError,
    NotALedgerError,
    NotFoundError,
)
from answerable.ledger import merkle
from answerable.ledger.addresses import KnownAddresses
from answerable.ledger.checkpoint import Checkpoint, LogSigner
from answerable.ledger.database import Database, opened
from answerable.ledger.engine import DamagedLedgerError, OtherFormatError
from answerable.ledger.kept import KeptCheckpoints
from answerable.ledger.rows import Rows
from answerable.ledger.schema import create_if_empty, is_empty, read_meta
from answerable.ledger.tip import VERIFY, Tip, followed, grow
from answerable.location import locate
from answerable.signing.keys import Keyring

__all__ = ["Entry", "Ledger", "Receipt"]

KEEP_SECONDS = 1.0


_BEYOND = 2**63
# As bytes, whatever was stored: text that is not UTF-8 could not be fetched, and not reported.
_ENTRIES = "SELECT idx, CAST(leaf AS BLOB), CAST(envelope AS BLOB) FROM entries"


@attrs.frozen
class Entry:
    """An entry as stored."""

    index: int
    leaf: bytes
    envelope: bytes


@attrs.frozen
class Receipt:
    """Proof of custody: the entry's place, and a checkpoint that covers it, as a signed note and
    as what that says."""

    index: int
    leaf: bytes
    checkpoint: bytes
    covers: Checkpoint


def _is_what_is_left(error: BaseException, *, found: bool) -> bool:
    """True if what is no ledger, or nothing, stands in a file that is there."""
    if isinstance(error, OtherFormatError):  # which says more
        return False
    return isinstance(error, NotALedgerError) or (found and isinstance(error, NotFoundError))


class Ledger:
    """One ledger. Instances are safe to share between threads, not across a fork."""

    def __init__(self, database: Database, uri: str, home: Path) -> None:
        self._location = locate(uri)
        self.place = self._location.shown
        self._database = database
        self._rows = Rows(database, self.place)
        self.meta = read_meta(database, self.place)
        self.verifier = self.meta.verifier
        self.origin = self.verifier.origin
        self.uri = uri
        self.home = home
        self._pid = os.getpid()
        self._keys = Keyring(home)
        self._kept = KeptCheckpoints(home)
        self._addresses = KnownAddresses(home)
        self._closed = False
        self._keep_after = 0.0
        self._signer: LogSigner | None = None
        self._tip: Tip | None = None
        self._seen: Checkpoint | None = None

    @classmethod
    def open(cls, uri: str, home: Path) -> Ledger:
        """Open for reading. Raises `NotFoundError` if there is none, `NotALedgerError` if the
        place holds something else, `DamagedLedgerError` for what is left of a ledger,
        `LedgerError` if it cannot be read."""
        location, database = locate(uri), None
        # Before looking at the place: one that is made meanwhile was not here before.
        known = KnownAddresses(home).others(location.stable, "")
        try:
            database = opened(location, write=False)
            if is_empty(database):  # another process is about to make one
                told = f"there is no ledger at {location.shown} yet"
                raise NotFoundError(told, hint="nothing is in it")
            return cls(database, uri, home)
        except BaseException as error:
            if database is not None:
                database.close()
            if known and _is_what_is_left(error, found=database is not None):
                raise DamagedLedgerError(f"a ledger was here: {error}") from error
            raise

    @classmethod
    def open_or_create(cls, uri: str, home: Path) -> Ledger:
        """Open for appending, making the ledger and its log key on first use.

        Raises as `open` does, and `ConfigurationError` where the key cannot be kept.
        """
        location = locate(uri)
        database = opened(location, write=True)
        try:
            create_if_empty(database, location.shown, Keyring(home))
            return cls(database, uri, home)
        except BaseException:
            database.close()
            raise

    def append(self, envelope: bytes) -> Receipt:
        """Store the bytes durably, once: the same bytes again give their first place.

        Raises `LedgerKeyError`, `LedgerRolledBackError`, or `LedgerError` when the database
        refuses (locked beyond the time-out, disk full, read-only) or does not hold together.
        """
        return self.append_all((envelope,))[0]

    def append_all(self, envelopes: Sequence[bytes]) -> list[Receipt]:
        """`append` for several at once: one transaction and one checkpoint cover them all, so
        that either all are stored or none is. Raises as `append` does."""
        with self._rows.lock:
            if os.getpid() != self._pid:
                raise LedgerError("the ledger was opened before a fork; open it again in the child")
            self._log_signer()  # first: who has no key does not keep others waiting
            leaves = [merkle.leaf_hash(envelope) for envelope in envelopes]
            try:
                try:
                    # Within: an interruption that comes as it ends would leave all others locked out.
                    note, places = self._database.begin_appending(leaves)
                    if note is None:
                        raise self._without_checkpoint()
                    tip = self._append(envelopes, leaves, note, places)
                except BaseException:
                    self._tip = None
                    self._database.rollback()
                    raise
            except self._database.errors as error:
                told = self._database.told(error)
                raise LedgerError(f"the ledger refused the record: {told}") from error
            self._tip, self._seen = tip, tip.checkpoint
            if time.monotonic() >= self._keep_after:
                self._keep_after = time.monotonic() + KEEP_SECONDS
                self._kept.keep(self.origin, tip.checkpoint.size, tip.note)
            covered = tip.note, tip.checkpoint
            return [Receipt(places[leaf], leaf, *covered) for leaf in leaves]

    def _append(
        self,
        envelopes: Sequence[bytes],
        leaves: Sequence[bytes],
        note: bytes,
        places: dict[bytes, int],
    ) -> Tip:
        """Append, behind `note`, what has no place yet, and note its place; commit."""
        # The tip is trusted while it is this process's own; what another left is checked first,
        # since whoever signs the next root vouches for all that lies under it.
        tip = self._tip if self._tip is not None and self._tip.note == note else self._follow(note)
        entries, nodes, grown, peaks = grow(tip, envelopes, leaves, places)
        if not entries:
            self._database.commit()
            return tip
        tip = Tip(self._log_signer().sign(grown), grown, peaks)
        self._database.commit(entries, nodes, tip.note)
        return tip

    def _follow(self, note: bytes) -> Tip:
        """The tip that `note` states, if the tree bears it out and it continues what was seen."""
        try:
            now = self.verifier.open(note)
            seen = self._seen or self._seen_before()
        except MalformedError as error:
            raise LedgerError(f"the ledger does not hold: {error}", hint=VERIFY) from error
        return Tip(note, now, followed(self, now, seen))

    def _seen_before(self) -> Checkpoint | None:
        kept = self.kept()
        return None if kept is None else self.verifier.open(kept)

    def still(self) -> AbstractContextManager[None]:
        """For a block, this ledger reads as it is now, whoever goes on appending meanwhile.

        Raises `LedgerError`. Not for appending within it.
        """
        return self._rows.still()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Ledger]:
        """The ledger as it is now, for reading, whoever goes on appending meanwhile."""
        still = Ledger.open(self.uri, self.home)
        try:
            with still.still():
                still._rows("SELECT 1 FROM meta")  # a snapshot is taken at the first read
                yield still
        finally:
            still._database.close()

    def checkpoint(self) -> bytes:
        """The newest signed note."""
        rows = self._rows("SELECT CAST(note AS BLOB) FROM checkpoint")
        if not rows:
            raise self._without_checkpoint()
        return bytes(rows[0][0])

    def entry(self, index: int) -> Entry:
        """One entry; raises `NotFoundError`."""
        rows = self._rows(f"{_ENTRIES} WHERE idx = ?", index)
        if not rows:
            raise NotFoundError(f"the ledger has no entry {index}")
        return Entry(*rows[0])

    def those(self, places: Sequence[int]) -> list[Entry]:
        """The entries at those places, a few hundred at most, in no order; those that are there."""
        wanted = ", ".join("?" * len(places))
        rows = self._rows(f"{_ENTRIES} WHERE idx IN ({wanted})", *places) if places else []
        return [Entry(*row) for row in rows]

    def entries(self, start: int = 0, batch: int = 512) -> Iterator[Entry]:
        """Entries from `start` on, in order, as the table holds them."""
        # Beyond the largest index that a table can hold, nothing can even be asked for.
        while start < _BEYOND and (
            rows := self._rows(f"{_ENTRIES} WHERE idx >= ? ORDER BY idx LIMIT ?", start, batch)
        ):
            for row in rows:
                yield Entry(*row)
            start = rows[-1][0] + 1

    def ending_with(self, part: bytes) -> list[Entry]:
        """The entries in whose last 250 octets those stand."""
        rows = self._rows(f"{_ENTRIES} WHERE {self._database.ends_with} ORDER BY idx", part)
        return [Entry(*row) for row in rows]

    def range(self, start: int, end: int) -> list[Entry]:
        """The entries from `start` up to, and without, `end`."""
        rows = self._rows(f"{_ENTRIES} WHERE idx >= ? AND idx <= ? ORDER BY idx", start, end - 1)
        return [Entry(*row) for row in rows]

    def size(self) -> int:
        """How many entries the table holds."""
        return int(self._rows("SELECT count(*) FROM entries")[0][0])

    def end(self) -> int:
        """The place after the table's last entry."""
        (last,) = self._rows("SELECT max(idx) FROM entries")[0]
        return 0 if last is None else int(last) + 1

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries, from the stored nodes; raises `LedgerError`
        where one is missing."""
        return merkle.root(self.peaks(size))

    def peaks(self, size: int) -> list[bytes]:
        """The roots of the complete subtrees that a tree of `size` falls into, largest first, as
        they are stored; raises `LedgerError` where one is missing."""
        return self._proof(lambda nodes: [nodes(*place) for place in merkle.edge(size)])

    def nodes(self) -> dict[tuple[int, int], bytes]:
        """Every stored inner node."""
        rows = self._rows("SELECT level, idx, CAST(hash AS BLOB) FROM nodes")
        return {(level, index): node for level, index, node in rows}

    def subtree(self, level: int, index: int) -> bytes:
        """The root over the leaves [index * 2^level, (index + 1) * 2^level), as it is stored;
        raises `LedgerError` where it is missing."""
        found = self.node(level, index)
        if found is None:
            raise LedgerError(f"the ledger lacks the tree node ({level}, {index})", hint=VERIFY)
        return found

    def node(self, level: int, index: int) -> bytes | None:
        """The same, or None where it is missing."""
        if level:
            sql = "SELECT CAST(hash AS BLOB) FROM nodes WHERE level = ? AND idx = ?"
            rows = self._rows(sql, level, index)
        else:
            rows = self._rows("SELECT CAST(leaf AS BLOB) FROM entries WHERE idx = ?", index)
        return bytes(rows[0][0]) if rows else None

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof (RFC 6962 section 2.1.2) that the log of `old` entries, at least one, is the
        beginning of that of `new`, from the stored nodes."""
        return self._proof(lambda nodes: merkle.consistency(old, new, nodes))

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of entry `index` in the tree of `size`, from the stored nodes."""
        return self._proof(lambda nodes: merkle.inclusion(index, size, nodes))

    def _proof(self, made: Callable[[merkle.Nodes], list[bytes]]) -> list[bytes]:
        """What is made of stored nodes, all of which are fetched at once: a path through a large tree
        has twice as many as one through a small one, and each question costs more than its answer."""
        wanted: list[tuple[int, int]] = []

        def want(level: int, index: int) -> bytes:
            wanted.append((level, index))
            return b""

        made(want)
        held: dict[tuple[int, int], bytes] = {}
        if inner := [place for place in wanted if place[0]]:
            pairs = ", ".join(["(?, ?)"] * len(inner))
            wanting = f"WITH wanted(level, idx) AS (VALUES {pairs})"
            found = " SELECT nodes.level, nodes.idx, CAST(nodes.hash AS BLOB) FROM wanted"
            by = " JOIN nodes ON nodes.level = wanted.level AND nodes.idx = wanted.idx"
            rows = self._rows(wanting + found + by, *itertools.chain(*inner))
            held = {(level, index): bytes(node) for level, index, node in rows}
        return made(lambda level, index: held.get((level, index)) or self.subtree(level, index))

    def schema_faults(self) -> list[str]:
        """The names that the database defines otherwise than a ledger does."""
        found = self._rows.asked(lambda database: database.defined())
        right = self._database.definitions
        return [n for n in sorted(found.keys() | right.keys()) if found.get(n) != right.get(n)]

    def damage(self) -> list[str]:
        """What the database itself finds wrong with what it stores."""
        return self._rows.asked(lambda database: database.damage())

    def present(self) -> Checkpoint:
        """The newest checkpoint, if its signature holds, the stored tree bears it out, and it
        continues what was seen before; raises `LedgerError`, `LedgerRolledBackError`."""
        return self._follow(self.checkpoint()).checkpoint

    def kept(self) -> bytes | None:
        """The newest checkpoint kept outside the ledger."""
        return self._kept.newest(self.origin)

    def keep(self) -> None:
        """Keep the present checkpoint outside the ledger, if it continues the one that is kept.

        One that does not hold or contradicts the kept one is for `fsck` to report: keeping it
        would lose the evidence.
        """
        with contextlib.suppress(LedgerError, NotFoundError):
            tip = self._follow(self.checkpoint())
            self._kept.keep(self.origin, tip.checkpoint.size, tip.note)

    def others_here(self) -> tuple[str, ...]:
        """The origins of other logs that this user saw at this ledger's address."""
        return self._addresses.others(self._location.stable, self.origin)

    def is_lost(self) -> bool:
        """True if what was open is gone, or another, by now: a file that was removed or exchanged,
        a connection that broke. Opened again, it may be another ledger."""
        return self._database.is_lost()

    def close(self) -> None:
        """Keep the newest checkpoint, and let go of the database."""
        with self._rows.lock:
            if self._pid == os.getpid() and not self._closed:
                self.keep()
                self._addresses.saw(self._location.stable, self.origin)
                self._database.close()
                self._closed = True

    def _without_checkpoint(self) -> LedgerError:
        return LedgerError(f"the ledger {self.place} has no checkpoint", hint=VERIFY)

    def _log_signer(self) -> LogSigner:
        if self._signer is None:
            try:
                key = self._keys.log_key(self.origin)
            except NotFoundError as error:
                raise LedgerKeyError(
                    str(error),
                    hint="append from the home directory (ANSWERABLE_HOME) that created the ledger",
                ) from None
            signer = LogSigner.of(self.origin, key)
            if signer.verifier != self.verifier:
                raise LedgerKeyError(f"the key of the log {self.origin} is not the ledger's key")
            self._signer = signer
        return self._signer
