"""Entries in a database: appended in one durable transaction each, read back as they were.

SQLite in WAL mode with synchronous=FULL: when `append` returns, the bytes survive a crash.
Many processes may append to one file; each append holds the write lock for its transaction.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

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
from answerable.ledger.engine import (
    DATABASE_ERRORS,
    DamagedLedgerError,
    OtherFormatError,
    connect,
    database_path,
    make_durable,
    refusal,
)
from answerable.ledger.kept import KeptCheckpoints
from answerable.ledger.schema import create_if_empty, is_empty, read_meta
from answerable.signing.keys import Keyring

KEEP_SECONDS = 1.0
_VERIFY = "run `answerable verify`: it lists every fault"


@attrs.frozen
class Receipt:
    """Proof of custody: the entry's place, and a checkpoint that covers it, as a signed note and
    as what that says."""

    index: int
    leaf: bytes
    checkpoint: bytes
    covers: Checkpoint


@attrs.frozen
class Entry:
    """An entry as stored."""

    index: int
    leaf: bytes
    envelope: bytes


@attrs.frozen
class _Tip:
    """The log's end: its checkpoint as a note and as read, and the tree's complete subtrees."""

    note: bytes
    checkpoint: Checkpoint
    peaks: list[bytes]


class Ledger:
    """One ledger. Instances are safe to share between threads, not across a fork."""

    def __init__(self, connection: sqlite3.Connection, uri: str, home: Path) -> None:
        self.uri = uri
        self._home = home
        self._connection = connection
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._keys = Keyring(home)
        self._kept = KeptCheckpoints(home)
        self._addresses = KnownAddresses(home)
        self._closed = False
        self._keep_after = 0.0
        self._signer: LogSigner | None = None
        self._tip: _Tip | None = None
        self._seen: Checkpoint | None = None
        self.meta = read_meta(connection, uri)
        self.verifier = self.meta.verifier
        self.origin = self.verifier.origin

    @classmethod
    def open(cls, uri: str, home: Path) -> Ledger:
        """Open for reading. Raises `NotFoundError` if there is none, `NotALedgerError` if the
        place holds something else, `DamagedLedgerError` for what is left of a ledger,
        `LedgerError` if it cannot be read."""
        path = database_path(uri)
        if not path.exists():
            raise NotFoundError(f"there is no ledger at {path}", hint="reading never creates one")
        try:
            connection = connect(path, write=False)
            try:
                if is_empty(connection):  # another process is about to make one
                    raise NotFoundError(
                        f"there is no ledger at {path} yet", hint="nothing is in it"
                    )
                return cls(connection, uri, home)
            except BaseException:
                connection.close()
                raise
        except (NotALedgerError, NotFoundError) as error:
            other = isinstance(error, OtherFormatError)  # which says more
            if not other and KnownAddresses(home).others(path, ""):
                raise DamagedLedgerError(f"a ledger was here: {error.message}") from error
            raise

    @classmethod
    def open_or_create(cls, uri: str, home: Path) -> Ledger:
        """Open for appending, making the ledger and its log key on first use.

        Raises as `open` does, and `ConfigurationError` where the key cannot be kept.
        """
        path = database_path(uri)
        connection = connect(path, write=True)
        try:
            create_if_empty(connection, path, Keyring(home))
            ledger = cls(connection, uri, home)  # so no database but a ledger is touched
            make_durable(connection)
            return ledger
        except DATABASE_ERRORS as error:
            connection.close()
            raise refusal(error, uri) from error
        except BaseException:
            connection.close()
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
            signer = self._log_signer()
            try:
                with self._writing():
                    receipts, tip = self._append(envelopes, signer)
            except DATABASE_ERRORS as error:
                raise LedgerError(f"the ledger refused the record: {error}") from error
            self._tip, self._seen = tip, tip.checkpoint
            if time.monotonic() >= self._keep_after:
                self._keep_after = time.monotonic() + KEEP_SECONDS
                self._kept.keep(self.origin, tip.checkpoint.size, tip.note)
            return receipts

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            self._tip = None
            # After some errors (disk full) SQLite has rolled back already, and says so.
            with contextlib.suppress(*DATABASE_ERRORS):
                self._run("ROLLBACK")
            raise

    def _append(self, envelopes: Sequence[bytes], signer: LogSigner) -> tuple[list[Receipt], _Tip]:
        note = self.checkpoint()
        # The tip is trusted while it is this process's own; what another left is checked first,
        # since whoever signs the next root vouches for all that lies under it.
        tip = self._tip if self._tip is not None and self._tip.note == note else self._follow(note)
        size, peaks, places = tip.checkpoint.size, tip.peaks, []
        for envelope in envelopes:
            leaf = merkle.leaf_hash(envelope)
            if not self._run(_NEW_ENTRY, size, leaf, envelope).rowcount:
                ((known,),) = self._rows("SELECT idx FROM entries WHERE leaf = ?", leaf)
                places.append((known, leaf))
                continue
            places.append((size, leaf))
            peaks, complete = merkle.grow(peaks, size, leaf)
            for node in complete:
                self._run("INSERT INTO nodes VALUES (?, ?, ?)", *node)
            size += 1
        if size > tip.checkpoint.size:
            grown = Checkpoint(self.origin, size, merkle.root(peaks))
            tip = _Tip(signer.sign(grown), grown, peaks)
            self._run("UPDATE checkpoint SET note = ?", tip.note)
        covered = tip.note, tip.checkpoint
        return [Receipt(index, leaf, *covered) for index, leaf in places], tip

    def _follow(self, note: bytes) -> _Tip:
        """The tip that `note` states, if the tree bears it out and it continues what was seen."""
        try:
            now = self.verifier.open(note)
            seen = self._seen or self._seen_before()
        except MalformedError as error:
            raise LedgerError(f"the ledger does not hold: {error}", hint=_VERIFY) from error
        if seen is not None and now.size < seen.size:
            raise LedgerRolledBackError(
                f"the ledger has {now.size} entries where {seen.size} were seen before",
                hint=f"somebody restored an older copy; {_VERIFY}",
            )
        peaks = [self._node(level, index) for level, index in merkle.edge(now.size)]
        if merkle.root(peaks) != now.root:
            raise LedgerError("the tree does not give the root that is signed", hint=_VERIFY)
        if seen is not None and seen.size:
            proof = merkle.consistency(seen.size, now.size, self._node)
            if not merkle.consistent(seen.size, seen.root, now.size, now.root, proof):
                raise LedgerRolledBackError(
                    f"the first {seen.size} entries are not those that were seen before",
                    hint=f"somebody rewrote the ledger; {_VERIFY}",
                )
        return _Tip(note, now, peaks)

    def _seen_before(self) -> Checkpoint | None:
        kept = self.kept()
        return None if kept is None else self.verifier.open(kept)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Ledger]:
        """The ledger as it is now, for reading, whoever goes on appending meanwhile."""
        still = Ledger.open(self.uri, self._home)
        try:
            still._run("BEGIN")
            still._rows("SELECT 1 FROM meta")  # a snapshot is taken at the first read
            yield still
        finally:
            still._connection.close()

    @contextlib.contextmanager
    def still(self) -> Iterator[None]:
        """For a block, this ledger reads as it is now, whoever goes on appending meanwhile.

        Raises `LedgerError`. Not for appending within it.
        """
        with self._lock:
            self._rows("BEGIN")
            try:
                yield
            finally:
                with contextlib.suppress(*DATABASE_ERRORS):
                    self._run("ROLLBACK")

    def present(self) -> Checkpoint:
        """The newest checkpoint, if its signature holds, the stored tree bears it out, and it
        continues what was seen before; raises `LedgerError`, `LedgerRolledBackError`."""
        return self._follow(self.checkpoint()).checkpoint

    def checkpoint(self) -> bytes:
        """The newest signed note."""
        rows = self._rows("SELECT CAST(note AS BLOB) FROM checkpoint")
        if not rows:
            raise LedgerError(f"the ledger {self.uri} has no checkpoint", hint=_VERIFY)
        return bytes(rows[0][0])

    def entry(self, index: int) -> Entry:
        """One entry; raises `NotFoundError`."""
        rows = self._rows(f"{_ENTRIES} WHERE idx = ?", index)
        if not rows:
            raise NotFoundError(f"the ledger has no entry {index}")
        return Entry(*rows[0])

    def entries(self, start: int = 0, batch: int = 512) -> Iterator[Entry]:
        """Entries from `start` on, in order, as the table holds them."""
        while rows := self._rows(f"{_ENTRIES} WHERE idx >= ? ORDER BY idx LIMIT ?", start, batch):
            for row in rows:
                yield Entry(*row)
            start = rows[-1][0] + 1

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
        return merkle.root([self._node(level, index) for level, index in merkle.edge(size)])

    def nodes(self) -> dict[tuple[int, int], bytes]:
        """Every stored inner node."""
        rows = self._rows("SELECT level, idx, CAST(hash AS BLOB) FROM nodes")
        return {(level, index): node for level, index, node in rows}

    def range(self, start: int, end: int) -> list[Entry]:
        """The entries from `start` up to, and without, `end`."""
        rows = self._rows(f"{_ENTRIES} WHERE idx >= ? AND idx < ? ORDER BY idx", start, end)
        return [Entry(*row) for row in rows]

    def subtree(self, level: int, index: int) -> bytes:
        """The root over the leaves [index * 2^level, (index + 1) * 2^level), as it is stored;
        raises `LedgerError` where it is missing."""
        return self._node(level, index)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof (RFC 6962 section 2.1.2) that the log of `old` entries, at least one, is the
        beginning of that of `new`, from the stored nodes."""
        return merkle.consistency(old, new, self._node)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of entry `index` in the tree of `size`, from the stored nodes."""
        return merkle.inclusion(index, size, self._node)

    def tables(self) -> dict[str, str]:
        """What the database defines, by name: tables, and whatever else somebody added."""
        rows = self._rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {str(name): str(sql) for name, sql in rows}

    def damage(self) -> list[str]:
        """What the database itself finds wrong with its file, and cells of a foreign type."""
        told = [str(row[0]) for row in self._rows("PRAGMA integrity_check")]
        foreign = self._rows(_FOREIGN)
        return [line for line in told if line != "ok"] + [
            f"a value in {table} is not of its column's type" for (table,) in foreign
        ]

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
        return self._addresses.others(database_path(self.uri), self.origin)

    def close(self) -> None:
        """Keep the newest checkpoint, and let go of the database."""
        with self._lock:
            if self._pid == os.getpid() and not self._closed:
                self.keep()
                self._addresses.saw(database_path(self.uri), self.origin)
                self._connection.close()
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

    def _node(self, level: int, index: int) -> bytes:
        if level:
            sql = "SELECT CAST(hash AS BLOB) FROM nodes WHERE level = ? AND idx = ?"
            rows = self._rows(sql, level, index)
        else:
            rows = self._rows("SELECT CAST(leaf AS BLOB) FROM entries WHERE idx = ?", index)
        if not rows:
            raise LedgerError(f"the ledger lacks the tree node ({level}, {index})", hint=_VERIFY)
        return bytes(rows[0][0])

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        """All rows, fetched before another thread may use the connection."""
        try:
            with self._lock:
                return self._connection.execute(sql, parameters).fetchall()
        except DATABASE_ERRORS as error:
            raise LedgerError(f"cannot read the ledger {self.uri}: {error}") from error

    def _run(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return self._connection.execute(sql, parameters)


# Without a place for bytes that have one already.
_NEW_ENTRY = "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (leaf) DO NOTHING"
# As bytes, whatever was stored: text that is not UTF-8 could not be fetched, and not reported.
_ENTRIES = "SELECT idx, CAST(leaf AS BLOB), CAST(envelope AS BLOB) FROM entries"
_FOREIGN = """
    SELECT 'entries' FROM entries WHERE typeof(leaf) <> 'blob' OR typeof(envelope) <> 'blob'
    UNION SELECT 'nodes' FROM nodes
        WHERE typeof(level) <> 'integer' OR typeof(idx) <> 'integer' OR typeof(hash) <> 'blob'
    UNION SELECT 'checkpoint' FROM checkpoint WHERE typeof(note) <> 'blob'
"""
