"""The action's own step, run as a runner runs it: its environment, its files, its working folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import attrs
import pytest
import yaml

import answerable as ans
from tests.house.pages import ROOT

ACTION = ROOT / "integrations" / "github-actions"
SUBJECT = "deployment:prod/scores"
ANA = "person:ana@bank.example"
MEAN = "::error::\n```\n</pre>\n::add-mask::deployment\n$(touch taken) `touch taken`"


@attrs.frozen
class Step:
    """How the step ended, and what it left for the job."""

    status: int
    log: str
    outputs: dict[str, str]
    summary: str


Runner: TypeAlias = "Callable[..., Step]"


@pytest.fixture
def step(tmp_path: Path, home: Path) -> Runner:
    """The step of action.yml, with these inputs."""
    described = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    (only,) = described["runs"]["steps"]
    files = {name: tmp_path / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}

    def run(**given: str) -> Step:
        inputs = {name: of.get("default", "") for name, of in described["inputs"].items()}
        assert given.keys() <= inputs.keys()
        inputs |= given
        told = {name: _filled(value, inputs) for name, value in only["env"].items()}
        for path in files.values():
            path.write_text("", encoding="utf-8")
        ran = subprocess.run(
            [only["shell"], "--noprofile", "--norc", "-eo", "pipefail", "-c", only["run"]],
            env={
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
                "ANSWERABLE_HOME": str(home),
                "GITHUB_ACTION_PATH": str(ACTION),
                **{name: str(path) for name, path in files.items()},
                **told,
            },
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        said = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        summary = files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        return Step(ran.returncode, ran.stdout, dict(s.split("=", 1) for s in said), summary)

    return run


def _filled(value: str, inputs: dict[str, str]) -> str:
    named = re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value)
    assert named is not None
    return inputs[named[1]]


@pytest.fixture
def ledger(tmp_path: Path, home: Path) -> str:
    uri = f"sqlite:///{tmp_path / 'decisions.db'}"
    ans.configure(ledger=uri, actor=ANA, accountable="role:release")
    with ans.step("deploy", produced=[SUBJECT]):
        ans.choose("deploy", "all", over={"none": "too late"}, because="it holds")
    ans.shutdown()
    return uri


def _approve(ledger: str) -> None:
    ans.configure(ledger=ledger, actor=ANA, accountable="role:release")
    with ans.open(ledger) as history:
        digest = history.review(SUBJECT).digest
    ans.approve(SUBJECT, digest=digest, meaning="approval")
    ans.shutdown()


def _decide(ledger: str, because: str) -> None:
    ans.configure(ledger=ledger, actor=ANA)
    ans.choose("threshold", 0.5, over={0.6: "no"}, because=because, about=SUBJECT)
    ans.shutdown()


def test_what_nobody_approved_does_not_go_forward(step: Runner, ledger: str) -> None:
    done = step(subject=SUBJECT, ledger=ledger)

    assert (done.status, done.outputs) == (1, {"open": "false"})
    assert done.summary.startswith("### answerable gate: closed\n\n    closed\n")
    assert "::error title=answerable gate::closed" in done.log.splitlines()


def test_what_is_approved_as_it_is_now_goes_forward(step: Runner, ledger: str) -> None:
    _approve(ledger)

    done = step(subject=SUBJECT, ledger=ledger)

    assert (done.status, done.outputs) == (0, {"open": "true"})
    assert done.summary.startswith("### answerable gate: open\n\n    open\n")
    assert "::error" not in done.log


def test_the_codes_that_are_allowed_are_apart_by_spaces_or_lines(step: Runner, ledger: str) -> None:
    _decide(ledger, "it is enough")
    _approve(ledger)

    assert step(subject=SUBJECT, ledger=ledger).status == 1
    assert (
        step(subject=SUBJECT, ledger=ledger, allow="no-evidence\nunassigned  default\n").status == 0
    )


@pytest.mark.parametrize(
    "given",
    [
        {"subject": "deployment:prod/nothing"},
        {"subject": ""},
        {"subject": "--help"},
        {"subject": SUBJECT, "ledger": "nowhere.db"},
        {"subject": SUBJECT, "allow": "everything *"},
        {"subject": SUBJECT, "policy": "none.toml"},
    ],
    ids=str,
)
def test_a_question_that_cannot_be_answered_fails_and_is_neither_open_nor_closed(
    step: Runner, ledger: str, given: dict[str, str]
) -> None:
    done = step(**{"ledger": ledger} | given)

    assert (done.status, done.outputs) == (2, {"open": ""})
    assert done.summary.startswith("### answerable gate: could not be asked\n")


def test_what_people_wrote_commands_nothing(step: Runner, ledger: str, tmp_path: Path) -> None:
    _decide(ledger, MEAN)
    mean = step(subject=SUBJECT + MEAN, ledger=ledger)
    done = step(subject=SUBJECT, ledger=ledger)

    assert (mean.status, done.status) == (2, 1)
    assert not (tmp_path / "taken").exists()
    for ended in (mean, done):
        first, *lines = ended.log.splitlines()
        pause = first.removeprefix("::stop-commands::")
        assert re.fullmatch(r"[0-9a-f]{32}", pause)
        *_, resumed, error = lines
        assert (resumed, error.startswith("::error title")) == (f"::{pause}::", True)
        head, *block = ended.summary.splitlines()
        assert head.startswith("### ")
        assert all(line.startswith("    ") for line in block if line)
