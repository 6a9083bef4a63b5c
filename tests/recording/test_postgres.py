"""A ledger in PostgreSQL, recorded in from several machines, over connections that break."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import answerable as ans
from answerable.cli import main
from answerable.errors import LedgerError, NotALedgerError, NotFoundError
from answerable.ledger import Ledger, fsck
from answerable.ledger.postgres import Postgres
from answerable.model import Decision
from tests.recording.outage import quietly

SECRET = "tangerine"  # noqa: S105  # the tests' server asks for none
MACHINE = """\
import sys
import answerable as ans
ans.configure(ledger=sys.argv[1], actor="analyst@bank.example", on_failure="raise")
for n in range(25):
    ans.choose("threshold", f"{sys.argv[2]}-{n}", because="a test")
ans.shutdown()
"""


@pytest.fixture
def url(postgres_url: str) -> str:
    """With a password, which is to be found nowhere."""
    parts = urlsplit(postgres_url)
    return postgres_url.replace(parts.netloc, f"postgres:{SECRET}@{parts.hostname}:{parts.port}")


@pytest.fixture
def recording(url: str, home: Path) -> Iterator[None]:
    ans.configure(ledger=url, home=home, actor="analyst@bank.example")
    yield
    ans.shutdown()


def administer(url: str, *statements: str) -> list[Any]:
    """From another database of the server: what was found by the last."""
    import psycopg

    found: list[Any] = []
    elsewhere = url.rpartition("/")[0] + "/postgres"
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        for statement in statements:
            done = connection.execute(statement.encode())
            found = done.fetchall() if done.description else []
    return found


def cut_off(url: str) -> None:
    """End every connection to the ledger's database."""
    name = urlsplit(url).path[1:]
    administer(
        url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )


def let_in(url: str, how: bool) -> None:
    name = urlsplit(url).path[1:]
    administer(url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {str(how).lower()}')


def chosen(url: str) -> list[Any]:
    """What was chosen, oldest first; the ledger holds, or the test ends here."""
    with ans.open(url) as history:
        verdict = history.verify()
        assert verdict.holds, verdict.faults
        return [r.chosen for r in history.records() if isinstance(r, Decision)]


def test_what_is_recorded_is_there_and_holds(url: str, recording: None) -> None:
    with ans.decide("threshold", question="At which score?") as d:
        assert d.choose(0.62, because="it is enough") == 0.62

    assert d.receipt.index == 1
    assert chosen(url) == [0.62]


def test_a_connection_that_was_cut_while_nothing_happened_is_made_anew(
    url: str, recording: None
) -> None:
    ans.choose("threshold", 1)
    cut_off(url)

    with warnings.catch_warnings():
        warnings.simplefilter("error", ans.CustodyWarning)
        ans.choose("threshold", 2)

    assert chosen(url) == [1, 2]


def test_a_database_that_is_away_is_an_outage_and_what_waited_goes_in_after_it(
    url: str, home: Path, recording: None
) -> None:
    ans.choose("threshold", 1)
    let_in(url, False)
    cut_off(url)

    with pytest.warns(ans.CustodyWarning, match="it waits in") as told:
        waiting = ans.choose("threshold", 2)
    ans.choose("threshold", 3)
    let_in(url, True)

    assert waiting == 2
    assert SECRET not in str(told[0].message)
    assert ans.flush() >= 2
    assert chosen(url) == [1, 2, 3]


def test_a_connection_that_breaks_in_the_middle_loses_and_doubles_nothing(
    url: str, recording: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ans.choose("threshold", 0)
    real = Postgres.commit
    times = iter(["before", "after", "no more"])

    def breaking(self: Postgres, *rows: Any) -> None:
        time = next(times)
        if time == "before":
            cut_off(url)
        real(self, *rows)
        if time == "after":
            cut_off(url)
            self.rows("SELECT 1")  # the answer to the commit was lost

    with monkeypatch.context() as patched, quietly():
        patched.setattr(Postgres, "commit", breaking)
        ans.choose("threshold", 1)
        times = iter(["after", *["no more"] * 9])
        ans.choose("threshold", 2)
        ans.choose("threshold", 3)
    ans.flush()

    assert chosen(url) == [0, 1, 2, 3]


def test_a_server_that_is_not_there_is_an_outage_from_the_beginning(home: Path) -> None:
    ans.configure(ledger=f"postgresql://ana:{SECRET}@127.0.0.1:1/decisions", home=home)

    with pytest.warns(ans.CustodyWarning, match="Connection refused") as told:
        ans.choose("threshold", 1)

    assert SECRET not in str(told[0].message)
    with pytest.raises(LedgerError, match="cannot use the ledger") as caught:
        ans.flush()
    assert SECRET not in str(caught.value)
    ans.shutdown()


def test_several_machines_with_the_logs_key_append_to_one_log(
    url: str, home: Path, tmp_path: Path
) -> None:
    Ledger.open_or_create(url, home).close()
    homes = [tmp_path / f"machine {n}" for n in range(3)]
    for each in homes:
        shutil.copytree(home / "keys" / "log", each / "keys" / "log")
    machines = [
        subprocess.Popen(
            [sys.executable, "-c", MACHINE, url, str(n)],
            env={"ANSWERABLE_HOME": str(each), "PATH": "/usr/bin:/bin"},
        )
        for n, each in enumerate(homes)
    ]

    assert [machine.wait(120) for machine in machines] == [0, 0, 0]
    found = chosen(url)
    assert len(found) == 75
    for n in range(3):  # and each in its own order
        assert [c for c in found if c.startswith(f"{n}-")] == [f"{n}-{i}" for i in range(25)]


def test_all_that_can_be_proven_of_a_file_can_be_proven_of_it(
    url: str, tmp_path: Path, recording: None, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str) -> Any:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--ledger", url, "--json"])
        found = capsys.readouterr().out
        assert ended.value.code == 0, found
        assert SECRET not in found
        return json.loads(found)

    with ans.decide("threshold", about="model:m@1") as d:
        d.choose(0.62, because="it is enough")
    ans.shutdown()
    public, proof, bundle = (str(tmp_path / name) for name in ("public", "a.tlog-proof", "b.json"))

    assert told("publish", public)["size"] == 2
    assert told("verify", "--tiles", public)["faults"] == []
    assert told("prove", d.record.id, "-o", proof)
    assert told("verify", "--since", proof)["faults"] == []
    assert told("bundle", "model:m@1", "-o", bundle)["entries"] == 2
    assert told("verify", "--bundle", bundle)["faults"] == []
    assert told("trace", "model:m@1")["verdict"] != "invalid"
    assert told("log")[0]["chosen"] == 0.62


def test_the_password_is_nowhere(url: str, home: Path, recording: None) -> None:
    ans.choose("threshold", 1)
    let_in(url, False)
    cut_off(url)
    with pytest.warns(ans.CustodyWarning):
        ans.choose("threshold", 2)
    let_in(url, True)
    ans.flush()
    ans.shutdown()

    with ans.open(url) as history:
        assert all(SECRET.encode() not in e.envelope for e in history.ledger.entries())
        assert SECRET not in str(history.verify())
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert SECRET not in str(path)
        assert SECRET.encode() not in path.read_bytes()


def test_a_commit_waits_for_the_disk_whatever_the_database_has_set(url: str, home: Path) -> None:
    name = urlsplit(url).path[1:]
    administer(url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    administer(url, f'ALTER DATABASE "{name}" SET default_transaction_isolation = serializable')

    ledger = Ledger.open_or_create(url, home)
    ledger.append(b"a")

    assert ledger._database.rows("SHOW synchronous_commit") == [("on",)]
    assert ledger._database.rows("SHOW transaction_isolation") == [("serializable",)]
    ledger.close()


def test_what_else_lies_in_the_database_is_in_nobodys_way(url: str, home: Path) -> None:
    _run(url, "CREATE TABLE meta (id text)", "CREATE TABLE entries (id text)")
    ledger = Ledger.open_or_create(url, home)

    assert ledger.append(b"a").index == 0
    assert _run(url, "SELECT count(*) FROM entries") == [(0,)]
    ledger.close()


def test_a_schema_of_another_program_is_no_ledger_and_stays_as_it_is(url: str, home: Path) -> None:
    _run(url, "CREATE SCHEMA answerable", "CREATE TABLE answerable.runs (id text)")

    for opening in (Ledger.open, Ledger.open_or_create):
        with pytest.raises(NotALedgerError, match="is not a ledger"):
            opening(url, home)
    found = _run(
        url, "SELECT relname FROM pg_class WHERE relnamespace = 'answerable'::regnamespace"
    )
    assert found == [("runs",)]


def test_reading_never_makes_a_ledger(url: str, home: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no ledger"):
        Ledger.open(url, home)
    with pytest.raises(NotFoundError, match="there is no ledger"):
        Ledger.open(url + "_that_is_none", home)

    assert _run(url, "SELECT to_regnamespace('answerable') IS NULL") == [(True,)]


def test_another_ledger_at_the_other_end_is_told(url: str, home: Path, recording: None) -> None:
    ans.choose("threshold", 1)
    _run(url, "ALTER SCHEMA answerable RENAME TO answerable_before")
    cut_off(url)

    with pytest.warns(ans.CustodyWarning, match="waits in"):
        ans.choose("threshold", 2)
    with pytest.warns(ans.CustodyWarning) as told:
        ans.choose("threshold", 3)

    assert any("is another ledger than the one" in str(each.message) for each in told)
    assert chosen(url) == [2, 3]
    with ans.open(url) as history:
        assert len(history.verify().exchanged_from) == 1


def test_a_role_that_appends_may_do_no_more_than_that(url: str, home: Path) -> None:
    Ledger.open_or_create(url, home).close()
    role = f"recorder_{urlsplit(url).path[-12:]}"
    _run(
        url,
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA answerable TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA answerable TO {role}",
        f"GRANT INSERT ON answerable.entries, answerable.nodes TO {role}",
        f"GRANT UPDATE ON answerable.checkpoint TO {role}",
    )
    recorder = url.replace("postgres:", f"{role}:", 1)

    ledger = Ledger.open_or_create(recorder, home)
    assert [ledger.append(b"%d" % n).index for n in range(4)] == [0, 1, 2, 3]
    assert list(fsck(ledger)) == []
    with pytest.raises(LedgerError, match="permission denied"):
        ledger._rows("DELETE FROM entries")
    ledger.close()


def _run(url: str, *statements: str) -> list[Any]:
    import psycopg

    found: list[Any] = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            done = connection.execute(statement.encode())
            found = done.fetchall() if done.description else []
    return found
