"""Every cell, row and pair of rows of a database, found by its schema; and what to put there."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from typing import Any

import attrs

Row = tuple[Any, ...]


@attrs.frozen
class Table:
    """A table with its columns and those that name a row."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]

    def rows(self, database: sqlite3.Connection) -> list[Row]:
        return database.execute(f"SELECT * FROM {self.name}").fetchall()

    @property
    def where(self) -> str:
        return " AND ".join(f"{key} IS ?" for key in self.keys)

    def name_of(self, row: Row) -> Row:
        return tuple(row[self.columns.index(key)] for key in self.keys)


def tables(database: sqlite3.Connection) -> list[Table]:
    """Every table there is: a new one, or a new column, is walked without being named here."""
    found = []
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (name,) in database.execute(query).fetchall():
        columns = database.execute(f"PRAGMA table_info({name})").fetchall()
        keys = [column for _, column, *_, key in columns if key]
        names = tuple(column for _, column, *_ in columns)
        found.append(Table(name, names, tuple(keys) or names))
    return found


def mutants(value: Any) -> list[Any]:
    """Other values for a cell: of its type, of another, none."""
    if isinstance(value, int):
        return [value + 1, value - 1, value + 1000, -value - 1, value + 0.5, "text", b"\x00", None]
    if isinstance(value, str):
        return [value + "x", value[:-1], "", value.swapcase(), value[::-1], b"\xff", 7, None]
    if value is None:
        return ["text", 5, b"\x00"]
    middle = len(value) // 2
    flipped = value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
    return [flipped, value[:-1], value + b"\x00", value[::-1], b"", "text", 5, None]


def changes(
    database: sqlite3.Connection, values: int | None = None
) -> Iterator[tuple[str, str, list[tuple[str, Row]]]]:
    """(table, what is done, the statements that do it): each cell changed, each row deleted, each
    row doubled under another name, each two rows exchanged, column by column and as a whole. `values`: how many other values a cell gets, at most."""
    for table in tables(database):
        rows = table.rows(database)
        for row in rows:
            name = table.name_of(row)
            for column, value in zip(table.columns, row, strict=True):
                for mutant in mutants(value)[:values]:
                    if repr(mutant) != repr(value):
                        sql = f"UPDATE {table.name} SET {column} = ? WHERE {table.where}"
                        yield table.name, f"{column} changed", [(sql, (mutant, *name))]
            delete = f"DELETE FROM {table.name} WHERE {table.where}"
            yield table.name, "row deleted", [(delete, name)]
        yield table.name, "all rows deleted", [(f"DELETE FROM {table.name}", ())]
        for one, other in itertools.pairwise(rows):
            for at, column in enumerate(table.columns):
                if column in table.keys or one[at] == other[at]:
                    continue
                yield table.name, f"{column} swapped", _exchange(table, one, other, at)
            if any(column not in table.keys for column in table.columns):
                yield table.name, "rows swapped", _exchange(table, one, other, None)


def _exchange(table: Table, one: Row, other: Row, only: int | None) -> list[tuple[str, Row]]:
    """Both rows put anew, with each other's values: of one column, or all that name neither."""
    moved = [
        i
        for i, column in enumerate(table.columns)
        if column not in table.keys and only in (None, i)
    ]
    made = [
        tuple(theirs[i] if i in moved else own[i] for i in range(len(table.columns)))
        for own, theirs in ((one, other), (other, one))
    ]
    delete = f"DELETE FROM {table.name} WHERE {table.where}"
    insert = f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})"
    return [
        *((delete, table.name_of(row)) for row in (one, other)),
        *((insert, row) for row in made),
    ]
