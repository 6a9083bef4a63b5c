"""Every example runs as its reader would run it, and does what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import answerable as ans

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.py"))


def run(program: Path, folder: Path) -> str:
    ran = subprocess.run(
        [sys.executable, program],
        cwd=folder,
        env={**os.environ, "ANSWERABLE_ACTOR": "ana@bank.example"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert not ran.stderr
    return ran.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_it_runs_twice_in_a_folder_and_leaves_a_ledger_that_verifies(
    program: Path, tmp_path: Path
) -> None:
    run(program, tmp_path)
    run(program, tmp_path)
    with ans.open(f"sqlite:///{tmp_path / '.answerable' / 'ledger.db'}") as history:
        assert history.decisions()
        assert history.verify().holds


def test_a_decorated_function_tells_its_defaults_from_what_was_passed(tmp_path: Path) -> None:
    told = run(EXAMPLES / "decorate_your_function.py", tmp_path)
    assert told.splitlines() == [
        "explicit 0.7 by person:ana@bank.example",
        "passed 0.8 by person:ana@bank.example",
        "default 0.5 by None",
    ]


def test_the_readme_names_every_example_and_no_other() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert PROGRAMS
    for program in PROGRAMS:
        assert f"[{program.name}]({program.name})" in listed
    assert listed.count(".py](") == len(PROGRAMS)
