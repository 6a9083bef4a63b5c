"""Roles resolve to persons at a time, through the policy that is in force; nobody is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import answerable as ans
from tests.cli.running import Run
from tests.cli.test_policy import ANA, BO, SUBJECT, approve, ledger, run, write

__all__ = ["ledger", "run"]


def adopt(
    run: Run, folder: Path, home: Path, *roles: tuple[str, str, str], version: int = 1
) -> None:
    """Put in force who fills which role, and when."""
    path = write(folder / "policy.toml", home, version)
    text = path.read_text()
    for role, principal, times in roles:
        text += f'[[role]]\nname = "{role}"\nprincipal = "{principal}"\n{times}\n'
    path.write_text(text)
    ran = run("policy", "adopt", str(path), "--key", ANA, "--key", BO, "--as", ANA)
    assert ran.status == 0, ran.text


def test_without_a_policy_nothing_is_said_of_it(run: Run, ledger: str) -> None:
    (made,) = run("log", "--json").json
    assert made["accountable"] == {"id": "role:release"}


def test_the_persons_of_a_role_stand_beside_it(
    run: Run, ledger: str, tmp_path: Path, home: Path
) -> None:
    adopt(run, tmp_path, home, ("release", "bo", 'from = "2020-01-01"'), ("other", "ana", ""))

    (made,) = run("log", "--json").json
    shown = run("show", made["id"], "--json").json
    (traced,) = run("trace", SUBJECT, "--json").json["records"]
    for found in (made, shown, traced):
        assert found["accountable"] == {"id": "role:release", "held_by": [BO]}
        assert "held_by" not in found["decided_by"]  # a person, and no role
    with ans.open(ledger) as history:
        assert history.holdings(made["id"]) == {"role:release": (BO,)}


def test_diff_review_and_incident_name_the_persons_beside_the_role_too(
    run: Run, ledger: str, tmp_path: Path, home: Path
) -> None:
    adopt(run, tmp_path, home, ("release", "bo", 'from = "2020-01-01"'))
    between = datetime.now(UTC).isoformat()
    ans.configure(actor=ANA, accountable="role:release")
    with ans.step("deploy", produced=[SUBJECT]):
        ans.choose("deploy", "a tenth", over={"all": "too early"}, because="it is new")
        ans.choose("monitor", "daily", over={"weekly": "too rare"}, because="it is new")
    wrong = ans.incident(SUBJECT, "thin files declined", severity="high")
    ans.shutdown()

    beside = {"id": "role:release", "held_by": [BO]}
    told = run("diff", SUBJECT, SUBJECT, "--since", between, "--json").json
    (change,) = told["changed"]
    assert (change["before"]["accountable"], change["after"]["accountable"]) == (beside, beside)
    assert [d["accountable"] for d in told["added"]] == [beside]
    reviewed = run("review", SUBJECT, "--json").json
    assert [d["accountable"] for d in reviewed["records"]] == [beside] * 2
    walked = run("incident", wrong.id, "--json").json
    assert [d["accountable"] for d in walked["in_force"]] == [beside] * 2


def test_a_role_of_which_the_policy_says_nothing_is_left_as_it_is(
    run: Run, ledger: str, tmp_path: Path, home: Path
) -> None:
    adopt(run, tmp_path, home, ("other", "ana", ""))

    (made,) = run("log", "--json").json
    assert made["accountable"] == {"id": "role:release"}
    assert "orphaned" not in [g["code"] for g in run("gaps", SUBJECT, "--json").json]


def test_a_role_that_nobody_fills_any_more_orphans_what_it_answers_for(
    run: Run, ledger: str, tmp_path: Path, home: Path
) -> None:
    before = run("review", SUBJECT, "--json").json
    adopt(run, tmp_path, home, ("release", "bo", 'until = "2021-01-01"'))

    (made,) = run("log", "--json").json
    assert made["accountable"] == {"id": "role:release", "held_by": []}
    (gap,) = [g for g in run("gaps", SUBJECT, "--json").json if g["code"] == "orphaned"]
    assert (gap["record"], gap["owner"]) == (made["id"], "role:release")
    assert "which nobody fills" in gap["message"]
    assert gap in run("trace", SUBJECT, "--json").json["gaps"]
    assert "which nobody fills" in run("trace", SUBJECT).text

    after = run("review", SUBJECT, "--json").json
    assert gap in after["gaps"]
    assert after["digest"] == before["digest"]


def test_a_gate_stays_closed_while_nobody_fills_the_role(
    run: Run, ledger: str, tmp_path: Path, home: Path
) -> None:
    adopt(run, tmp_path, home, ("release", "bo", 'until = "2021-01-01"'))
    approve(run, ANA)
    approve(run, BO)
    allowed = ("--allow", "no-evidence", "--allow", "asserted-link", "--allow", "asserted-identity")

    closed = run("gate", SUBJECT, "--json", *allowed).json
    assert "orphaned" in [g["code"] for g in closed["gaps"]]
    adopt(run, tmp_path, home, ("release", "bo", 'from = "2020-01-01"'), version=2)
    assert "orphaned" not in [
        g["code"] for g in run("gate", SUBJECT, "--json", *allowed).json["gaps"]
    ]


def test_as_of_a_time_the_policy_of_that_time_is_asked(
    run: Run, ledger: str, tmp_path: Path, home: Path
) -> None:
    adopt(run, tmp_path, home, ("release", "bo", 'until = "2021-01-01"'))
    with ans.open(ledger) as history:
        between = max(p.recorded_at for p in history.policies())
    adopt(run, tmp_path, home, ("release", "bo", ""), version=2)

    codes = [g["code"] for g in run("gaps", SUBJECT, "--at", between.isoformat(), "--json").json]
    assert "orphaned" in codes
    assert "orphaned" not in [g["code"] for g in run("gaps", SUBJECT, "--json").json]


@pytest.mark.parametrize("role", ["role:release", "release"])
def test_a_role_is_asked_for_by_either_name(
    run: Run, ledger: str, tmp_path: Path, home: Path, role: str
) -> None:
    adopt(run, tmp_path, home, ("release", "bo", ""))
    with ans.open(ledger) as history:
        policy = history.policy()
        assert policy is not None
        assert policy.persons(role, history.decisions()[0].decided_at) == (BO,)


def test_the_page_names_who_filled_the_role_and_shows_the_gap_where_nobody_does(
    run: Run, ledger: str, tmp_path: Path, home: Path
) -> None:
    pages = {}
    adopt(run, tmp_path, home, ("release", "bo", 'from = "2020-01-01"'))
    for version, command in ((2, "trace"), (3, "review")):
        place = tmp_path / f"{command}.html"
        run(command, SUBJECT, "--html", str(place))
        pages[command] = place.read_text("utf-8")
        adopt(run, tmp_path, home, ("release", "bo", 'until = "2021-01-01"'), version=version)
    assert f", then filled by {BO.removeprefix('person:')}" in pages["trace"]
    assert "which nobody fills" not in pages["trace"]
    assert ", which nobody filled then" in pages["review"]
    assert "which nobody fills" in pages["review"]
