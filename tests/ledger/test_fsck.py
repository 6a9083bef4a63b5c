"""Whatever is changed in a ledger's file is a fault, or provably no part of the ledger."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable.errors import LedgerError
from answerable.ledger import Fault, Ledger, fsck
from answerable.signing import Keyring
from tests.ledger.tampering import copy_of, restore, rewrite

SIZE = 11


@attrs.frozen
class Whole:
    """A ledger that nobody has changed, as a file, and what was appended to it."""

    path: Path
    home: Path
    entries: list[bytes]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    entries = [b"an envelope, the %dth" % n for n in range(SIZE)]
    ledger = Ledger.open_or_create(str(folder / "a.db"), folder / "home")
    for data in entries:
        ledger.append(data)
    ledger.close()
    return Whole(folder / "a.db", folder / "home", entries)


@pytest.fixture
def changed(whole: Whole, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy, to be changed by whoever can write the file; the ledger itself is not told."""
    shutil.copy(whole.path, tmp_path / "a.db")
    connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    yield connection
    connection.close()


def test_a_ledger_that_nobody_changed_has_no_fault(whole: Whole, tmp_path: Path) -> None:
    shutil.copy(whole.path, tmp_path / "a.db")

    assert _faults(whole, tmp_path) == []
    assert _faults(whole, tmp_path, home=tmp_path / "a home that never saw it") == []


def test_an_empty_ledger_has_no_fault(tmp_path: Path, home: Path) -> None:
    ledger = Ledger.open_or_create(str(tmp_path / "a.db"), home)

    assert list(fsck(ledger)) == []
    ledger.close()


def test_every_cell_of_every_table_matters(
    whole: Whole, tmp_path: Path, changed: sqlite3.Connection
) -> None:
    unnoticed = []
    tried = 0
    for table, column, row, value in _cells(changed):
        for mutant in _mutants(value):
            changed.execute("SAVEPOINT before")
            try:
                changed.execute(
                    f"UPDATE {table} SET {column} = ? WHERE {row[0]}", (mutant, *row[1])
                )
            except sqlite3.IntegrityError:  # the database itself refuses it
                changed.execute("ROLLBACK TO before")
                changed.execute("RELEASE before")
                continue
            changed.execute("RELEASE before")
            tried += 1
            if not _faults(whole, tmp_path):
                unnoticed.append((table, column, row, mutant))
            changed.execute(
                f"UPDATE {table} SET {column} = ? WHERE {row[0]}",
                (value, *_moved(row, column, mutant)),
            )
            assert _faults(whole, tmp_path) == [], "it was put back as it was"

    assert unnoticed == []
    assert tried > 3 * SIZE * 2


def test_a_changed_envelope_is_named_by_its_place(
    whole: Whole, tmp_path: Path, changed: sqlite3.Connection
) -> None:
    for index in range(SIZE):
        changed.execute("UPDATE entries SET envelope = envelope || x'00' WHERE idx = ?", (index,))

        found = _faults(whole, tmp_path)
        assert Fault("leaf", "the stored bytes do not give the stored leaf hash", index) in found
        changed.execute(
            "UPDATE entries SET envelope = ? WHERE idx = ?", (whole.entries[index], index)
        )


def test_all_faults_are_told_and_not_the_first(
    whole: Whole, tmp_path: Path, changed: sqlite3.Connection
) -> None:
    changed.execute("UPDATE entries SET envelope = x'00' || idx WHERE idx IN (2, 5, 7)")

    found = _faults(whole, tmp_path)
    assert [fault.index for fault in found if fault.code == "leaf"] == [2, 5, 7]
    assert {fault.code for fault in found} == {"database", "leaf", "tree-node", "root", "rewritten"}


LEAF = "the stored bytes do not give the stored leaf hash"
ROOT = "the entries do not give the root that the checkpoint signs"
SEEN = "the first 11 entries are not those that were seen before"


def node(level: int, index: int) -> tuple[str, str, None]:
    return "tree-node", f"the stored tree node {(level, index)} is not what the entries give", None


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE entries SET idx = -5 WHERE idx = 0",
            [("index", "entry -5 stands at place 0", -5)],
        ),
        (
            "DELETE FROM entries WHERE idx = 9",
            [
                ("index", "entry 10 stands at place 9", 10),
                node(1, 4),
                ("size", "the checkpoint covers 11 entries, the ledger holds 10", None),
                ("truncated", "11 entries were seen before, 10 are left", None),
            ],
        ),
        (
            (
                "UPDATE entries SET envelope = (SELECT envelope FROM entries WHERE idx = 2)"
                " WHERE idx IN (4, 10)"
            ),
            [
                ("leaf", LEAF, 4),
                ("duplicate", "the same bytes as entry 2", 4),
                ("leaf", LEAF, 10),
                ("duplicate", "the same bytes as entry 2", 10),
                node(1, 2),
                node(2, 1),
                node(3, 0),
                ("root", ROOT, None),
                ("rewritten", SEEN, None),
            ],
        ),
        ("UPDATE nodes SET hash = zeroblob(32) WHERE level = 1 AND idx = 2", [node(1, 2)]),
        ("DELETE FROM nodes WHERE level = 2 AND idx = 1", [node(2, 1)]),
        ("INSERT INTO nodes VALUES (4, 0, zeroblob(32))", [node(4, 0)]),
        (
            "UPDATE meta SET value = 'another' WHERE key = 'origin'",
            [("origin", "the ledger calls its log another, its key {origin}", None)],
        ),
        (
            "CREATE VIEW v AS SELECT 1",
            [("schema", "the database defines v otherwise than a ledger does", None)],
        ),
        (
            "UPDATE entries SET leaf = '12345678901234567890123456789012' WHERE idx = 10",
            [
                ("database", "a value in entries is not of its column's type", None),
                ("leaf", LEAF, 10),
            ],
        ),
        ("DELETE FROM checkpoint", [("checkpoint", "the ledger {path} has no checkpoint", None)]),
        (
            "DROP TABLE nodes",
            [
                ("schema", "the database defines nodes otherwise than a ledger does", None),
                ("unreadable", "cannot read the ledger {path}: no such table: nodes", None),
            ],
        ),
    ],
)
def test_a_fault_says_what_is_wrong_and_where_and_nothing_else_is_told(
    whole: Whole,
    tmp_path: Path,
    changed: sqlite3.Connection,
    statement: str,
    told: list[tuple[str, str, int | None]],
) -> None:
    ((origin,),) = changed.execute("SELECT value FROM meta WHERE key = 'origin'").fetchall()
    changed.execute(statement)
    found = _faults(whole, tmp_path)

    path = tmp_path / "a.db"
    wanted = [(code, said.format(origin=origin, path=path), at) for code, said, at in told]
    # SQLite says of its own which rows an index of its own misses; that is its wording.
    codes = {code for code, *_ in wanted}
    assert [(f.code, f.message, f.index) for f in found if f.code in codes] == wanted
    assert {f.code for f in found} <= codes | {"database"}


@pytest.mark.parametrize("index", range(SIZE))
def test_every_entry_that_is_deleted_is_missed(
    whole: Whole, tmp_path: Path, changed: sqlite3.Connection, index: int
) -> None:
    changed.execute("DELETE FROM entries WHERE idx = ?", (index,))

    assert "size" in {fault.code for fault in _faults(whole, tmp_path)}


def test_every_other_row_that_is_deleted_is_missed(
    whole: Whole, tmp_path: Path, changed: sqlite3.Connection
) -> None:
    rows = {(table, *row) for table, _, row, _ in _cells(changed) if table != "entries"}
    for table, where, values in rows:
        changed.execute("BEGIN")
        (kept,) = changed.execute(f"SELECT * FROM {table} WHERE {where}", values).fetchall()
        changed.execute(f"DELETE FROM {table} WHERE {where}", values)
        changed.execute("COMMIT")

        assert _faults(whole, tmp_path), (table, where, values)

        changed.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(kept))})", kept)
    assert _faults(whole, tmp_path) == []
    assert len(rows) == 3 + 1 + 8  # meta, checkpoint, and the inner nodes over eleven leaves


@pytest.mark.parametrize("recompute", [False, True], ids=["bytes only", "with every hash"])
@pytest.mark.parametrize(
    "change",
    [
        lambda entries: [entries[1], entries[0], *entries[2:]],
        lambda entries: [*entries[:4], entries[9], *entries[5:9], entries[4], entries[10]],
        lambda entries: entries[:-1],
        lambda entries: entries[:3],
        lambda _: [],
        lambda entries: entries[1:],
        lambda entries: [*entries[:5], *entries[6:]],
        lambda entries: [*entries, b"an entry too many"],
        lambda entries: [*entries[:5], b"an entry too many", *entries[5:]],
        lambda entries: [*entries[:5], b"another entry", *entries[6:]],
    ],
    ids=[
        "first two swapped",
        "two swapped",
        "last gone",
        "tail gone",
        "all gone",
        "first gone",
        "middle gone",
        "one appended",
        "one inserted",
        "one exchanged",
    ],
)
def test_a_history_put_in_place_without_the_logs_key_is_found_out(
    whole: Whole, tmp_path: Path, change: Any, recompute: bool
) -> None:
    shutil.copy(whole.path, tmp_path / "a.db")
    rewrite(tmp_path / "a.db", change(whole.entries), tree=recompute)

    # Nothing but the log's own signature is needed for it: no kept checkpoint, no other witness.
    assert _faults(whole, tmp_path, home=tmp_path / "a home that never saw it")


@pytest.mark.parametrize("left", range(SIZE))
def test_an_older_copy_of_the_whole_file_is_found_out(
    tmp_path: Path, home: Path, left: int
) -> None:
    path = tmp_path / "a.db"
    ledger = Ledger.open_or_create(str(path), home)
    for n in range(left):
        ledger.append(b"%d" % n)
    older = copy_of(path)
    for n in range(left, SIZE):
        ledger.append(b"%d" % n)
    ledger.close()
    restore(path, older)

    reader = Ledger.open(str(path), home)
    assert [fault.code for fault in fsck(reader)] == ["truncated"]
    reader.close()


def test_a_rewritten_and_longer_history_is_found_out_even_with_the_logs_key(
    whole: Whole, tmp_path: Path
) -> None:
    shutil.copy(whole.path, tmp_path / "a.db")
    ledger = Ledger.open(str(whole.path), whole.home)
    entries = [*whole.entries[:4], b"another entry", *whole.entries[5:], b"and one more"]
    key = Keyring(whole.home).log_key(ledger.origin)
    rewrite(tmp_path / "a.db", entries, signer=(ledger.origin, key))
    ledger.close()

    assert [fault.code for fault in _faults(whole, tmp_path)] == ["rewritten"]
    # Who never saw the log before cannot know it.
    assert _faults(whole, tmp_path, home=tmp_path / "another home") == []


@pytest.mark.parametrize(
    ("size", "name", "told"),
    [
        (b"\n10\n", "10.checkpoint", "the checkpoint's signature does not verify"),
        (b"\n10\n", "11.checkpoint", "it is one of 10 entries, and kept as 11.checkpoint"),
        # What is longer holds with it, and none that is larger would be kept in its place.
        (b"\n11\n", "99.checkpoint", "it is one of 11 entries, and kept as 99.checkpoint"),
    ],
)
def test_a_kept_checkpoint_that_was_tampered_with_is_a_fault(
    whole: Whole, tmp_path: Path, size: bytes, name: str, told: str
) -> None:
    shutil.copy(whole.path, tmp_path / "a.db")
    home = tmp_path / "home"
    shutil.copytree(whole.home, home)
    (kept,) = (home / "checkpoints").rglob("*.checkpoint")
    kept.write_bytes(kept.read_bytes().replace(b"\n11\n", size))
    kept.rename(kept.with_name(name))

    (fault,) = _faults(whole, tmp_path, home=home)
    wanted = f"the checkpoint kept on this machine: {told}"
    assert (fault.code, fault.message) == ("kept-checkpoint", wanted)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries WHERE idx = 0; END",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE more (a)",
        "CREATE INDEX i ON entries (envelope)",
        "ALTER TABLE entries ADD COLUMN hidden TEXT",
    ],
)
def test_what_was_added_to_the_database_is_a_fault(
    whole: Whole, tmp_path: Path, changed: sqlite3.Connection, statement: str
) -> None:
    changed.execute(statement)

    assert "schema" in {fault.code for fault in _faults(whole, tmp_path)}


def test_random_bytes_in_the_file_are_a_fault_or_change_nothing_of_the_ledger(
    whole: Whole, tmp_path: Path
) -> None:
    chance = random.Random(20261103)  # noqa: S311  # the same mutants each time
    data = whole.path.read_bytes()
    noticed = 0
    for _ in range(400):
        mutant = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 4, 64))):
            mutant[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (tmp_path / "a.db").write_bytes(mutant)

        found = _faults(whole, tmp_path)
        noticed += bool(found)
        if not found:
            reader = Ledger.open(str(tmp_path / "a.db"), whole.home)
            assert [entry.envelope for entry in reader.entries()] == whole.entries
            assert reader.size() == SIZE
            reader.close()
    assert noticed > 40  # most of a file of pages is empty


@pytest.mark.parametrize("page", range(12))
def test_a_page_of_the_file_that_is_lost_is_a_fault(
    whole: Whole, tmp_path: Path, page: int
) -> None:
    data = bytearray(whole.path.read_bytes())
    pages = len(data) // 4096
    page %= pages
    data[page * 4096 : (page + 1) * 4096] = bytes(4096)
    (tmp_path / "a.db").write_bytes(data)

    assert _faults(whole, tmp_path)


@pytest.mark.parametrize("cut", [1, 100, 4096, 9000])
def test_a_file_that_was_cut_off_is_a_fault(whole: Whole, tmp_path: Path, cut: int) -> None:
    (tmp_path / "a.db").write_bytes(whole.path.read_bytes()[:-cut])

    assert _faults(whole, tmp_path)


def _faults(whole: Whole, folder: Path, *, home: Path | None = None) -> list[Fault]:
    """What is found wrong with the copy in `folder`; being no ledger any more counts as well."""
    try:
        ledger = Ledger.open(str(folder / "a.db"), home or whole.home)
    except LedgerError as error:
        return [Fault(error.code, error.message)]
    try:
        return list(fsck(ledger))
    finally:
        ledger.close()


def _cells(
    connection: sqlite3.Connection,
) -> list[tuple[str, str, tuple[str, tuple[Any, ...]], Any]]:
    """(table, column, (condition, values), value) of every cell, as the schema gives them."""
    found = []
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        keys = [name for _, name, _, _, _, key in columns if key]
        where = " AND ".join(f"{key} = ?" for key in keys)
        for values in connection.execute(f"SELECT {', '.join(keys)} FROM {table}").fetchall():
            for _, column, *_ in columns:
                (value,) = connection.execute(
                    f"SELECT {column} FROM {table} WHERE {where}", values
                ).fetchone()
                found.append((table, column, (where, values), value))
    return found


def _mutants(value: Any) -> list[Any]:
    if isinstance(value, int):
        return [value + 1, value - 1, value + 1000, -value - 1, value + 0.5, "text", b"\x00"]
    if isinstance(value, str):
        return [value + "x", value[:-1], "", value.swapcase(), b"\xff"]
    middle = len(value) // 2
    flipped = value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
    return [flipped, value[:-1], value + b"\x00", b"", "text", 5]


def _moved(row: tuple[str, tuple[Any, ...]], column: str, mutant: Any) -> tuple[Any, ...]:
    """The row's key after the change, which may have been to the key itself."""
    names = [part.removesuffix(" = ?") for part in row[0].split(" AND ")]
    return tuple(mutant if name == column else v for name, v in zip(names, row[1], strict=True))


def test_a_trigger_does_not_hide_behind_the_name_of_a_table(
    whole: Whole, tmp_path: Path, changed: sqlite3.Connection
) -> None:
    """SQLite lets it have that name; and what is made later stands behind it."""
    ((made,),) = changed.execute("SELECT sql FROM sqlite_master WHERE name = 'checkpoint'")
    for statement in (
        "CREATE TABLE put_by AS SELECT * FROM checkpoint",
        "DROP TABLE checkpoint",
        "CREATE TRIGGER checkpoint AFTER INSERT ON entries BEGIN DELETE FROM nodes; END",
        made,
        "INSERT INTO checkpoint SELECT * FROM put_by",
        "DROP TABLE put_by",
    ):
        changed.execute(statement)

    told = "the database defines checkpoint otherwise than a ledger does"
    assert _faults(whole, tmp_path) == [Fault("schema", told)]


def test_an_entry_at_the_last_index_that_a_table_can_hold_is_in_the_wrong_place(
    whole: Whole, tmp_path: Path, changed: sqlite3.Connection
) -> None:
    last = 2**63 - 1
    changed.execute("UPDATE entries SET idx = ? WHERE idx = 10", (last,))

    assert ("index", last) in {(fault.code, fault.index) for fault in _faults(whole, tmp_path)}
