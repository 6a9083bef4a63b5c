"""The ledger's tables, how they are made, and how a ledger is told from another database."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

import attrs

from answerable.errors import LedgerError, MalformedError, NotALedgerError
from answerable.ledger import merkle
from answerable.ledger.checkpoint import Checkpoint, LogVerifier
from answerable.ledger.engine import (
    DATABASE_ERRORS,
    DamagedLedgerError,
    OtherFormatError,
    make_durable,
    refusal,
)
from answerable.signing.keys import Keyring

FORMAT = "answerable-ledger/1"

TABLES = {
    "meta": "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "entries": (
        "CREATE TABLE entries"
        " (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL UNIQUE, envelope BLOB NOT NULL)"
    ),
    "nodes": (
        "CREATE TABLE nodes (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,"
        " PRIMARY KEY (level, idx)) WITHOUT ROWID"
    ),
    "checkpoint": (
        "CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), note BLOB NOT NULL)"
    ),
}


@attrs.frozen
class Meta:
    """What the ledger says of itself: its log's key, and (again) its log's name."""

    verifier: LogVerifier
    origin: str | None


def read_meta(connection: sqlite3.Connection, uri: str) -> Meta:
    """Raises `NotALedgerError` for another database, `DamagedLedgerError` for what is left of a
    ledger, `LedgerError` where it cannot be read."""
    try:
        rows = connection.execute("SELECT key, value FROM meta").fetchall()
    except DATABASE_ERRORS as error:
        if _was_one(connection):
            raise DamagedLedgerError(f"the ledger {uri} is damaged: {error}") from error
        raise refusal(error, uri) from error
    meta = {str(key): str(value) for key, value in rows}
    if meta.get("format") != FORMAT:
        if _was_one(connection):
            raise OtherFormatError(f"not a ledger of format {FORMAT}, though once one: {uri}")
        raise NotALedgerError(f"not a ledger of format {FORMAT}: {uri}")
    try:
        return Meta(LogVerifier.from_vkey(meta["vkey"]), meta.get("origin"))
    except (KeyError, MalformedError) as error:
        raise DamagedLedgerError(f"the ledger {uri} does not say its log's key: {error}") from error


def _was_one(connection: sqlite3.Connection) -> bool:
    """True of a database that still has the tables which only a ledger has together."""
    try:
        rows = connection.execute("SELECT name FROM sqlite_master").fetchall()
    except DATABASE_ERRORS:
        return False
    return {"entries", "nodes", "checkpoint"} <= {name for (name,) in rows}


def create_if_empty(connection: sqlite3.Connection, path: Path, keys: Keyring) -> None:
    """Make the tables and the log's key unless there are tables; the loser of a race finds the
    winner's. Raises `LedgerError`, or `ConfigurationError` where the key cannot be kept."""
    run = connection.execute
    try:
        if is_empty(connection):
            make_durable(connection)
            run("BEGIN IMMEDIATE")
            try:
                if is_empty(connection):
                    _create(connection, keys)
                run("COMMIT")
            except BaseException:
                run("ROLLBACK")
                raise
    except DATABASE_ERRORS as error:
        raise LedgerError(f"cannot make a ledger at {path}: {error}") from error


def is_empty(connection: sqlite3.Connection) -> bool:
    """True of a database without tables: nothing, or a ledger that is being made, in one
    transaction. Raises `LedgerError` where that cannot be read."""
    try:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DATABASE_ERRORS as error:
        raise LedgerError(f"cannot read the ledger: {error}") from error
    return not tables


def _create(connection: sqlite3.Connection, keys: Keyring) -> None:
    run = connection.execute
    for table in TABLES.values():
        run(table)
    origin = f"answerable.example.org/log/{secrets.token_hex(8)}"
    # On disk before the ledger is: a key too many is harmless, a ledger without one is closed.
    key = keys.create_log_key(origin)
    vkey = LogVerifier.of(origin, key).vkey()
    for row in (("format", FORMAT), ("origin", origin), ("vkey", vkey)):
        run("INSERT INTO meta VALUES (?, ?)", row)
    note = Checkpoint(origin, 0, merkle.EMPTY_ROOT).sign(key)
    run("INSERT INTO checkpoint VALUES (1, ?)", (note,))
