"""A path becomes a connection to SQLite: in one way, whoever asks."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

LOCK_SECONDS: Final = 30.0
# The last is how Python says that SQLite's own message is not UTF-8: it may quote a damaged file.
ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)


def connect(path: Path, mode: str, *, immutable: bool = False) -> sqlite3.Connection:
    """One connection, `mode` as SQLite's URIs have it (`ro`, `rw`, `rwc`), in autocommit, so that BEGIN
    is said where it is meant. Its owner sees to it that one thread at a time uses it.

    Raises `ERRORS`, also where the file is none of SQLite's.
    """
    beside = "&immutable=1" if immutable else ""
    connection = sqlite3.connect(
        f"file:{quote(bytes(path))}?mode={mode}{beside}",
        uri=True,
        timeout=LOCK_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # A file from elsewhere may define views and triggers: they get to call nothing.
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()  # the first real read
    except BaseException:
        connection.close()
        raise
    return connection


def create(path: Path) -> None:
    """An empty file, its owner's alone, unless there is one; so are those that SQLite lays beside it.
    Raises OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
