"""`answerable explain`: an answer that a person can read, and one that a stranger can check."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import answerable as ans
from answerable.ledger import InclusionProof, merkle
from answerable.signing import Envelope
from tests.cli.running import Run, running
from tests.outcomes.conftest import ANA, BANK, CONTEST, DEPLOYMENT
from tests.outcomes.conftest import deployed as deployed  # noqa: PLC0414  # a fixture
from tests.outcomes.conftest import ledger as ledger  # noqa: PLC0414


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def id(deployed: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ANSWERABLE_LEDGER", str(deployed))
    for number in range(5):
        receipt = ans.outcome(
            *(DEPLOYMENT, f"application-{number}", "declined"),
            elements={"score": 0.41},
            part="decided",
        )
    ans.shutdown()
    return receipt.id


def test_a_person_reads_what_happened_who_decided_and_what_to_do(run: Run, id: str) -> None:
    found = run("explain", id)

    assert found.status == 0
    words = " ".join(found.text.split())
    for said in (
        "application-4: declined",
        "the system decided",
        "score = 0.41",
        "threshold = 0.62",
        "ana@bank.example",
        CONTEST,
        "an underwriter looks at each denial",
        "report:validation@7",
        f"accountable {BANK}",
    ):
        assert said in words


def test_a_stranger_checks_it_with_what_the_answer_holds_and_the_logs_key(
    run: Run, id: str, deployed: Path
) -> None:
    found = run("explain", id, "--json").json
    envelope = run("show", found["batch"]["id"], "--envelope").out
    (vkey,) = [k["vkey"] for k in run("keys", "list", "--json").json if k["role"] == "log"]

    # Without anything of ours that knows outcomes.
    proof = found["proof"]["batch"]
    leaf = hashlib.sha256(b"\0" + proof["disclosure"].encode()).digest()
    assert leaf.hex() == proof["leaf"]
    path = [bytes.fromhex(step) for step in proof["path"]]
    root = bytes.fromhex(proof["root"])
    assert merkle.included(leaf, proof["number"], proof["size"], path, root)
    signed = json.loads(Envelope.from_bytes(envelope).payload)["predicate"]
    assert (signed["root"], signed["size"]) == (proof["root"], proof["size"])
    from answerable.ledger import LogVerifier

    InclusionProof.from_bytes(found["proof"]["log"].encode()).check(
        envelope, LogVerifier.from_vkey(vkey)
    )
    salt, outcome = json.loads(proof["disclosure"])
    assert len(bytes.fromhex(salt)) == 16
    assert outcome["value"] == found["outcome"]["value"] == "declined"
    assert found["verified"] is True


def test_the_json_names_who_answers_and_every_decision(run: Run, id: str) -> None:
    found = run("explain", id, "--json").json

    assert found["accountable"] == found["organisation"] == {"id": BANK}
    assert [d["chosen"] for d in found["thresholds"]] == [0.62]
    assert found["thresholds"][0]["decided_by"]["id"] == ANA
    assert [d["chosen"] for d in found["contest"]] == [CONTEST]
    assert found["evidence"][0]["kind"] == "own_test"
    assert found["batch"]["type"] == "outcomes"


def test_a_batch_can_be_looked_at_like_any_record(run: Run, id: str) -> None:
    batch = id.rpartition(".")[0]

    shown = run("show", batch)
    assert shown.status == 0
    assert DEPLOYMENT in shown.text
    assert [r["id"] for r in run("log", "--type", "outcomes", "--json").json] == [batch]


@pytest.mark.parametrize("asked", ["4711", "0193b4e2-7c02-7b1e-8d0f-0a4c1b9e7d55.0"])
def test_no_such_outcome_exits_2(run: Run, id: str, asked: str) -> None:
    found = run("explain", asked, "--json")

    assert found.status == 2
    assert found.json["error"]["code"] in ("invalid-reference", "not-found")


def test_an_altered_outcome_exits_1_and_is_not_shown(run: Run, id: str, deployed: Path) -> None:
    import sqlite3

    with sqlite3.connect(f"{deployed}.outcomes") as database:
        database.execute("UPDATE outcomes SET disclosure = replace(disclosure, 'decl', 'DECL')")
    database.close()

    found = run("explain", id)
    assert found.status == 1
    assert "does not verify" in found.text
    assert "DECL" not in found.text


def test_what_a_terminal_would_obey_is_written_out(run: Run, deployed: Path) -> None:
    receipt = ans.outcome(DEPLOYMENT, "a1", "x\x1b[2J", elements={"a\u202eb": "\x1b]0;t\x07"})
    ans.flush()

    for words in ((), ("--json",)):
        found = run("explain", receipt.id, "--ledger", str(deployed), *words)
        assert b"\x1b" not in found.out and "\u202e" not in found.text


def test_one_persons_outcomes_are_listed_by_the_pseudonym(run: Run, id: str) -> None:
    found = run("outcomes", "application-4", "--json")
    assert (found.status, [outcome["id"] for outcome in found.json]) == (0, [id])
    assert found.json[0]["value"] == "declined"
    assert id in run("outcomes", "application-4").text

    none = run("outcomes", "application-44")
    assert (none.status, none.text.strip()) == (1, "no outcomes")
    assert run("outcomes", "ana@bank.example").status == 2
