"""The investigator's and the reviewer's questions, as scripts and people ask them."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

import answerable as ans
from answerable.history import verify
from answerable.ledger import Ledger
from answerable.signing import Keyring, key_id, raw
from answerable.signing.outside import OutsideKey
from tests.cli.running import Run, running

SUBJECT = "deployment:prod/scores"
ANA, BO = "person:ana@bank.example", "person:bo@bank.example"
EMPTY: dict[str, list[object]] = {
    "added": [],
    "removed": [],
    "changed": [],
    "remade": [],
    "defaults": [],
    "changed_without_decision": [],
}


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two versions of a model, on two data sets; the second is deployed, with a vendor's score."""
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    monkeypatch.setenv("ANSWERABLE_LEDGER", uri)
    ans.configure(team="scoring", actor=ANA, accountable="role:head-of-scoring")
    for version, threshold in ((1, 0.5), (2, 0.62)):
        train(version, threshold)
    with ans.step("deploy", used=["model:scores@2"], produced=[SUBJECT]):
        ans.choose(
            "vendor",
            "bureau",
            over={"none": "too little is known of applicants"},
            because="covers 97%",
            used=["vendor:bureau@2026"],
            assumptions="its codes stay",
        )
    ans.shutdown()
    return uri


def train(version: int, threshold: float) -> str:
    with ans.step("train", used=[f"dataset:cases@{version}"], produced=[f"model:scores@{version}"]):
        with ans.decide("threshold", "At which score?") as d:
            d.consider(0.9, because="declines too many")
            d.choose(threshold, because=f"measured on cases {version}")
    return d.id


def digest(run: Run) -> str:
    return str(run("review", SUBJECT, "--json").json["digest"])


class TestWhy:
    def test_it_names_the_decision_in_force(self, run: Run, ledger: str) -> None:
        found = run("why", "threshold", "--in", SUBJECT, "--json")

        assert found.status == 0
        assert set(found.json) >= {"in_force", "superseded", "gaps"}
        (decision,) = found.json["in_force"]
        assert (decision["chosen"], decision["verified"]) == (0.62, True)
        assert decision["decided_by"]["id"] == ANA
        assert found.json["superseded"] == []

    def test_people_read_the_reasons_and_the_rivals(self, run: Run, ledger: str) -> None:
        told = run("why", "threshold", "--in", SUBJECT).text

        for said in ("0.62", "measured on cases 2", "0.9", "declines too many", "ana@bank.example"):
            assert said in told

    def test_what_was_replaced_is_told_apart(self, run: Run, ledger: str) -> None:
        (before,) = run("log", "--kind", "vendor", "--json").json
        then = datetime.now(UTC).isoformat()
        ans.configure(actor=BO)
        ans.choose(
            "vendor", "in-house", because="we test it", about=SUBJECT, supersedes=before["id"]
        )
        ans.shutdown()

        found = run("why", "vendor", "--in", SUBJECT, "--json").json
        earlier = run("why", "vendor", "--in", SUBJECT, "--at", then, "--json")

        assert [d["chosen"] for d in found["in_force"]] == ["in-house"]
        assert [d["chosen"] for d in found["superseded"]] == ["bureau"]
        assert [d["chosen"] for d in earlier.json["in_force"]] == ["bureau"]
        assert {gap["code"] for gap in found["gaps"]} == {
            "unassigned",
            "no-alternatives",
            "no-evidence",
        }

    def test_what_nobody_decided_exits_1(self, run: Run, ledger: str) -> None:
        found = run("why", "fairness", "--in", SUBJECT, "--json")

        assert (found.status, found.json["in_force"]) == (1, [])
        told = " ".join(run("why", "fairness", "--in", SUBJECT).text.split())
        assert "nobody decided fairness" in told
        assert "decided there" in told
        assert "threshold" in told

    def test_a_subject_that_nobody_knows_exits_2(self, run: Run, ledger: str) -> None:
        found = run("why", "threshold", "--in", "deployment:prod/score", "--json")

        assert found.status == 2
        assert SUBJECT in found.json["error"]["hint"]


class TestDiff:
    def test_it_tells_what_was_decided_otherwise_and_what_changed_without(
        self, run: Run, ledger: str
    ) -> None:
        found = run("diff", "model:scores@1", "model:scores@2", "--json")

        assert found.status == 0
        (changed,) = found.json["changed"]
        assert (changed["kind"], changed["question"]) == ("threshold", "At which score?")
        assert (changed["before"]["chosen"], changed["after"]["chosen"]) == (0.5, 0.62)
        assert found.json["changed_without_decision"] == [
            {"what": "dataset:cases", "before": "dataset:cases@1", "after": "dataset:cases@2"}
        ]
        assert found.json["gaps"] == {"closed": [], "opened": []}

    def test_people_see_both_values_and_who(self, run: Run, ledger: str) -> None:
        told = run("diff", "model:scores@1", "model:scores@2").text

        for said in ("0.5", "0.62", "decided otherwise", "changed without a decision", "cases@2"):
            assert said in told

    def test_nothing_differs_from_itself(self, run: Run, ledger: str) -> None:
        found = run("diff", SUBJECT, SUBJECT, "--json").json

        assert {name: found[name] for name in EMPTY} == EMPTY
        assert "no decision differs" in run("diff", SUBJECT, SUBJECT).text


class TestImpact:
    def test_it_reaches_over_hops_and_says_the_way(self, run: Run, ledger: str) -> None:
        found = run("impact", "dataset:cases@2", "--json").json

        assert [each["subject"] for each in found["reached"]] == ["model:scores@2", SUBJECT]
        path = found["reached"][1]["path"]
        assert (path[0], path[2], path[-1]) == ("dataset:cases@2", "model:scores@2", SUBJECT)
        assert found["ref"] == "dataset:cases@2"

    def test_without_a_version_any_is_meant(self, run: Run, ledger: str) -> None:
        found = run("impact", "vendor:bureau", "--json").json

        assert [each["subject"] for each in found["reached"]] == [SUBJECT]
        (vendor,) = run("log", "--kind", "vendor", "--json").json
        assert found["decisions"] == [vendor["id"]]
        assert SUBJECT in run("impact", "vendor:bureau").text

    def test_a_decision_that_is_about_it_is_among_the_decisions(
        self, run: Run, ledger: str
    ) -> None:
        ans.configure(actor=BO)
        ans.choose("guideline", "clarified", because="asked twice", about="dataset:cases@2")
        ans.shutdown()
        (said,) = run("log", "--kind", "guideline", "--json").json

        assert said["id"] in run("impact", "dataset:cases@2", "--json").json["decisions"]

    def test_nothing_by_that_name_exits_2(self, run: Run, ledger: str) -> None:
        assert run("impact", "vendor:nobody").status == 2


class TestReview:
    def test_of_what_is_signed_nothing_is_cut(self, run: Run, ledger: str) -> None:
        long = "a reason that is longer than a line, and that goes on until here: " * 4
        options = {f"option {n}": f"{long}{n}" for n in range(9)}
        ans.choose(
            "vendor", long, question="Whom do we ask?", over=options, because=long, about=SUBJECT
        )
        ans.shutdown()
        told = " ".join(run("review", SUBJECT).text.split())
        said = [long, "Whom do we ask?", *options, *options.values()]
        for each in said:
            assert " ".join(each.split()) in told

    def test_it_says_first_how_much_there_is_and_last_how_to_sign(
        self, run: Run, ledger: str
    ) -> None:
        digest = run("review", SUBJECT, "--json").json["digest"]
        approved = run("approve", SUBJECT, "--digest", digest, "--meaning", "approval", "--json")
        assert approved.status == 0
        text = run("review", SUBJECT).text

        head, _, rest = text.partition("\n\n")
        assert "valid, unwitnessed: every record verifies" in head
        assert "policy  none: any key is accepted" in head
        assert "2 decisions, 0 of them left to a default, 1 assumption" in head
        assert "1 approval of this state, 0 objections" in head
        binds = rest[rest.index("\napprovals\n") : rest.index("to sign it")]
        assert re.search(rf"^ +{digest} *$", binds, re.MULTILINE)  # to be copied: on one line
        assert f"answerable approve {SUBJECT} --meaning approval --digest \\\n  {digest}" in rest
        named = run("review", SUBJECT, "--ledger", ledger).text
        assert f"  {digest} --ledger {ledger}\n" in named
        assert f"--because REASON --ledger {ledger}\n" in named
        past = run("review", SUBJECT, "--at", "2199-12-31").text  # only what is now can be signed
        shown = run("show", approved.json["id"], "--presented").text
        assert "to sign it" not in past + shown
        assert digest in shown

    def test_it_presents_the_whole_under_one_digest(self, run: Run, ledger: str) -> None:
        found = run("review", SUBJECT, "--json")

        assert found.status == 0
        assert set(found.json) >= {
            *("subject", "digest", "records", "gaps", "approvals", "required")
        }
        assert [d["kind"] for d in found.json["records"]] == ["threshold", "vendor"]
        assert found.json["walls"] == ["vendor:bureau@2026"]
        assert [a["statement"] for a in found.json["assumptions"]] == ["its codes stay"]
        assert {gap["code"] for gap in found.json["gaps"]} == {
            *("asserted-link", "no-evidence", "opaque", "unapproved", "unrecorded")
        }
        assert (found.json["approvals"], found.json["required"]) == ([], None)
        told = run("review", SUBJECT).text
        for said in (
            found.json["digest"],
            "its codes stay",
            "vendor:bureau",
            "nobody has approved",
        ):
            assert said in told

    def test_approving_and_dissenting_leave_the_digest(self, run: Run, ledger: str) -> None:
        before = digest(run)
        assert (
            run("approve", SUBJECT, "--digest", before, "--meaning", "approval", "--as", BO).status
            == 0
        )
        assert run("dissent", SUBJECT, "--because", "too soon", "--as", ANA).status == 0

        found = run("review", SUBJECT, "--json").json
        assert found["digest"] == before
        (approval,) = found["approvals"]
        assert (approval["binds"], approval["present"]) == (before, True)
        assert approval["digest"] != before
        assert [d["rationale"] for d in found["dissents"]] == ["too soon"]

    def test_a_new_decision_changes_the_digest(self, run: Run, ledger: str) -> None:
        before = digest(run)
        run("approve", SUBJECT, "--digest", before, "--meaning", "approval")
        ans.choose("threshold", 0.7, because="asked to", about=SUBJECT)
        ans.shutdown()

        found = run("review", SUBJECT, "--json").json
        assert found["digest"] != before
        assert [a["present"] for a in found["approvals"]] == [False]
        told = " ".join(run("review", SUBJECT).text.split())
        assert "of what was there before" in told

    def test_an_unrelated_decision_does_not(self, run: Run, ledger: str) -> None:
        before = digest(run)
        ans.choose("threshold", 0.7, because="asked to", about="deployment:prod/other")
        ans.shutdown()

        assert digest(run) == before

    def test_all_of_it_is_written_as_a_page(self, run: Run, ledger: str, tmp_path: Path) -> None:
        page = tmp_path / "review.html"

        assert run("review", SUBJECT, "--html", str(page)).status == 0
        assert digest(run) in page.read_text(encoding="utf-8")


class TestApprove:
    def test_what_is_no_longer_there_to_see_is_refused(self, run: Run, ledger: str) -> None:
        before = digest(run)
        ans.choose("threshold", 0.7, because="asked to", about=SUBJECT)
        ans.shutdown()

        found = run("approve", SUBJECT, "--digest", before, "--meaning", "approval", "--json")

        assert (found.status, found.json["error"]["code"]) == (1, "stale-digest")
        assert run("review", SUBJECT, "--json").json["approvals"] == []

    def test_the_key_to_sign_with_is_named(
        self, run: Run, ledger: str, home: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "id_ed25519"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(file)]
        subprocess.run(command, check=True)
        own = key_id(raw(OutsideKey.at(f"ssh:{file}").public_key()))
        others = key_id(raw(Keyring(home).identity(BO).public_key()))
        words = ("approve", SUBJECT, "--meaning", "approval", "--as", ANA)

        for key, expected in ((str(file), own), (f"ssh:{file}", own), (others, others)):
            made = run(*words, "--digest", digest(run), "--key", key, "--json")
            with ans.open(ledger) as history:
                custody = history.get(made.json["id"]).custody
            assert custody is not None and custody.verified
            assert (custody.identity_key, custody.principal) == (expected, ANA)
        told = run("dissent", SUBJECT, "--because", "too soon", "--key", str(file), "--json")
        assert told.status == 0

        for key in (f"{tmp_path / 'missing'}", "SHA256:" + "A" * 43):
            refused = run(*words, "--digest", digest(run), "--key", key, "--json")
            assert (refused.status, set(refused.json)) == (2, {"error"})
        # Nobody's own key is another by now.
        again = run(*words, "--digest", digest(run), "--json")
        with ans.open(ledger) as history:
            custody = history.get(again.json["id"]).custody
        assert custody is not None and custody.identity_key not in {own, others}

    @pytest.mark.parametrize("meaning", ["review", "approval", "responsibility", "authorship"])
    def test_it_is_signed_with_the_approvers_own_key(
        self, run: Run, ledger: str, home: Path, meaning: str
    ) -> None:
        words = ("--digest", digest(run), "--meaning", meaning, "--as", BO, "--because", "seen it")
        made = run("approve", SUBJECT, *words, "--json").json

        assert (made["type"], made["meaning"], made["rationale"]) == (
            "approval",
            meaning,
            "seen it",
        )
        assert made["decided_by"] == {"id": BO, "known_by": "asserted"}
        assert set(made["source"].values()) == {None}  # a person said it, not a line of code
        opened = Ledger.open(ledger, home)
        assert verify(opened).holds
        lent = [json.loads(run("show", made["id"], "--statement").out)["predicate"]["emission"]]
        opened.close()
        keys = run("keys", "list", "--json").json
        assert {key["principal"] for key in keys if key["role"] == "identity"} >= {ANA, BO}
        assert lent[0]["seq"] == 1  # its session begins with the delegation of that key

    def test_a_meaning_must_be_said(self, run: Run, ledger: str) -> None:
        assert run("approve", SUBJECT, "--digest", digest(run)).status == 2
        assert run("approve", SUBJECT, "--digest", digest(run), "--meaning", "applause").status == 2


class TestDissent:
    def test_it_is_shown_beside_what_it_is_about(self, run: Run, ledger: str) -> None:
        (vendor,) = run("log", "--kind", "vendor", "--json").json
        about = f"record:{vendor['id']}"

        made = run("dissent", about, "--because", "untested", "--as", BO, "--json").json

        assert (made["type"], made["about"]) == ("dissent", [about])
        assert made["id"] in {r["id"] for r in run("trace", SUBJECT, "--json").json["records"]}

    def test_a_name_that_nobody_knows_is_refused_and_a_reason_is_asked(
        self, run: Run, ledger: str
    ) -> None:
        assert run("dissent", "deployment:prod/other", "--because", "no").status == 2
        assert run("dissent", SUBJECT).status == 2
        assert run("dissent", SUBJECT, "--because", " ").status == 2
