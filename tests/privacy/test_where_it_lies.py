"""What can be erased lies beside the ledger: in files beside a file, in a schema beside a schema. The same
holds of both, and of every row there."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import answerable as ans
from answerable.model import Decision
from answerable.privacy.store import Disclosures
from answerable.recording import process

SUBJECT = "deployment:prod/scores"
SECRET = "the applicant's mother called twice"  # noqa: S105
COLUMNS = {
    "disclosures": ("digest", "disclosure"),
    "batches": ("number", "id"),
    "outcomes": ("place", "leaf", "disclosure"),
}
MACHINE = f"""\
import sys
import answerable as ans
ans.configure(ledger=sys.argv[1], home=sys.argv[2], actor="analyst@bank.example", on_failure="raise")
for n in range(10):
    ans.choose("threshold", n, because=f"{{sys.argv[3]}} {{n}}", private="rationale")
    ans.outcome("{SUBJECT}", f"{{sys.argv[3]}}-{{n}}", "declined")
ans.shutdown()
"""


class Beside(ABC):
    """A ledger's address, and what somebody can do beside it who does not ask us."""

    uri: str

    @abstractmethod
    def run(self, table: str, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """One statement, in which `?` stands for a value; committed at once."""

    @abstractmethod
    def drop(self) -> None:
        """All of it away, as if it had never been."""

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.run(table, f"SELECT * FROM {table} ORDER BY 1")]

    def restore(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        self.run(table, f"DELETE FROM {table}")
        for row in rows:
            marks = ", ".join("?" * len(row))
            self.run(table, f"INSERT INTO {table} VALUES ({marks})", row)


class Files(Beside):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "decisions.db"
        self.uri = f"sqlite:///{self.path}"

    def _file(self, table: str) -> Path:
        kind = "private" if table == "disclosures" else "outcomes"
        return self.path.with_name(f"{self.path.name}.{kind}")

    def run(self, table: str, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with closing(sqlite3.connect(self._file(table), isolation_level=None)) as connection:
            return connection.execute(sql, values).fetchall()

    def drop(self) -> None:
        self._file("disclosures").unlink()


class Schema(Beside):
    def __init__(self, url: str) -> None:
        self.uri = url

    def run(self, table: str, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        return administer(self.uri, sql, values, "answerable_private")

    def drop(self) -> None:
        administer(self.uri, "DROP SCHEMA answerable_private CASCADE")


def administer(url: str, sql: str, values: Sequence[Any] = (), schema: str = "public") -> list[Any]:
    import psycopg

    options = f"-c search_path={schema}"
    with psycopg.connect(url, autocommit=True, options=options) as connection:
        done = connection.execute(sql.replace("?", "%s").encode(), values or None)
        return done.fetchall() if done.description else []


@pytest.fixture(params=["sqlite", "postgresql"])
def beside(request: pytest.FixtureRequest, tmp_path: Path) -> Beside:
    if request.param == "sqlite":
        return Files(tmp_path)
    return Schema(request.getfixturevalue("postgres_url"))


@pytest.fixture
def made(beside: Beside, home: Path) -> Iterator[tuple[Decision, str]]:
    """A private decision, and the id of an outcome."""
    yield recorded(beside.uri, home)
    process.replace(None)


def recorded(uri: str, home: Path) -> tuple[Decision, str]:
    ans.configure(
        ledger=uri, home=home, actor="analyst@bank.example", accountable="org:bank.example"
    )
    with ans.decide("threshold", private="rationale", about=SUBJECT) as d:
        d.choose(0.62, because=SECRET)
    ids = [ans.outcome(SUBJECT, f"a{n}", "declined").id for n in range(2)]
    ans.flush()
    return d.record, ids[0]


def faults(uri: str, home: Path) -> set[str]:
    with ans.open(uri, home=home) as history:
        return {fault.code for fault in history.verify().faults}


def rationale(uri: str, home: Path, id: str) -> str | None:
    with ans.open(uri, home=home, disclose=True) as history:
        found = history.get(id)
        assert isinstance(found, Decision)
        return found.rationale


def test_it_is_there_and_nowhere_else(
    beside: Beside, made: tuple[Decision, str], home: Path
) -> None:
    decision, outcome = made
    ans.shutdown()

    assert rationale(beside.uri, home, decision.id) == SECRET
    with ans.open(beside.uri, home=home) as history:
        assert history.explain(outcome).verified
        assert [each.id for each in history.outcomes("a0")] == [outcome]
        assert history.verify().faults == ()
    assert [len(beside.rows(table)) for table in COLUMNS] == [1, 1, 2]
    for file in home.rglob("*"):
        assert file.suffix != ".db" or (
            "private" not in file.parts and "outcomes" not in file.parts
        )


def test_what_is_erased_is_deleted(beside: Beside, made: tuple[Decision, str], home: Path) -> None:
    decision, outcome = made
    ans.erase(decision, "rationale", "asked for")
    ans.erase_outcome(outcome, "asked for")
    ans.flush()

    assert beside.rows("disclosures") == []
    assert [row[2] is None for row in beside.rows("outcomes")] == [True, False]
    assert rationale(beside.uri, home, decision.id) == "withheld"
    assert faults(beside.uri, home) == set()


def test_a_copy_that_brings_it_back_is_told(
    beside: Beside, made: tuple[Decision, str], home: Path
) -> None:
    decision, outcome = made
    copies = {table: beside.rows(table) for table in COLUMNS}
    ans.erase(decision, "rationale", "asked for")
    ans.erase_outcome(outcome, "asked for")
    ans.flush()
    for table in ("disclosures", "outcomes"):
        beside.restore(table, copies[table])

    assert faults(beside.uri, home) == {"not-erased"}
    assert rationale(beside.uri, home, decision.id) == "withheld"


@pytest.mark.parametrize("table", COLUMNS)
def test_no_cell_there_can_be_changed_and_no_row_deleted(
    beside: Beside, made: tuple[Decision, str], home: Path, table: str
) -> None:
    columns = beside.run(table, f"SELECT * FROM {table} LIMIT 0") or COLUMNS[table]
    assert tuple(columns) == COLUMNS[table]
    for place, row in enumerate(before := beside.rows(table)):
        assert len(row) == len(COLUMNS[table])
        changed = [[*row[:at], other(value), *row[at + 1 :]] for at, value in enumerate(row)]
        for mutant in [*changed, None]:
            rows = [each for number, each in enumerate(before) if number != place]
            beside.restore(table, rows if mutant is None else [*rows, tuple(mutant)])
            assert faults(beside.uri, home), (table, mutant)
    beside.restore(table, before)
    assert faults(beside.uri, home) == set()


def other(value: Any) -> Any:
    if isinstance(value, int):
        return value + (1 << 21)
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    return bytes(value)[:-1] + bytes([bytes(value)[-1] ^ 1])


def test_to_take_all_of_it_away_is_no_erasure(
    beside: Beside, made: tuple[Decision, str], home: Path
) -> None:
    beside.drop()

    assert "disclosure-missing" in faults(beside.uri, home)


class TestManyMachines:
    """Of one log in PostgreSQL: what one keeps, the others have."""

    @pytest.fixture
    def uri(self, postgres_url: str) -> str:
        return postgres_url

    @pytest.fixture(autouse=True)
    def ends(self) -> Iterator[None]:
        yield
        process.replace(None)

    def test_another_shows_verifies_and_erases(self, uri: str, home: Path, tmp_path: Path) -> None:
        decision, outcome = recorded(uri, home)
        ans.shutdown()
        there = tmp_path / "another"
        shutil.copytree(home / "keys" / "log", there / "keys" / "log")

        assert rationale(uri, there, decision.id) == SECRET
        with ans.open(uri, home=there) as history:
            assert history.explain(outcome).verified
        ans.configure(ledger=uri, home=there, actor="dpo@bank.example")
        ans.erase(decision, "rationale", "asked for")
        ans.erase_outcome(outcome, "asked for")
        ans.flush()
        for machine in (home, there):
            assert rationale(uri, machine, decision.id) == "withheld"
            assert faults(uri, machine) == set()

    def test_another_finds_what_was_removed_without_a_word(
        self, uri: str, home: Path, tmp_path: Path
    ) -> None:
        recorded(uri, home)
        ans.shutdown()
        Schema(uri).run("disclosures", "DELETE FROM disclosures")

        assert faults(uri, tmp_path / "another") == {"disclosure-missing"}

    def test_they_write_at_once(self, uri: str, home: Path, tmp_path: Path) -> None:
        recorded(uri, home)
        ans.shutdown()
        for name in ("one", "two", "three"):
            shutil.copytree(home / "keys" / "log", tmp_path / name / "keys" / "log")
        machines = [
            subprocess.Popen([sys.executable, "-c", MACHINE, uri, str(tmp_path / name), name])
            for name in ("one", "two", "three")
        ]
        assert [machine.wait(timeout=120) for machine in machines] == [0, 0, 0]

        with ans.open(uri, home=tmp_path / "auditor", disclose=True) as history:
            assert history.verify().faults == ()
            reasons = {str(each.rationale) for each in history.decisions(kind="threshold")}
            ours = {f"{name} {n}" for name in ("one", "two", "three") for n in range(10)}
            assert reasons == ours | {SECRET}
            assert len(history.outcomes("two-7")) == 1

    def test_what_could_not_be_kept_there_waits_at_home_and_goes_there_later(
        self, uri: str, home: Path, tmp_path: Path
    ) -> None:
        _, pen = self.a_role(uri, home, "writer")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ans.CustodyWarning)
            early, outcome = recorded(pen, home)
        assert list((home / "private").glob("*.db")) and list((home / "outcomes").glob("*.db"))
        assert rationale(pen, home, early.id) == SECRET
        assert faults(pen, home) == set()
        assert rationale(pen, tmp_path / "another", early.id) == "withheld"
        name = urlsplit(pen).username
        administer(uri, f"GRANT CREATE ON DATABASE {urlsplit(uri).path[1:]} TO {name}")

        ans.choose("threshold", 1, because="more", private="rationale")
        ans.outcome(SUBJECT, "a9", "granted")
        ans.flush()

        another = tmp_path / "another"
        assert rationale(pen, another, early.id) == SECRET
        with ans.open(pen, home=another) as history:
            assert history.explain(outcome).verified
        for table, file in (("disclosures", "private"), ("outcomes", "outcomes")):
            (left,) = (home / file).glob("*.db")
            with closing(sqlite3.connect(left)) as waiting:
                assert waiting.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert faults(pen, home) == set()

    def test_who_may_read_the_ledger_alone_reads_it_alone(
        self, uri: str, home: Path, tmp_path: Path
    ) -> None:
        decision, _ = recorded(uri, home)
        ans.shutdown()
        _, reader = self.a_role(uri, home, "reader")

        assert rationale(reader, tmp_path / "another", decision.id) == "withheld"
        assert "disclosure-missing" not in faults(reader, tmp_path / "another")

    def test_nothing_of_it_is_in_the_servers_files_once_they_are_written_anew(
        self, uri: str, home: Path
    ) -> None:
        decision, outcome = recorded(uri, home)
        told = Disclosures(uri, home).get(decision.withheld[0].digest)
        assert told is not None
        place = "pg_read_binary_file(pg_relation_filepath('{}'))"
        found = "SELECT position(%s::bytea IN {}) > 0"
        sql = found.format(place.format("disclosures"))
        administer(uri, "CHECKPOINT")
        assert administer(uri, sql, (told,), "answerable_private") == [(True,)]

        ans.erase(decision, "rationale", "asked for")
        ans.erase_outcome(outcome, "asked for")
        for table in ("disclosures", "outcomes"):  # as docs/privacy.md says
            administer(uri, f"VACUUM FULL {table}", (), "answerable_private")
        administer(uri, "CHECKPOINT")

        assert administer(uri, sql, (told,), "answerable_private") == [(False,)]

    def a_role(self, uri: str, home: Path, name: str) -> tuple[str, str]:
        """One who may use the ledger's schema, and make none; and the address as that one has it."""
        ans.configure(ledger=uri, home=home, actor="analyst@bank.example")
        ans.choose("threshold", 0, because="so that there is a ledger")
        ans.shutdown()
        role = f"{name}_{urlsplit(uri).path[1:][-12:]}"
        administer(uri, f"CREATE ROLE {role} LOGIN")
        for right in (
            f"GRANT USAGE ON SCHEMA answerable TO {role}",
            f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA answerable TO {role}",
        ):
            administer(uri, right)
        parts = urlsplit(uri)
        return role, uri.replace(parts.netloc, f"{role}@{parts.hostname}:{parts.port}")
