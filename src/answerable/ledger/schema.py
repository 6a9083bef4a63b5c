"""How a ledger is made, and how one is told from another database."""

from __future__ import annotations

import secrets

import attrs

from answerable.errors import LedgerError, MalformedError, NotALedgerError
from answerable.ledger import merkle
from answerable.ledger.checkpoint import Checkpoint, LogVerifier
from answerable.ledger.database import Database
from answerable.ledger.engine import DamagedLedgerError, OtherFormatError
from answerable.signing.keys import Keyring

FORMAT = "answerable-ledger/1"


@attrs.frozen
class Meta:
    """What the ledger says of itself: its log's key, and (again) its log's name."""

    verifier: LogVerifier
    origin: str | None


def read_meta(database: Database, place: str) -> Meta:
    """Raises `NotALedgerError` for another database, `DamagedLedgerError` for what is left of a
    ledger, `LedgerError` where it cannot be read."""
    try:
        rows = database.rows("SELECT key, value FROM meta")
    except database.errors as error:
        if _was_one(database):
            raise DamagedLedgerError(
                f"the ledger {place} is damaged: {database.told(error)}"
            ) from error
        raise database.refusal(error) from error
    meta = {str(key): str(value) for key, value in rows}
    if meta.get("format") != FORMAT:
        if _was_one(database):
            said = repr(meta.get("format"))[:60]
            raise OtherFormatError(
                f"the ledger {place} is of the format {said}, and this version reads {FORMAT}",
                hint="read it with the version that wrote it; if that was this one, it was changed",
            )
        raise NotALedgerError(f"not a ledger of format {FORMAT}: {place}")
    try:
        return Meta(LogVerifier.from_vkey(meta["vkey"]), meta.get("origin"))
    except (KeyError, MalformedError) as error:
        told = f"the ledger {place} does not say its log's key: {error}"
        raise DamagedLedgerError(told) from error


def _was_one(database: Database) -> bool:
    """True of a database that still has the tables which only a ledger has together."""
    try:
        return {"entries", "nodes", "checkpoint"} <= database.defined().keys()
    except database.errors:
        return False


def create_if_empty(database: Database, place: str, keys: Keyring) -> None:
    """Make the tables and the log's key unless there are tables; the loser of a race finds the
    winner's. Raises `LedgerError`, or `ConfigurationError` where the key cannot be kept."""
    if not is_empty(database):
        return
    try:
        database.begin_making()
        try:
            if database.is_empty():
                _create(database, keys)
            database.commit()
        except BaseException:
            database.rollback()
            raise
    except database.errors as error:
        raise LedgerError(f"cannot make a ledger at {place}: {database.told(error)}") from error


def is_empty(database: Database) -> bool:
    """True of a place without tables; raises `LedgerError` where that cannot be read."""
    try:
        return database.is_empty()
    except database.errors as error:
        raise LedgerError(f"cannot read the ledger: {database.told(error)}") from error


def _create(database: Database, keys: Keyring) -> None:
    origin = f"answerable.example.org/log/{secrets.token_hex(8)}"
    # On disk before the ledger is: a key too many is harmless, a ledger without one is closed.
    key = keys.create_log_key(origin)
    vkey = LogVerifier.of(origin, key).vkey()
    note = Checkpoint(origin, 0, merkle.EMPTY_ROOT).sign(key)
    database.make((("format", FORMAT), ("origin", origin), ("vkey", vkey)), note)
