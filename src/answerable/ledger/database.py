"""What a ledger asks of the database that its rows lie in, and which one an address means.

The ledger's SQL is written once, for both; what makes an append durable, serial and exclusive is
each database's own: docs/adr/0019-postgresql.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from answerable import late
from answerable.errors import LedgerError
from answerable.location import Location, SQLiteFile

# (level, index, hash) and (index, leaf, envelope).
Node = tuple[int, int, bytes]
Row = tuple[int, bytes, bytes]


class Database(Protocol):
    """One connection. Its owner sees to it that one thread at a time uses it."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What its methods raise."""
        ...

    @property
    def definitions(self) -> Mapping[str, str]:
        """What a ledger defines in it, by name."""
        ...

    @property
    def ends_with(self) -> str:
        """The SQL condition that a parameter's octets stand in the last 250 of an envelope."""
        ...

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """All rows that a query finds; `?` stands for a parameter."""
        ...

    def is_empty(self) -> bool:
        """True of a place without tables: nothing, or a ledger that is being made, in one
        transaction."""
        ...

    def make(self, meta: Iterable[tuple[str, str]], note: bytes) -> None:
        """Make the tables of a ledger and fill in their first rows, in an open transaction."""
        ...

    def begin_making(self) -> None:
        """Begin a transaction in which nobody else makes a ledger here."""
        ...

    def begin_appending(self, leaves: Sequence[bytes]) -> tuple[bytes | None, dict[bytes, int]]:
        """Begin a transaction in which nobody else appends, and ask all that an append asks: the newest
        signed note, None where there is none, and the places of those of the leaves that are there.
        What fails leaves no transaction open."""
        ...

    def begin_reading(self) -> None:
        """Begin a transaction that goes on seeing what its first query saw."""
        ...

    def commit(
        self, entries: Sequence[Row] = (), nodes: Sequence[Node] = (), note: bytes | None = None
    ) -> None:
        """Write entries, nodes and the new checkpoint, and end the transaction, durably."""
        ...

    def rollback(self) -> None:
        """End the transaction as if it had not been. Never raises."""
        ...

    def defined(self) -> dict[str, str]:
        """What is defined where the ledger is: tables, and whatever else somebody added."""
        ...

    def damage(self) -> list[str]:
        """What the database itself finds wrong with what it stores."""
        ...

    def is_lost(self) -> bool:
        """True if what was open is gone, or another, by now."""
        ...

    def told(self, error: Exception) -> str:
        """What one of its errors says, in a line and without a secret."""
        ...

    def refusal(self, error: Exception) -> LedgerError:
        """What one of its errors, at the first read, says of the place."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def opened(location: Location, *, write: bool) -> Database:
    """A connection. Raises `NotFoundError` where there is nothing to read, `NotALedgerError` for a
    place that holds something else, `LedgerError` for one that cannot be used, `MissingExtraError`
    without the driver."""
    if isinstance(location, SQLiteFile):
        with late.importing:
            from answerable.ledger.sqlite import SQLite

        return SQLite.open(location, write=write)
    with late.importing:
        from answerable.ledger.postgres import Postgres

    return Postgres.open(location, write=write)


def by_name(rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """What is defined under each name: all of it, since a trigger may go by the name of a table, and a
    constraint by that of another table's."""
    found: dict[str, str] = {}
    for name, told in rows:
        found[str(name)] = "\n".join(filter(None, (found.get(str(name)), str(told))))
    return found
