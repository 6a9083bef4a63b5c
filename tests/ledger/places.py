"""Where a ledger may lie, for tests that hold of both: a file, or a schema of a PostgreSQL database;
and what somebody can do there who does not ask the ledger."""

from __future__ import annotations

import secrets
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.ledger import Checkpoint, merkle

ORDER = {"meta": "key", "entries": "idx", "nodes": "level, idx", "checkpoint": "id"}


class Rows(ABC):
    """An open connection; `?` stands for a parameter, and each statement is committed at once."""

    @abstractmethod
    def __call__(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run it; what it finds."""


class Place(ABC):
    """Where one ledger lies."""

    def __init__(self, uri: str, *refusals: type[Exception]) -> None:
        """`refusals` are what the database says of a value that it does not take."""
        self.uri = uri
        self.refusals = refusals

    @abstractmethod
    def rows(self) -> Any:
        """A context manager for `Rows`."""

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one statement."""
        with self.rows() as run:
            found: list[Any] = run(sql, parameters)
            return found

    def copy(self) -> Mapping[str, list[Any]]:
        """Every row of every table."""
        with self.rows() as run:
            return {
                table: run(f"SELECT * FROM {table} ORDER BY {by}") for table, by in ORDER.items()
            }

    def restore(self, copy: Mapping[str, list[Any]]) -> None:
        """As a restoring tool does it while others have the ledger open."""
        with self.rows() as run:
            run("BEGIN")
            for table, rows in copy.items():
                run(f"DELETE FROM {table}")
                for row in rows:
                    run(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
            run("COMMIT")

    def rewrite(
        self,
        entries: Sequence[bytes],
        *,
        tree: bool = True,
        signer: tuple[str, Ed25519PrivateKey] | None = None,
    ) -> None:
        """Another history, with a tree that fits it, and a checkpoint if the log's key is had."""
        copy = dict(self.copy())
        leaves = [merkle.leaf_hash(data) for data in entries]
        copy["entries"] = [(n, leaves[n], data) for n, data in enumerate(entries)]
        peaks: list[bytes] = []
        nodes: list[Any] = []
        for index, leaf in enumerate(leaves):
            peaks, complete = merkle.grow(peaks, index, leaf)
            nodes += complete
        if tree:
            copy["nodes"] = nodes
        if signer is not None:
            origin, key = signer
            note = Checkpoint(origin, len(entries), merkle.root(peaks)).sign(key)
            copy["checkpoint"] = [(1, note)]
        self.restore(copy)


class FilePlace(Place):
    """An SQLite file."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}", sqlite3.IntegrityError)
        self.path = path

    @contextmanager
    def rows(self) -> Iterator[Rows]:
        connection = sqlite3.connect(self.path, isolation_level=None)

        class Here(Rows):
            def __call__(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
                return connection.execute(sql, parameters).fetchall()

        try:
            yield Here()
        finally:
            connection.close()


class SchemaPlace(Place):
    """A schema of its own in a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        import psycopg

        self.url = url
        self.schema = f"t{secrets.token_hex(6)}"
        refusals = psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError
        super().__init__(f"{url}?schema={self.schema}", *refusals)

    @contextmanager
    def rows(self) -> Iterator[Rows]:
        import psycopg

        options = f"-c search_path={self.schema}"
        with psycopg.connect(self.url, autocommit=True, options=options) as connection:

            class Here(Rows):
                def __call__(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
                    spelt = sql.replace("?", "%s").encode()
                    done = connection.execute(spelt, parameters or None)
                    return done.fetchall() if done.description else []

            yield Here()
