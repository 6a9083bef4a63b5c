"""How a path becomes a connection to SQLite, and how its commits become durable.

SQLite is spoken to directly: docs/adr/0009-sqlite-itself.md.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from answerable.errors import ConfigurationError, LedgerError, NotALedgerError
from answerable.location import SQLiteFile, locate
from answerable.stores import sqlite
from answerable.stores.sqlite import LOCK_SECONDS

DATABASE_ERRORS = sqlite.ERRORS


class DamagedLedgerError(LedgerError):
    """What is left of a ledger: it was one, and cannot be read as one any more."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="run `answerable verify`; restore the file from a copy")


class OtherFormatError(NotALedgerError):
    """It has a ledger's tables, and does not say that it is of the format that is known here."""


def database_path(uri: str) -> Path:
    """The file that a `sqlite:///` address or a plain path names; raises `ConfigurationError`."""
    location = locate(uri)
    if not isinstance(location, SQLiteFile):
        raise ConfigurationError(f"{location.shown} is no file")
    return location.path


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """One connection, in autocommit: transactions are opened by hand, so that the write lock is
    taken at the beginning (BEGIN IMMEDIATE). Nothing that is there is changed.

    Raises `NotALedgerError` for a directory or a file that is no database, `LedgerError` for a
    place that cannot be written or read.
    """
    if path.is_dir():
        raise NotALedgerError(f"{path} is a directory, not a ledger")
    if write and not path.parent.is_dir():
        raise LedgerError(
            f"cannot make a ledger in {path.parent}: no such directory",
            hint=f"mkdir -p {path.parent}",
        )
    try:
        return sqlite.connect(path, "rwc" if write else "ro")
    except DATABASE_ERRORS as error:
        # In a directory that cannot be written, SQLite reads a WAL database only when told that
        # nobody else writes it; which is so when no log of writes lies beside it.
        if not write and _is_closed(str(error)) and not _log_of(path).exists():
            try:
                return sqlite.connect(path, "ro", immutable=True)
            except DATABASE_ERRORS as second:
                raise refusal(second, path) from second
        raise refusal(error, path) from error


def make_durable(connection: sqlite3.Connection) -> None:
    """From now on, a commit that returns survives a crash. Raises a database error."""
    # Switching to WAL ignores the busy time-out, so two first users may meet here.
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.005)
    connection.execute("PRAGMA synchronous=FULL")
    # On macOS, fsync alone leaves the bytes in the drive's cache. Elsewhere this does nothing.
    connection.execute("PRAGMA fullfsync=ON")


def refusal(error: Exception, place: object) -> LedgerError:
    """What a database error at `place` says of the ledger."""
    told = str(error)
    if "not a database" in told or "no such table" in told or "no such column" in told:
        return NotALedgerError(f"{place} is not a ledger ({told})")
    if "malformed" in told:
        return DamagedLedgerError(f"the ledger {place} is damaged: {told}")
    return LedgerError(f"cannot use the ledger {place}: {told}")


def _is_closed(told: str) -> bool:
    return "unable to open" in told or "readonly" in told


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
