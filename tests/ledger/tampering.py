"""What somebody can do to a ledger who can write its file and does not ask the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.ledger import Checkpoint, merkle


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as a plain database, each statement committed at once."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def change(path: Path, *statements: str) -> None:
    """Run SQL on the file."""
    with database(path) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


def copy_of(path: Path) -> bytes:
    """The whole content as one file."""
    change(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def restore(path: Path, data: bytes) -> None:
    """Put a copy's content in, as a restoring tool does while others have the file open."""
    copy = path.with_suffix(".copy")
    copy.write_bytes(data)
    with database(copy) as source, database(path) as target:
        source.backup(target)
    copy.unlink()


def rewrite(
    path: Path,
    entries: Sequence[bytes],
    *,
    tree: bool = True,
    signer: tuple[str, Ed25519PrivateKey] | None = None,
) -> None:
    """Put another history in, with a tree that fits it, and a checkpoint if the log's key is had."""
    peaks: list[bytes] = []
    with database(path) as connection:
        # At once: a commit for each row is most of what a test that rewrites often would wait for.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.execute("DELETE FROM entries")
        if tree:
            connection.execute("DELETE FROM nodes")
        for index, data in enumerate(entries):
            leaf = merkle.leaf_hash(data)
            connection.execute("INSERT INTO entries VALUES (?, ?, ?)", (index, leaf, data))
            peaks, complete = merkle.grow(peaks, index, leaf)
            if tree:
                connection.executemany("INSERT INTO nodes VALUES (?, ?, ?)", complete)
        if signer is not None:
            origin, key = signer
            note = Checkpoint(origin, len(entries), merkle.root(peaks)).sign(key)
            connection.execute("UPDATE checkpoint SET note = ?", (note,))
        connection.execute("COMMIT")
