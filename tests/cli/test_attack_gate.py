"""Nothing but enough people's own approvals of the present whole opens the gate.

Each attack is made by somebody who may write the ledger's file, and holds the log's own key, which signs
whatever they append. The question is put on the command line, as a deployment job puts it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import answerable as ans
from answerable.ledger import Ledger
from answerable.model import Actor, Approval
from answerable.signing import Keyring
from answerable.signing.keys import IdentityKey
from answerable.testing import FixedClock
from tests.cli.running import Run, running
from tests.history.forging import Forger, name_of
from tests.ledger import tampering

SUBJECT = "deployment:prod/scores"
ANA, BO, CY = (f"person:{name}@bank.example" for name in ("ana", "bo", "cy"))
LONG_AGO = datetime(2026, 1, 31, 12, tzinfo=UTC)


@attrs.frozen
class Gate:
    """A deployment whose policy asks for Ana and Bo, and Ana has approved it."""

    run: Run
    path: Path
    home: Path
    policy: Path

    def digest(self, subject: str = SUBJECT) -> str:
        return str(self.run("review", subject, "--json").json["digest"])

    def approve(self, actor: str, subject: str = SUBJECT) -> None:
        words = ("--digest", self.digest(subject), "--meaning", "approval", "--as", actor)
        assert self.run("approve", subject, *words).status == 0

    def asked(self, *words: str) -> Any:
        """What `answerable gate` says, which its exit status says too."""
        found = self.run("gate", SUBJECT, "--policy", str(self.policy), "--json", *words)
        assert found.status == (0 if found.json["open"] else 1)
        return found.json

    def is_closed(self, because: str, *words: str, approvers: int = 1) -> None:
        found = self.asked(*words)
        assert not found["open"]
        assert because in " | ".join(found["because"])
        assert len(found["approvals"]) == approvers

    def write(
        self, more: str = "", *, version: int = 1, anas: tuple[str, ...] = (ANA,), roots: int = 2
    ) -> None:
        keys = ", ".join(f'"{self.key(actor)}"' for actor in anas)
        self.policy.write_text(f"""
version = {version}
[root]
threshold = {roots}
keys = ["{self.key(ANA)}", "{self.key(BO)}"]
[principals.ana]
keys = [{keys}]
[principals.bo]
keys = ["{self.key(BO)}"]
[[rule]]
kind = "deploy"
principals = ["ana", "bo"]
threshold = 2
{more}""")

    def key(self, actor: str) -> str:
        return name_of(Keyring(self.home).identity(actor))

    def record(self, actor: str) -> None:
        """From now on this process acts as that actor."""
        ans.configure(ledger=self.path, actor=actor, accountable="role:release")

    def forger(self, actor: str, identity: IdentityKey | None = None) -> Forger:
        """Somebody who signs under that identity's key, or under one that they made."""
        return Forger(
            home=self.home,
            path=self.path,
            identity=identity or Keyring(self.home).identity(actor),
        )

    def approval(self, forger: Forger, actor: str, **changes: Any) -> Approval:
        """An approval of what there is to see now, as it should be, but for `changes`."""
        base = forger.decision()
        now = datetime.now(UTC)
        fields: dict[str, Any] = {
            "id": f"0193b4e2-7c02-7b1e-8d0f-{abs(hash(repr(changes))) % 10**12:012d}",
            "decided_at": now,
            "recorded_at": now,
            "decided_by": Actor(id=actor),
            "emission": base.emission,
            "about": (SUBJECT,),
            "meaning": "approval",
            "digest": self.digest(),
        }
        return Approval(**(fields | changes))

    def delegate(self, forger: Forger, actor: str, **changes: Any) -> None:
        """The forger's session is introduced, for now and for that actor, but for `changes`."""
        now = datetime.now(UTC)
        fields = {
            "id": f"0193b4e2-7c02-7b1e-8d0f-{abs(hash(name_of(forger.session))) % 10**12:012d}",
            "decided_at": now,
            "recorded_at": now,
            "decided_by": Actor(id=actor),
            "principal": actor,
            "team": None,
            "not_before": now - timedelta(minutes=1),
            "not_after": now + timedelta(hours=1),
        }
        forger.append(forger.sign(forger.delegation(**(fields | changes))))


@pytest.fixture
def gate(
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Gate]:
    path = tmp_path / "decisions.db"
    monkeypatch.setenv("ANSWERABLE_LEDGER", str(path))
    ans.configure(ledger=path, actor=ANA, accountable="role:release")
    with ans.step("deploy", produced=[SUBJECT]):
        ans.choose("deploy", "all", over={"none": "too late"}, because="it holds")
    ans.shutdown()
    made = Gate(running(capfdbinary), path, home, tmp_path / "policy.toml")
    made.write()
    made.approve(ANA)
    yield made
    ans.shutdown()


def test_the_two_whom_the_policy_asks_for_open_it(gate: Gate) -> None:
    """Else nothing below would say anything."""
    gate.is_closed("2 of ana, bo must approve: 1 did")
    gate.approve(BO)

    assert gate.asked()["open"]


def test_a_well_made_forgery_of_the_tests_own_would_open_it(gate: Gate) -> None:
    """Who holds Bo's key is Bo: the attacks below fail by what they change, and by nothing else."""
    bo = gate.forger(BO)
    gate.delegate(bo, BO)
    bo.append(bo.sign(gate.approval(bo, BO)))

    assert gate.asked()["open"]


class TestAnOlderDigest:
    def test_the_command_refuses_it(self, gate: Gate) -> None:
        old = gate.digest()
        gate.record(ANA)
        ans.choose("threshold", 0.5, over={0.6: "no"}, because="late", about=SUBJECT)
        ans.shutdown()

        words = ("--digest", old, "--meaning", "approval", "--as", BO)
        assert gate.run("approve", SUBJECT, *words).status == 1
        gate.is_closed("nobody has approved what there is to see now", approvers=0)

    def test_the_gate_does_not_count_it(self, gate: Gate) -> None:
        old = gate.digest()
        gate.record(ANA)
        ans.choose("vendor", "acme", over={"none": "no"}, because="late", about=SUBJECT)
        gate.record(BO)
        ans.approve(SUBJECT, digest=old)
        ans.shutdown()

        gate.is_closed("nobody has approved what there is to see now", approvers=0)

    def test_a_decision_after_all_approvals_closes_it_again(self, gate: Gate) -> None:
        gate.approve(BO)
        assert gate.asked()["open"]
        gate.record(BO)
        with ans.decide("threshold", about=SUBJECT) as d:
            d.consider(0.6, because="no")
            d.evidence(ans.artifact("report:r@1", data=b"r"), kind="third_party")
            d.choose(0.5, because="late")
        ans.shutdown()

        gate.is_closed("nobody has approved what there is to see now", approvers=0)

    def test_nor_do_they_count_for_a_ledger_that_was_cut_back_to_them(self, gate: Gate) -> None:
        gate.approve(BO)
        assert gate.asked()["open"]
        before = tampering.copy_of(gate.path)
        gate.record(ANA)
        ans.choose("threshold", 0.5, over={0.6: "no"}, because="late", about=SUBJECT)
        ans.shutdown()
        tampering.restore(gate.path, before)

        found = gate.run("gate", SUBJECT, "--policy", str(gate.policy), "--json")
        assert found.status != 0


class TestOnePersonTwice:
    def test_two_keys_of_one_principal_are_one_voice(self, gate: Gate) -> None:
        second = "person:ana.at.home@bank.example"
        gate.write(anas=(ANA, second))
        gate.approve(second)

        gate.is_closed("2 of ana, bo must approve: 1 did")

    def test_one_key_under_two_principals_is_no_policy(self, gate: Gate) -> None:
        text = gate.policy.read_text()
        gate.policy.write_text(
            text.replace(f'keys = ["{gate.key(BO)}"]', f'keys = ["{gate.key(ANA)}"]')
        )

        assert gate.run("gate", SUBJECT, "--policy", str(gate.policy)).status == 2

    def test_one_key_that_goes_by_two_names_is_one_voice(self, gate: Gate) -> None:
        ana = gate.forger(BO, Keyring(gate.home).identity(ANA))
        gate.delegate(ana, BO)
        ana.append(ana.sign(gate.approval(ana, BO)))

        gate.is_closed("2 of ana, bo must approve: 1 did")

    def test_one_who_approves_again_and_again_is_one_voice(self, gate: Gate) -> None:
        gate.approve(ANA)
        gate.approve(ANA)

        gate.is_closed("2 of ana, bo must approve: 1 did")


class TestDelegations:
    def test_one_that_has_ended_lends_nothing(self, gate: Gate) -> None:
        bo = gate.forger(BO)
        ended = {"not_before": LONG_AGO, "not_after": LONG_AGO + timedelta(hours=12)}
        gate.delegate(bo, BO, **ended)
        bo.append(bo.sign(gate.approval(bo, BO)))

        gate.is_closed("the ledger does not verify")

    def test_one_that_a_stranger_wrote_lends_nothing(self, gate: Gate) -> None:
        """It names Bo, and is signed by a key that nobody knows."""
        stranger = gate.forger(BO, Ed25519PrivateKey.generate())
        gate.delegate(stranger, BO)
        stranger.append(stranger.sign(gate.approval(stranger, BO)))

        gate.is_closed("the ledger does not verify")

    def test_one_that_bo_never_signed_lends_nothing(self, gate: Gate) -> None:
        bo = gate.forger(BO)
        now = datetime.now(UTC)
        lent = bo.delegation(
            decided_by=Actor(id=BO), principal=BO, recorded_at=now, team=None, not_after=now
        )
        bo.append(bo.sign(lent, Ed25519PrivateKey.generate(), bo.session))
        bo.append(bo.sign(gate.approval(bo, BO)))

        gate.is_closed("the ledger does not verify")


class TestSignatures:
    def test_an_approval_without_one_opens_nothing(self, gate: Gate) -> None:
        bo = gate.forger(BO)
        gate.delegate(bo, BO)
        envelope = json.loads(bo.sign(gate.approval(bo, BO)))
        bo.append(json.dumps(envelope | {"signatures": []}).encode())

        gate.is_closed("the ledger does not verify")

    def test_an_approval_under_another_key_opens_nothing(self, gate: Gate) -> None:
        bo = gate.forger(BO)
        gate.delegate(bo, BO)
        bo.append(bo.sign(gate.approval(bo, BO), Ed25519PrivateKey.generate()))

        gate.is_closed("the ledger does not verify")

    def test_a_signature_of_something_else_opens_nothing(self, gate: Gate) -> None:
        bo = gate.forger(BO)
        gate.delegate(bo, BO)
        given = json.loads(bo.sign(gate.approval(bo, BO, meaning="review")))
        asked = json.loads(bo.sign(gate.approval(bo, BO)))
        bo.append(json.dumps(asked | {"signatures": given["signatures"]}).encode())

        gate.is_closed("the ledger does not verify")

    def test_bos_name_under_anas_key_opens_nothing(self, gate: Gate) -> None:
        gate.record(ANA)
        ans.approve(SUBJECT, digest=gate.digest(), decided_by=BO)
        ans.shutdown()

        gate.is_closed("2 of ana, bo must approve: 1 did")


class TestWhoever:
    def test_somebody_whom_the_policy_does_not_name_opens_nothing(self, gate: Gate) -> None:
        gate.approve(CY)

        gate.is_closed("2 of ana, bo must approve: 1 did")

    def test_somebody_whom_the_rule_does_not_name_opens_nothing(self, gate: Gate) -> None:
        gate.write(f'[principals.cy]\nkeys = ["{gate.key(CY)}"]\n')
        gate.approve(CY)

        gate.is_closed("2 of ana, bo must approve: 1 did", approvers=2)

    @pytest.mark.parametrize("meaning", ["review", "responsibility", "authorship"])
    def test_another_meaning_opens_nothing(self, gate: Gate, meaning: str) -> None:
        words = ("--digest", gate.digest(), "--meaning", meaning, "--as", BO)
        assert gate.run("approve", SUBJECT, *words).status == 0

        gate.is_closed("2 of ana, bo must approve: 1 did")

    def test_a_dissent_opens_nothing(self, gate: Gate) -> None:
        assert gate.run("dissent", SUBJECT, "--because", gate.digest(), "--as", BO).status == 0

        gate.is_closed("2 of ana, bo must approve: 1 did")

    def test_an_approval_that_was_taken_back_opens_nothing(self, gate: Gate) -> None:
        gate.approve(BO)
        gate.record(BO)
        with ans.open(gate.path) as history:
            (newest, *_) = history.events("approval")
        ans.revoke(newest.id, "I had not seen the report")
        ans.shutdown()

        gate.is_closed("2 of ana, bo must approve: 1 did")

    def test_one_that_waits_outside_the_ledger_opens_nothing(self, gate: Gate) -> None:
        digest = gate.digest()
        gate.path.chmod(0o400)
        away = gate.path.with_name("away.db")
        gate.path.rename(away)
        gate.path.mkdir()
        with pytest.raises(ans.AnswerableError):
            gate.record(BO)
            ans.approve(SUBJECT, digest=digest)
        gate.path.rmdir()
        away.rename(gate.path)
        gate.path.chmod(0o600)

        gate.is_closed("2 of ana, bo must approve: 1 did")


class TestThePolicy:
    def test_a_revoked_key_opens_nothing(self, gate: Gate) -> None:
        with ans.open(gate.path) as history:
            end = history.ledger.size()
        gate.approve(BO)
        revoked = f'[[revoked]]\nkey = "{gate.key(BO)}"\nafter_index = {end - 1}\n'
        gate.write(revoked, roots=1)  # two could never be reached again, which is refused

        gate.is_closed("the ledger does not verify")

    def test_a_rule_that_has_ended_lets_nobody_open_it(
        self, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It held when the deployment was decided, and asks for two: its end is no easier gate."""
        older = attrs.evolve(gate, path=tmp_path / "older.db")
        monkeypatch.setenv("ANSWERABLE_LEDGER", str(older.path))
        with FixedClock(LONG_AGO):
            older.record(ANA)
            with ans.step("deploy", produced=[SUBJECT]):
                ans.choose("deploy", "all", over={"none": "too late"}, because="it holds")
            ans.shutdown()
        text = gate.policy.read_text()
        until = 'kind = "deploy"\nuntil = "2026-06-01"'
        gate.policy.write_text(text.replace('kind = "deploy"', until))
        for actor in (ANA, BO):
            older.approve(actor)

        older.is_closed("no rule of the policy for approving it holds now", approvers=2)

    def test_a_weaker_one_is_not_adopted_without_its_roots(self, gate: Gate) -> None:
        adopt = ("policy", "adopt", str(gate.policy))
        assert gate.run(*adopt, "--key", ANA, "--key", BO, "--as", ANA).status == 0
        gate.write(version=2)
        gate.policy.write_text(gate.policy.read_text().replace("threshold = 2", "threshold = 1"))

        assert gate.run(*adopt, "--key", ANA, "--as", ANA).status == 1
        assert gate.run("gate", SUBJECT).status == 1

    def test_one_that_was_slipped_into_the_ledger_judges_nothing(self, gate: Gate) -> None:
        from answerable.model import PolicyVersion
        from answerable.signing.endorsing import endorse

        adopt = ("policy", "adopt", str(gate.policy))
        assert gate.run(*adopt, "--key", ANA, "--key", BO, "--as", ANA).status == 0
        gate.write(version=2)
        weaker = gate.policy.read_text().replace("threshold = 2", "threshold = 1")
        ana = gate.forger(ANA)
        gate.delegate(ana, ANA)
        base, now = ana.decision(), datetime.now(UTC)
        slipped = PolicyVersion(
            id="0193b4e2-7c02-7b1e-8d0f-999999999999",
            decided_at=now,
            recorded_at=now,
            decided_by=Actor(id=ANA),
            emission=base.emission,
            version=2,
            text=weaker,
            endorsements=(endorse(weaker, Keyring(gate.home).identity(ANA)),),
        )
        ana.append(ana.sign(slipped))

        found = gate.run("gate", SUBJECT, "--json")
        assert (found.status, found.json["open"]) == (1, False)
        assert "2 of ana, bo must approve: 1 did" in found.json["because"]

    def test_an_older_one_than_the_ledgers_judges_nothing(self, gate: Gate) -> None:
        """Its file from before Bo was asked for is laid beside the ledger again."""
        before = gate.policy.read_text().replace("threshold = 2", "threshold = 1")
        gate.policy.write_text(before)
        adopt = ("policy", "adopt", str(gate.policy))
        assert gate.run(*adopt, "--key", ANA, "--as", ANA).status == 0
        gate.write(version=2)
        assert gate.run(*adopt, "--key", ANA, "--key", BO, "--as", ANA).status == 0
        gate.policy.write_text(before)

        gate.is_closed("the ledger does not verify")

    @pytest.mark.parametrize("text", ["", "version = 1", "not toml", "[[rule]]\nkind = 1"])
    def test_what_is_no_policy_opens_nothing(self, gate: Gate, text: str) -> None:
        gate.approve(BO)
        gate.policy.write_text(text)

        assert gate.run("gate", SUBJECT, "--policy", str(gate.policy)).status == 2

    def test_one_that_is_not_there_opens_nothing(self, gate: Gate) -> None:
        gate.approve(BO)

        assert gate.run("gate", SUBJECT, "--policy", str(gate.policy) + "x").status == 2

    def test_no_gap_that_is_allowed_allows_a_fault(self, gate: Gate) -> None:
        gate.approve(BO)
        tampering.change(gate.path, "DELETE FROM nodes")
        codes = ("unverified", "conflict", "unapproved", "stale-approval")

        found = gate.run("gate", SUBJECT, *(w for c in codes for w in ("--allow", c)), "--json")
        assert found.status != 0


class TestReplays:
    def test_an_approval_of_another_subject_opens_nothing(self, gate: Gate) -> None:
        other = "deployment:prod/other"
        gate.record(ANA)
        with ans.step("deploy", produced=[other]):
            ans.choose("deploy", "all", over={"none": "too late"}, because="it holds")
        ans.shutdown()
        gate.approve(BO, other)

        gate.is_closed("2 of ana, bo must approve: 1 did")

    def test_one_of_both_at_once_opens_neither_for_the_other(self, gate: Gate) -> None:
        """It binds one digest: nobody can tell whose."""
        other = "deployment:prod/other"
        gate.record(ANA)
        with ans.step("deploy", produced=[other]):
            ans.choose("deploy", "all", over={"none": "too late"}, because="it holds")
        gate.record(BO)
        ans.approve(other, digest=gate.digest())
        ans.shutdown()

        gate.is_closed("2 of ana, bo must approve: 1 did")

    @pytest.mark.parametrize("with_delegation", [False, True])
    def test_an_approval_from_another_ledger_opens_nothing(
        self, gate: Gate, tmp_path: Path, with_delegation: bool
    ) -> None:
        """Bo approves the same digest elsewhere, and the envelope is carried over."""
        elsewhere = tmp_path / "elsewhere.db"
        digest = gate.digest()
        ans.configure(ledger=elsewhere, actor=CY, accountable="role:release")
        ans.choose("vendor", "acme", because="first")
        ans.configure(ledger=elsewhere, actor=BO)
        ans.approve(SUBJECT, digest=digest)
        ans.shutdown()
        there = Ledger.open(str(elsewhere), gate.home)
        carried = [entry.envelope for entry in there.entries()][-2:]
        there.close()
        here = Ledger.open_or_create(str(gate.path), gate.home)
        for envelope in carried if with_delegation else carried[1:]:
            here.append(envelope)
        here.close()

        gate.is_closed("the ledger does not verify", approvers=2 if with_delegation else 1)

    def test_the_same_envelope_again_is_one_voice(self, gate: Gate) -> None:
        ledger = Ledger.open_or_create(str(gate.path), gate.home)
        (*_, last) = ledger.entries()
        ledger.append(json.dumps(json.loads(last.envelope), indent=1).encode())
        ledger.close()

        gate.is_closed("the ledger does not verify")


def test_a_deployment_job_stops_at_a_closed_gate(gate: Gate) -> None:
    """The one line of a pipeline, in a process of its own."""
    line = f'"{sys.executable}" -m answerable gate {SUBJECT} --policy "{gate.policy}" || exit 1; echo deployed'
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (ran.returncode, "deployed" in ran.stdout) == (1, False)

    gate.approve(BO)

    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (ran.returncode, "deployed" in ran.stdout) == (0, True)
