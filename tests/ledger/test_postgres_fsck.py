"""What somebody changes in a ledger's schema in PostgreSQL is a fault, as it is in a file: every cell,
every row, and whatever could make a table answer otherwise than its rows do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable.errors import LedgerError
from answerable.ledger import Ledger, fsck
from answerable.signing import Keyring
from tests.ledger.places import ORDER, SchemaPlace

SIZE = 5
COLUMNS = {
    "meta": ("key", "value"),
    "entries": ("idx", "leaf", "envelope"),
    "nodes": ("level", "idx", "hash"),
    "checkpoint": ("id", "note"),
}


@attrs.frozen
class Whole:
    place: SchemaPlace
    home: Path
    copy: Any

    def faults(self, home: Path | None = None) -> list[str]:
        """The codes of what is found; being no ledger any more counts as well."""
        try:
            ledger = Ledger.open(self.place.uri, home or self.home)
        except LedgerError as error:
            return [error.code]
        try:
            return [fault.code for fault in fsck(ledger)]
        finally:
            ledger._database.close()  # keeping nothing


@pytest.fixture
def whole(postgres_database: str, tmp_path: Path) -> Whole:
    place = SchemaPlace(postgres_database)
    ledger = Ledger.open_or_create(place.uri, tmp_path / "home")
    for n in range(SIZE):
        ledger.append(b"an envelope, the %dth" % n)
    ledger.close()
    return Whole(place, tmp_path / "home", place.copy())


def test_every_cell_of_every_table_matters(whole: Whole) -> None:
    assert whole.faults() == []
    tried, unnoticed = 0, []
    for table, columns in COLUMNS.items():
        for row in whole.copy[table]:
            for at, value in enumerate(row):
                for mutant in _mutants(value):
                    changed = (*row[:at], mutant, *row[at + 1 :])
                    if not _put(whole, table, row, changed):
                        continue  # the database itself refuses it
                    tried += 1
                    if not whole.faults():
                        unnoticed.append((table, columns[at], value, mutant))
                    assert _put(whole, table, changed, row)
    assert unnoticed == []
    assert tried > 60
    assert whole.faults() == []


def test_every_row_that_is_deleted_is_missed(whole: Whole) -> None:
    for table in COLUMNS:
        for row in whole.copy[table]:
            where, values = _where(table, row)
            whole.place.change(f"DELETE FROM {table} WHERE {where}", values)
            assert whole.faults(), (table, row)
            whole.place.restore(whole.copy)
    assert whole.faults() == []


def test_another_history_is_found_out_with_and_without_the_logs_key(whole: Whole) -> None:
    entries = [row[2] for row in whole.copy["entries"]]
    stranger = whole.home / "of a stranger"
    for changed in (entries[:-1], entries[::-1], [*entries, b"more"], []):
        whole.place.rewrite(changed)
        assert whole.faults(stranger), "by the log's signature alone"
        whole.place.restore(whole.copy)
    ledger = Ledger.open(whole.place.uri, whole.home)
    signer = ledger.origin, Keyring(whole.home).log_key(ledger.origin)
    ledger._database.close()
    whole.place.rewrite([*entries[:2], b"another", *entries[3:], b"more"], signer=signer)

    assert whole.faults() == ["rewritten"]
    assert whole.faults(stranger) == []  # who never saw the log before cannot know it


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE VIEW v AS SELECT 1",),
        ("CREATE TABLE more (a int)",),
        ("CREATE INDEX i ON entries (envelope)",),
        ("ALTER TABLE entries ADD COLUMN hidden text",),
        ("ALTER TABLE entries ALTER COLUMN envelope SET DEFAULT 'x'",),
        ("ALTER TABLE entries DROP CONSTRAINT entries_leaf_key",),
        ("ALTER TABLE checkpoint DROP CONSTRAINT checkpoint_id_check",),
        ("ALTER TABLE entries ENABLE ROW LEVEL SECURITY",),
        ("CREATE POLICY p ON entries USING (idx < 3)",),
        ("CREATE RULE r AS ON INSERT TO entries DO INSTEAD NOTHING",),
        ("CREATE TABLE public.child_{schema} () INHERITS (entries)",),
        ("ALTER TABLE entries SET UNLOGGED",),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER t BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION f()",
        ),
        ("ALTER TABLE entries RENAME TO old", "CREATE VIEW entries AS SELECT * FROM old"),
        ("ALTER TABLE entries ADD CONSTRAINT checkpoint_id_check CHECK (idx < 1000)",),
        ('CREATE VIEW "constraint meta_pkey" AS SELECT 1',),
    ],
    ids=lambda statements: " ".join(statements[-1].split()[:6]),
)
def test_what_could_make_a_table_lie_is_a_fault(whole: Whole, statements: Sequence[str]) -> None:
    for statement in statements:
        whole.place.change(statement.format(schema=whole.place.schema))

    assert "schema" in whole.faults()


def _mutants(value: Any) -> list[Any]:
    if isinstance(value, int):
        return [value + 1, -value - 1, value + 1000]
    if isinstance(value, str):
        return [value + "x", value[:-1], value.swapcase()]
    return [value[:-1] + bytes([value[-1] ^ 1]), value[:-1], value + b"\x00", b""]


def _put(whole: Whole, table: str, before: Sequence[Any], after: Sequence[Any]) -> bool:
    where, values = _where(table, before)
    columns = ", ".join(f"{name} = ?" for name in COLUMNS[table])
    try:
        whole.place.change(f"UPDATE {table} SET {columns} WHERE {where}", (*after, *values))
    except whole.place.refusals:
        return False
    return True


def _where(table: str, row: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    keys = ORDER[table].split(", ")
    values = tuple(row[COLUMNS[table].index(key)] for key in keys)
    return " AND ".join(f"{key} = ?" for key in keys), values
