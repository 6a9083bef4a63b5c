"""A ledger: entries appended in one durable transaction each, read back as they were.

When `append` returns, the bytes survive a crash. Many processes may append to one ledger; each
append is alone while its transaction lasts.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from answerable.errors import (
    LedgerError,
    LedgerKeyError,
    LedgerRolledBackError,
    MalformedError,
    NotALedgerError,
    NotFoundError,
)
from answerable.ledger import merkle
from answerable.ledger.addresses import KnownAddresses
from answerable.ledger.checkpoint import Checkpoint, LogSigner
from answerable.ledger.database import Database, Node, Row, opened
from answerable.ledger.engine import DamagedLedgerError, OtherFormatError
from answerable.ledger.kept import KeptCheckpoints
from answerable.ledger.reader import VERIFY, Entry, Reader
from answerable.ledger.schema import create_if_empty, is_empty
from answerable.location import locate
from answerable.signing.keys import Keyring

__all__ = ["Entry", "Ledger", "Receipt"]

KEEP_SECONDS = 1.0


@attrs.frozen
class Receipt:
    """Proof of custody: the entry's place, and a checkpoint that covers it, as a signed note and
    as what that says."""

    index: int
    leaf: bytes
    checkpoint: bytes
    covers: Checkpoint


@attrs.frozen
class _Tip:
    """The log's end: its checkpoint as a note and as read, and the tree's complete subtrees."""

    note: bytes
    checkpoint: Checkpoint
    peaks: list[bytes]


def _is_what_is_left(error: BaseException, *, found: bool) -> bool:
    """True if what is no ledger, or nothing, stands in a file that is there."""
    if isinstance(error, OtherFormatError):  # which says more
        return False
    return isinstance(error, NotALedgerError) or (found and isinstance(error, NotFoundError))


class Ledger(Reader):
    """One ledger. Instances are safe to share between threads, not across a fork."""

    def __init__(self, database: Database, uri: str, home: Path) -> None:
        self._location = locate(uri)
        super().__init__(database, self._location.shown)
        self.uri = uri
        self.home = home
        self._pid = os.getpid()
        self._keys = Keyring(home)
        self._kept = KeptCheckpoints(home)
        self._addresses = KnownAddresses(home)
        self._closed = False
        self._keep_after = 0.0
        self._signer: LogSigner | None = None
        self._tip: _Tip | None = None
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
        with self._lock:
            if os.getpid() != self._pid:
                raise LedgerError("the ledger was opened before a fork; open it again in the child")
            self._log_signer()  # first: who has no key does not keep others waiting
            leaves = [merkle.leaf_hash(envelope) for envelope in envelopes]
            try:
                note, places = self._database.begin_appending(leaves)
                try:
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
    ) -> _Tip:
        """Append, behind `note`, what has no place yet, and note its place; commit."""
        # The tip is trusted while it is this process's own; what another left is checked first,
        # since whoever signs the next root vouches for all that lies under it.
        tip = self._tip if self._tip is not None and self._tip.note == note else self._follow(note)
        size, peaks = tip.checkpoint.size, tip.peaks
        entries: list[Row] = []
        nodes: list[Node] = []
        for leaf, envelope in zip(leaves, envelopes, strict=True):
            if leaf in places:  # the same bytes keep the place that they have
                continue
            places[leaf] = size
            entries.append((size, leaf, envelope))
            peaks, complete = merkle.grow(peaks, size, leaf)
            nodes += complete
            size += 1
        if entries:
            grown = Checkpoint(self.origin, size, merkle.root(peaks))
            tip = _Tip(self._log_signer().sign(grown), grown, peaks)
            self._database.commit(entries, nodes, tip.note)
        else:
            self._database.commit()
        return tip

    def _follow(self, note: bytes) -> _Tip:
        """The tip that `note` states, if the tree bears it out and it continues what was seen."""
        try:
            now = self.verifier.open(note)
            seen = self._seen or self._seen_before()
        except MalformedError as error:
            raise LedgerError(f"the ledger does not hold: {error}", hint=VERIFY) from error
        if seen is not None and now.size < seen.size:
            raise LedgerRolledBackError(
                f"the ledger has {now.size} entries where {seen.size} were seen before",
                hint=f"somebody restored an older copy; {VERIFY}",
            )
        peaks = self.peaks(now.size)
        if merkle.root(peaks) != now.root:
            raise LedgerError("the tree does not give the root that is signed", hint=VERIFY)
        if seen is not None and seen.size:
            proof = self.consistency(seen.size, now.size)
            if not merkle.consistent(seen.size, seen.root, now.size, now.root, proof):
                raise LedgerRolledBackError(
                    f"the first {seen.size} entries are not those that were seen before",
                    hint=f"somebody rewrote the ledger; {VERIFY}",
                )
        return _Tip(note, now, peaks)

    def _seen_before(self) -> Checkpoint | None:
        kept = self.kept()
        return None if kept is None else self.verifier.open(kept)

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
        with self._lock:
            if self._pid == os.getpid() and not self._closed:
                self.keep()
                self._addresses.saw(self._location.stable, self.origin)
                self._database.close()
                self._closed = True

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
