"""The commands, as scripts and people use them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key

import answerable as ans
from answerable.cli import app, contents
from answerable.cli.demo_report import closing
from answerable.signing import Envelope
from tests.cli.running import Run, running

SUBJECT = "deployment:prod/scores"
DECISION = {
    *("id", "type", "kind", "question", "chosen", "considered", "rationale", "decided_by"),
    *("accountable", "authority", "evidence", "assumptions", "used", "produced", "about", "step"),
    *("run", "capture", "decided_at", "recorded_at", "source", "index", "key_id", "verified"),
    *("trace_id", "span_id"),
}


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger with a step, a decision of each capture, and a deployment."""
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    monkeypatch.setenv("ANSWERABLE_LEDGER", uri)
    ans.configure(team="scoring", actor="analyst@bank.example", accountable="role:head-of-scoring")

    @ans.step("train", used=["dataset:cases@1"], produced=["model:scores@1"])
    def train(depth: Annotated[int, ans.Choice("hyperparameter")] = 3) -> None:
        ans.choose("threshold", 0.62, over={0.5: "declines too many"}, because="Measured on cases")

    train()
    with ans.step("deploy", used=["model:scores@1"], produced=[SUBJECT]):
        ans.choose("deploy", "all", because="it holds", accountable="role:release")
    ans.shutdown()
    return uri


def test_log_lists_the_newest_decision_first_in_the_contracts_shape(run: Run, ledger: str) -> None:
    found = run("log", "--json")

    assert found.status == 0
    assert [d["kind"] for d in found.json] == ["deploy", "threshold", "hyperparameter"]
    assert all(set(d) >= DECISION for d in found.json)
    threshold = found.json[1]
    assert threshold["considered"] == [{"value": 0.5, "because": "declines too many"}]
    assert threshold["decided_by"] == {"id": "person:analyst@bank.example", "known_by": "asserted"}
    assert threshold["accountable"] == {"id": "role:head-of-scoring"}
    assert threshold["verified"] is True
    assert set(threshold["source"]) == {"function", "file", "line", "commit", "dirty"}


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (["--kind", "threshold"], ["threshold"]),
        (["--actor", "analyst@bank.example"], ["deploy", "threshold"]),
        (["--accountable", "role:release"], ["deploy"]),
        (["--capture", "default"], ["hyperparameter"]),
        (["--text", "MEASURED"], ["threshold"]),
        (["--text", "declines TOO"], ["threshold"]),
        (["--since", "2020-01-01", "--until", "2999-01-01", "--limit", "1"], ["deploy"]),
        (["--until", "2020-01-01"], []),
        (["--limit", "0"], ["deploy", "threshold", "hyperparameter"]),
    ],
)
def test_log_narrows_by_what_is_asked(
    run: Run, ledger: str, asked: list[str], kinds: list[str]
) -> None:
    assert [d["kind"] for d in run("log", "--json", *asked).json] == kinds


def test_a_default_has_no_decider_and_says_where_it_stands(run: Run, ledger: str) -> None:
    (default,) = run("log", "--capture", "default", "--json").json

    assert default["decided_by"] is None
    assert default["chosen"] == 3
    assert default["source"]["file"].endswith("test_commands.py")
    assert default["source"]["function"].endswith("train")


def test_show_gives_the_record_its_envelope_and_its_statement_as_they_are(
    run: Run, ledger: str, tmp_path: Path
) -> None:
    listed = run("log", "--kind", "threshold", "--json").json[0]

    assert run("show", listed["id"], "--json").json == listed
    envelope = run("show", listed["id"], "--envelope").out
    with sqlite3.connect(tmp_path / "decisions.db") as database:
        rows = database.execute("SELECT envelope FROM entries WHERE idx = ?", (listed["index"],))
        assert rows.fetchone() == (envelope,)
    database.close()
    statement = run("show", listed["id"], "--statement").out
    assert statement == Envelope.from_bytes(envelope).payload
    assert json.loads(statement)["predicate"]["chosen"] == 0.62
    assert "0.62" in run("show", listed["id"]).text


def test_verify_holds_and_says_what_nobody_has_witnessed(run: Run, ledger: str) -> None:
    found = run("verify", "--json")

    assert found.status == 0
    assert set(found.json) == {
        *("verdict", "size", "root", "origin", "policy", "unwitnessed_since", "faults"),
        *("exchanged_from", "since", "read", "stamped"),
    }
    assert found.json["verdict"] == "valid-unwitnessed"
    assert found.json["faults"] == []
    assert found.json["unwitnessed_since"]
    assert run("verify", "--require-witness").status == 1


def test_another_log_at_the_same_address_is_told(run: Run, ledger: str, tmp_path: Path) -> None:
    origin = run("verify", "--json").json["origin"]
    (tmp_path / "decisions.db").unlink()
    ans.configure(ledger=ledger, actor="analyst@bank.example")
    ans.choose("threshold", 1)
    ans.shutdown()

    found = run("verify", "--json")

    assert (found.status, found.json["exchanged_from"]) == (0, [origin])
    assert origin in run("verify").text.replace("\n", "")


def test_one_flipped_byte_of_any_envelope_is_found_with_its_index(
    run: Run, ledger: str, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "decisions.db") as database:
        stored = database.execute("SELECT idx, envelope FROM entries").fetchall()
    assert len(stored) == 6
    for index, envelope in stored:
        for place in range(7, len(envelope), 97):
            flipped = bytearray(envelope)
            flipped[place] ^= 1
            database.execute("UPDATE entries SET envelope = ? WHERE idx = ?", (flipped, index))
            database.commit()

            found = run("verify", "--json")

            assert found.status == 1
            assert found.json["verdict"] == "invalid"
            assert index in [fault["index"] for fault in found.json["faults"]]
        database.execute("UPDATE entries SET envelope = ? WHERE idx = ?", (envelope, index))
        database.commit()
    database.close()
    assert run("verify").status == 0


def test_an_answer_from_a_log_that_was_cut_does_not_hold(
    run: Run, ledger: str, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "decisions.db") as database:
        database.execute("DELETE FROM entries WHERE idx = 1")
    database.close()

    for words in (["log"], ["trace", SUBJECT], ["show", run("log", "--json").json[0]["id"]]):
        assert run(*words).status == 1
    assert {d["verified"] for d in run("log", "--json").json} == {False}


def test_trace_has_the_contracts_shape(run: Run, ledger: str) -> None:
    found = run("trace", SUBJECT, "--json")

    assert found.status == 0
    shape = found.json
    assert set(shape) >= {
        *("subject", "as_of", "trace_id", "revision", "verdict", "phases", "records", "steps"),
        "gaps",
    }
    assert [p["name"] for p in shape["phases"]] == ["training", "deployment"]
    assert [r["kind"] for r in shape["records"]] == ["hyperparameter", "threshold", "deploy"]
    assert all(set(r) >= DECISION | {"phase", "parent", "links"} for r in shape["records"])
    train, deploy = shape["steps"]
    assert [r["parent"] for r in shape["records"]] == [train["id"], train["id"], deploy["id"]]
    assert deploy["links"] == [{"to": train["id"], "role": "model:scores@1", "by": "name"}]
    assert {(g["code"], g["ref"]) for g in shape["gaps"]} >= {("unrecorded", "dataset:cases@1")}
    assert {g["code"] for g in shape["gaps"]} == {
        *("default", "unrecorded", "asserted-link", "no-alternatives", "no-evidence"),
        "unapproved",
    }
    assert all(set(g) == {"code", "record", "ref", "message", "owner"} for g in shape["gaps"])


def test_trace_is_as_of_a_time(run: Run, ledger: str) -> None:
    found = run("trace", SUBJECT, "--at", "2020-01-01", "--json")

    assert found.status == 2
    assert found.json["error"]["code"] == "not-found"


def test_trace_writes_what_it_is_asked_to_write(run: Run, ledger: str, tmp_path: Path) -> None:
    files = {name: tmp_path / f"trace.{name}" for name in ("json", "html", "svg")}
    words = [f"--otlp-json={files['json']}", f"--html={files['html']}", f"--svg={files['svg']}"]

    found = run("trace", SUBJECT, *words)

    assert found.status == 0
    assert "threshold = 0.62" in found.text
    assert json.loads(files["json"].read_text())["resourceSpans"]
    assert "threshold" in files["html"].read_text()
    assert files["svg"].read_text().startswith("<svg")


def test_gaps_exits_1_where_there_are_any(run: Run, ledger: str) -> None:
    found = run("gaps", SUBJECT, "--json")

    assert found.status == 1
    assert {g["code"] for g in found.json} >= {"default", "unrecorded"}
    assert "default" in run("gaps", SUBJECT).text


def test_gaps_exits_0_where_there_are_none(run: Run, ledger: str, tmp_path: Path) -> None:
    ans.configure(team="scoring", actor="analyst@bank.example", accountable="role:head-of-scoring")
    data = ans.artifact("report:complete@1", data=b"complete")
    ans.choose("metric", "auc", over={"f1": "needs a threshold"}, because="ranks", produced=data)
    ans.shutdown()

    found = run("gaps", "report:complete@1", "--json")

    assert (found.status, found.json) == (0, [])


def test_keys_are_listed_with_what_they_are_for(run: Run, ledger: str) -> None:
    found = run("keys", "list", "--json").json

    assert {k["role"] for k in found} == {"identity", "log", "session"}
    assert all(set(k) >= {"key_id", "role", "principal", "fingerprint", "vkey"} for k in found)
    (log,) = [k for k in found if k["role"] == "log"]
    assert log["vkey"].startswith(log["principal"] + "+")
    assert log["principal"] == run("verify", "--json").json["origin"]
    for key in found:
        pem = run("keys", "show", key["key_id"], "--pem").out
        assert load_pem_public_key(pem) == load_ssh_public_key(key["ssh"].encode())


def test_keys_init_makes_one_key_a_principal_once(run: Run, home: Path) -> None:
    made = run("keys", "init", "--actor", "reviewer@bank.example", "--json").json

    assert made["principal"] == "person:reviewer@bank.example"
    assert run("keys", "init", "--actor", "reviewer@bank.example", "--json").json == made
    (path,) = (home / "keys" / "identity").glob("*.key")
    assert path.stat().st_mode & 0o077 == 0


def test_reindex_makes_the_same_answers_again(run: Run, ledger: str) -> None:
    before = run("log", "--json").json

    assert run("reindex", "--json").json == {"entries": 6}
    assert run("log", "--json").json == before


def test_flush_with_nothing_waiting_appends_nothing(run: Run, ledger: str) -> None:
    assert run("flush", "--json").json == {"appended": 0}


def test_the_ledger_can_be_named_by_path_or_address(run: Run, ledger: str, tmp_path: Path) -> None:
    for name in (ledger, str(tmp_path / "decisions.db")):
        assert len(run("log", "--ledger", name, "--json").json) == 3


def not_a_ledger(tmp_path: Path) -> dict[str, Path]:
    """Places that are no ledger."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no database\n" * 100)
    (tmp_path / "empty").touch()
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE meta (key TEXT)")
    other.close()
    return {name: tmp_path / name for name in ("folder", "text", "empty", "other.db", "missing")}


@pytest.mark.parametrize("what", ["folder", "text", "empty", "other.db", "missing"])
@pytest.mark.parametrize(
    "words",
    [["log"], ["verify"], ["trace", SUBJECT], ["gaps", SUBJECT], ["show", "x"], ["reindex"]],
)
def test_what_is_no_ledger_is_one_clear_line_and_exit_2(
    run: Run, tmp_path: Path, what: str, words: list[str]
) -> None:
    place = not_a_ledger(tmp_path)[what]
    before = sorted(tmp_path.rglob("*"))

    found = run(*words, "--ledger", str(place))

    assert found.status == 2
    assert found.out == b""
    assert len(found.err.splitlines()) == 1
    assert str(place) in found.err
    assert "Traceback" not in found.err
    as_json = run(*words, "--ledger", str(place), "--json")
    assert as_json.status == 2
    assert set(as_json.json["error"]) == {"code", "message", "hint"}
    assert as_json.json["error"]["code"] in ("not-found", "not-a-ledger")
    # Reading makes nothing.
    assert sorted(p for p in tmp_path.rglob("*") if "home" not in p.parts) == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["trace", "deployment:prod/other"], "not-found"),
        (["gaps", "deployment:prod/other"], "not-found"),
        (["trace", "no reference"], "invalid-reference"),
        (["show", "0190-unknown"], "not-found"),
        (["keys", "show", "SHA256:unknown"], "not-found"),
        (["log", "--since", "yesterday"], "invalid-value"),
        (["trace", SUBJECT, "--at", "soon"], "invalid-value"),
        (["log", "--actor", "somebody"], "invalid-reference"),
        (["log", "--limit", "-1"], "usage"),
        (["trace"], "usage"),
        (["nonsense"], "usage"),
        (["log", "--nonsense"], "usage"),
        (["show", "x", "--envelope", "--statement"], "usage"),
        (["trace", SUBJECT, "--otlp-json", "/proc/none/trace.json"], "export"),
    ],
)
def test_a_wrong_call_is_one_clear_line_and_exit_2(
    run: Run, ledger: str, words: list[str], code: str
) -> None:
    plain = run(*words)
    assert plain.status == 2
    assert len(plain.err.splitlines()) == 1
    found = run(*words, "--json")
    assert found.status == 2
    assert found.json["error"]["code"] == code


def test_an_unknown_subject_names_those_that_are_near(run: Run, ledger: str) -> None:
    hint = run("trace", "deployment:prod/score", "--json").json["error"]["hint"]

    assert SUBJECT in hint


def test_a_subject_that_is_named_later_is_not_taken_for_a_misspelt_one(
    run: Run, ledger: str
) -> None:
    error = run("trace", SUBJECT, "--at", "1999-12-31", "--json").json["error"]

    assert error["hint"] == "later records name it: ask as of a later time"


def test_the_help_lists_each_command_once_in_words_that_fit(run: Run) -> None:
    texts = {path.stem: path.read_text("utf-8") for path in Path(app.__file__).parent.glob("*.py")}
    there = {name for name, text in texts.items() if "@click.command(" in text}
    there |= {name for name, text in texts.items() if "@click.group(" in text}
    listed = [name for section in contents.SECTIONS.values() for name in section]
    lines = run("--help").text.splitlines()

    assert sorted(listed) == sorted(name.replace("_", "-") for name in there - {"app"})
    for title, section in contents.SECTIONS.items():
        widest = max(map(len, section))
        at = lines.index(f"{title}:") + 1
        assert lines[at : at + len(section)] == [
            f"  {name:<{widest}}  {words}" for name, words in section.items()
        ]


def test_version_and_help_answer(run: Run) -> None:
    assert ans.__version__ in run("--version").text
    assert "Exit status" in run("--help").text


@pytest.fixture(autouse=True)
def nothing_configured() -> Any:
    yield
    ans.shutdown()


def test_the_demo_tells_programs_to_call_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome: Any = SimpleNamespace(
        **dict.fromkeys(("subject", "outcome", "html", "review", "otlp_json", "trace_id"), "x"),
        decisions=1,
        gaps=1,
        experiment="answerable",
        ledger="sqlite:///d/decisions.db",
        home="d/home",
        trace=SimpleNamespace(digest="sha256:ab"),
        mlflow="sqlite:///d/mlflow.db",
    )
    for called, stands in ((".venv/bin/answerable", ".venv/bin/"), ("answerable", "")):
        monkeypatch.setattr(sys, "argv", [called])
        told = closing(outcome, jaeger=None)
        assert f"  {stands}answerable verify --ledger d/decisions.db\n" in told
        assert f"  ANSWERABLE_HOME=d/home {stands}answerable approve x --meaning" in told
        assert f"  {stands}pip install mlflow\n" in told
        assert told.endswith(f"  {stands}mlflow ui --backend-store-uri sqlite:///d/mlflow.db")


def test_of_a_ledger_that_cannot_be_read_nothing_is_said_to_be_checked(
    run: Run, ledger: str
) -> None:
    path = ledger.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = 'answerable-ledger/2' WHERE key = 'format'")
        connection.commit()

    told = run("verify")

    assert told.status == 1
    assert "nothing: it cannot be read" in told.text
    assert "unreadable" in told.text
    assert "witness" not in told.text
