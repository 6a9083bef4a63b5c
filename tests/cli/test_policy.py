"""Who may sign what, from a file to a gate; and OpenSSH agrees about the keys."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import answerable as ans
from answerable.signing import Keyring, key_id, raw
from answerable.signing.ssh import public_line
from tests.cli.running import Run, running

SUBJECT = "deployment:prod/scores"
ANA, BO, CY = (f"person:{name}@bank.example" for name in ("ana", "bo", "cy"))


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    monkeypatch.setenv("ANSWERABLE_LEDGER", uri)
    ans.configure(actor=ANA, accountable="role:release")
    with ans.step("deploy", produced=[SUBJECT]):
        ans.choose("deploy", "all", over={"none": "too late"}, because="it holds")
    ans.shutdown()
    return uri


def key(home: Path, actor: str) -> str:
    return key_id(raw(Keyring(home).identity(actor).public_key()))


@pytest.fixture
def policy(tmp_path: Path, home: Path, ledger: str) -> Path:
    """Ana and Bo are the root, and both must approve a deployment."""
    return write(tmp_path / "policy.toml", home)


def write(path: Path, home: Path, version: int = 1) -> Path:
    ana, bo = key(home, ANA), key(home, BO)
    path.write_text(f"""
version = {version}
[root]
threshold = 2
keys = ["{ana}", "{bo}"]
[principals.ana]
keys = ["{ana}"]
actor = "{ANA}"
[principals.bo]
keys = ["{bo}"]
actor = "{BO}"
[[rule]]
kind = "deploy"
principals = ["ana", "bo"]
threshold = 2
""")
    return path


def approve(run: Run, actor: str) -> None:
    digest = run("review", SUBJECT, "--json").json["digest"]
    words = ("--digest", digest, "--meaning", "approval", "--as", actor)
    assert run("approve", SUBJECT, *words).status == 0


class TestCheck:
    def test_it_says_each_rule_in_words(self, run: Run, policy: Path) -> None:
        told = run("policy", "check", str(policy)).text

        assert "deploy is signed by ana or bo. Approving it takes 2 of them." in told
        assert f"ana, who acts as {ANA}, signs with one key." in told
        assert "Anything but deploy may be signed by any principal." in told
        assert "0 of 3 records are rejected" in told

    def test_it_names_each_record_that_it_rejects(
        self, run: Run, policy: Path, ledger: str
    ) -> None:
        ans.configure(ledger=ledger, actor=CY)
        ans.choose("vendor", "acme", because="cheap")
        ans.shutdown()

        found = run("policy", "check", str(policy), "--json")

        assert (found.status, found.json["records"]) == (1, 5)
        assert [f["code"] for f in found.json["rejected"]] == ["unknown-key", "unknown-key"]
        (vendor,) = run("log", "--kind", "vendor", "--json").json
        assert found.json["rejected"][1]["id"] == vendor["id"]

    def test_what_is_no_policy_exits_2(self, run: Run, tmp_path: Path, ledger: str) -> None:
        (tmp_path / "bad.toml").write_text("version = 1")

        assert run("policy", "check", str(tmp_path / "bad.toml")).status == 2
        assert run("policy", "check", str(tmp_path / "absent.toml")).status == 2


class TestAdopt:
    def test_two_people_on_two_machines_put_it_in_force(
        self, run: Run, policy: Path, tmp_path: Path
    ) -> None:
        bos = tmp_path / "bo.sig"
        assert run("policy", "sign", str(policy), "--as", BO, "-o", str(bos)).status == 0

        made = run(
            *("policy", "adopt", str(policy), "--key", ANA, "--signature", str(bos)),
            *("--as", ANA, "--json"),
        )

        assert made.status == 0
        assert (made.json["type"], made.json["version"]) == ("policy", 1)
        assert run("verify", "--json").json["policy"] == 1
        assert run("review", SUBJECT, "--json").json["required"] == {
            "threshold": 2,
            "principals": ["ana", "bo"],
        }

    def test_one_is_not_enough_and_nothing_is_recorded(
        self, run: Run, policy: Path, tmp_path: Path
    ) -> None:
        before = run("verify", "--json").json["size"]

        found = run("policy", "adopt", str(policy), "--key", ANA, "--key", ANA)

        assert found.status == 1
        assert "needs the signatures of 2 of the root keys" in found.err
        assert run("verify", "--json").json["size"] == before

    def test_the_next_version_follows(
        self, run: Run, policy: Path, tmp_path: Path, home: Path
    ) -> None:
        both = ("--key", ANA, "--key", BO, "--as", ANA)
        assert run("policy", "adopt", str(policy), *both).status == 0

        again = run("policy", "adopt", str(policy), *both)
        assert again.status == 2
        assert "version 1 cannot follow version 1" in again.err
        second = write(tmp_path / "second.toml", home, version=2)
        assert run("policy", "adopt", str(second), *both).status == 0
        assert run("verify", "--json").json["policy"] == 2

    def test_after_it_a_strangers_records_do_not_count(
        self, run: Run, policy: Path, ledger: str
    ) -> None:
        assert run("policy", "adopt", str(policy), "--key", ANA, "--key", BO).status == 0
        ans.configure(ledger=ledger, actor=CY)
        ans.choose("vendor", "acme", because="cheap")
        ans.shutdown()

        found = run("verify", "--json")

        assert (found.status, found.json["verdict"]) == (1, "invalid")
        assert {f["code"] for f in found.json["faults"]} == {"unknown-key"}


class TestGate:
    def test_it_opens_when_enough_have_approved_the_present_whole(
        self, run: Run, policy: Path
    ) -> None:
        words = ("gate", SUBJECT, "--policy", str(policy), "--json")
        assert run(*words).status == 1
        approve(run, ANA)
        closed = run(*words)
        assert closed.status == 1
        assert "2 of ana, bo must approve: 1 did" in closed.json["because"]
        approve(run, BO)

        found = run(*words)

        assert found.status == 0
        assert set(found.json) == {"open", "because", "approvals", "gaps"}
        assert (found.json["open"], len(found.json["approvals"])) == (True, 2)
        assert "open" in run("gate", SUBJECT, "--policy", str(policy)).text

    def test_the_policy_in_force_judges_where_none_is_given(self, run: Run, policy: Path) -> None:
        assert (
            run("policy", "adopt", str(policy), "--key", ANA, "--key", BO, "--as", ANA).status == 0
        )
        approve(run, ANA)
        assert run("gate", SUBJECT).status == 1
        approve(run, BO)
        assert run("gate", SUBJECT).status == 0

    def test_a_decision_after_the_approvals_closes_it(
        self, run: Run, policy: Path, ledger: str
    ) -> None:
        approve(run, ANA)
        approve(run, BO)
        assert run("gate", SUBJECT, "--policy", str(policy)).status == 0
        ans.configure(ledger=ledger, actor=ANA, accountable="role:release")
        ans.choose("threshold", 0.5, over={0.6: "no"}, because="late", about=SUBJECT)
        ans.shutdown()

        assert run("gate", SUBJECT, "--policy", str(policy)).status == 1

    def test_gaps_close_it_unless_they_are_allowed(self, run: Run, ledger: str) -> None:
        ans.configure(ledger=ledger, actor=ANA)
        ans.choose("threshold", 0.5, over={0.6: "no"}, because="late", about=SUBJECT)
        ans.shutdown()
        approve(run, BO)

        closed = run("gate", SUBJECT, "--json")
        assert (closed.status, closed.json["because"]) == (
            1,
            ["1 open: no-evidence", "1 open: unassigned"],
        )
        allowed = ("--allow", "unassigned", "--allow", "no-evidence")
        assert run("gate", SUBJECT, *allowed).status == 0
        assert run("gate", SUBJECT, *allowed[:2]).status == 1
        assert run("gate", SUBJECT, "--allow", "everything").status == 2

    def test_a_ledger_that_does_not_verify_closes_it(
        self, run: Run, ledger: str, tmp_path: Path
    ) -> None:
        import sqlite3

        approve(run, BO)
        with sqlite3.connect(tmp_path / "decisions.db") as database:
            database.execute("DELETE FROM nodes")
        database.close()

        assert run("gate", SUBJECT).status != 0


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen here")
def test_openssh_accepts_the_exported_signers(
    run: Run, policy: Path, home: Path, tmp_path: Path
) -> None:
    """Ana's key is known from the ledger; Bo's fingerprint alone is not enough."""
    exported = run("policy", "allowed-signers", str(policy)).text
    signers = tmp_path / "allowed_signers"
    signers.write_text(exported)
    (stored,) = [k for k in Keyring(home) if k.principal == ANA]
    message = tmp_path / "message"
    message.write_text("a reviewed release")
    sign = [
        "ssh-keygen",
        "-Y",
        "sign",
        "-q",
        "-n",
        "answerable",
        "-f",
        str(stored.path),
        str(message),
    ]
    subprocess.run(sign, check=True, capture_output=True)

    def accepted(who: str) -> bool:
        check = [
            *("ssh-keygen", "-Y", "verify", "-n", "answerable", "-f", str(signers)),
            *("-I", who, "-s", f"{message}.sig"),
        ]
        ran = subprocess.run(check, input=message.read_bytes(), capture_output=True, check=False)
        return ran.returncode == 0

    assert len(exported.splitlines()) == 1
    assert public_line(raw(stored.load().public_key())) in exported
    assert accepted("ana@bank.example")
    assert not accepted("bo@bank.example")
