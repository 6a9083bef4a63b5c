"""Disclosures beside a ledger, each under its digest: in a file of their own, so that one can be erased
while the log stays what it is.

They are written before the record that withholds them is signed. A crash in between leaves a
disclosure that no record needs, and never a record whose disclosure is lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import attrs

from answerable import durable
from answerable.errors import CustodyError, LedgerError
from answerable.location import SQLiteFile, locate, stable
from answerable.privacy.disclosure import digest

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS disclosures (digest TEXT PRIMARY KEY, disclosure BLOB NOT NULL)"
)
_ERRORS = (sqlite3.Error, UnicodeDecodeError)
_LOCK_SECONDS = 30.0


@attrs.frozen
class Disclosures:
    """Those of the ledger at an address: `<ledger>.private` beside a file, else, and while that
    place cannot be written, a file under the home directory."""

    ledger: str
    home: Path

    def keep(self, disclosures: Iterable[bytes]) -> None:
        """Write them durably; raises `CustodyError` where that can be done nowhere."""
        rows = [(digest(each), each) for each in disclosures]
        failed: Exception | None = None
        for path in self._places():
            try:
                if path == self._at_home:
                    durable.make_folder(path.parent)
                with _open(path, "rwc") as database:
                    database.execute(_SCHEMA)
                    database.executemany("INSERT OR IGNORE INTO disclosures VALUES (?, ?)", rows)
                    path.chmod(0o600)
                if not self._seen.exists():
                    durable.create(self._seen, b"")
                return
            except (*_ERRORS, OSError) as error:
                failed = error
        raise CustodyError(
            f"what is private could be kept nowhere: {failed}",
            hint="nothing was recorded: free space, or set ANSWERABLE_HOME elsewhere",
        )

    def get(self, name: str) -> bytes | None:
        """The disclosure with that digest, as it is stored; raises `LedgerError`."""
        for path in self._places():
            try:
                if path.exists():
                    with _open(path, "ro") as database:
                        for (told,) in database.execute(_ONE, (name,)):
                            return bytes(told)
            except (*_ERRORS, OSError) as error:
                raise LedgerError(f"cannot read {path}: {error}") from error
        return None

    def forget(self, name: str) -> bool:
        """Delete the disclosure with that digest, and what SQLite would leave of it; True if there
        was one. Raises `LedgerError`."""
        found = False
        for path in self._places():
            try:
                if path.exists():
                    with _open(path, "rw") as database:
                        done = database.execute("DELETE FROM disclosures WHERE digest = ?", (name,))
                        found = found or done.rowcount > 0
            except (*_ERRORS, OSError) as error:
                raise LedgerError(f"cannot erase in {path}: {error}") from error
        return found

    def are_expected(self) -> bool:
        """True where this user has kept some, or there are some: what is missing then was removed."""
        return self._seen.exists() or any(path.exists() for path in self._places())

    @property
    def _at_home(self) -> Path:
        name = hashlib.sha256(stable(self.ledger).encode()).hexdigest()[:32]
        return self.home / "private" / f"{name}.db"

    @property
    def _seen(self) -> Path:
        return self._at_home.with_suffix(".kept")

    def _places(self) -> list[Path]:
        location = locate(self.ledger)
        if not isinstance(location, SQLiteFile):
            return [self._at_home]
        path = location.path
        return [path.with_name(f"{path.name}.private"), self._at_home]


_ONE = "SELECT CAST(disclosure AS BLOB) FROM disclosures WHERE digest = ?"


@contextlib.contextmanager
def _open(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """One transaction. No log of writes, so that what is deleted stands in no second file, and what
    is deleted is overwritten."""
    database = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=_LOCK_SECONDS
    )
    try:
        database.execute("PRAGMA trusted_schema=OFF")
        database.execute("PRAGMA secure_delete=ON")
        database.execute("PRAGMA synchronous=FULL")
        with database:
            yield database
    finally:
        database.close()
