"""Type checkers see through the decorators: what fits is taken, what does not is refused."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from subprocess import run

import pytest
from mypy import api

Check = Callable[[Path, Path], set[int]]
PROGRAMS = Path(__file__).parent / "programs"
HOLDS = PROGRAMS / "holds.py"
# Under another name, so that checking the whole project does not stumble over it.
REFUSED = PROGRAMS / "refused.py.txt"
MARKED = {
    number
    for number, line in enumerate(REFUSED.read_text(encoding="utf-8").splitlines(), 1)
    if "# refused" in line
}


def with_mypy(program: Path, cache: Path) -> set[int]:
    """The lines that mypy has something against; their reasons go to the test's output."""
    config = cache / "mypy.ini"
    config.write_text("[mypy]\nstrict = true\n", encoding="utf-8")
    out, err, _ = api.run([f"--config-file={config}", f"--cache-dir={cache}", str(program)])
    print(out, err)  # noqa: T201  # shown when the test fails
    return {int(line) for line in re.findall(rf"{program.name}:(\d+): error", out)}


def with_pyright(program: Path, folder: Path) -> set[int]:
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    ran = run([*command, str(program)], cwd=folder, capture_output=True, text=True, check=False)
    if not ran.stdout.startswith("{"):
        pytest.skip(f"pyright does not run here: {(ran.stderr or ran.stdout)[:200]}")
    told = json.loads(ran.stdout)
    found = told["generalDiagnostics"]
    assert told["summary"]["filesAnalyzed"] == 1
    print(*(each["message"] for each in found), sep="\n")  # noqa: T201  # shown when it fails
    return {d["range"]["start"]["line"] + 1 for d in found if d["severity"] == "error"}


@pytest.fixture(
    params=[
        with_mypy,
        pytest.param(
            with_pyright,
            marks=pytest.mark.skipif(not find_spec("pyright"), reason="pyright is not installed"),
        ),
    ],
    ids=["mypy", "pyright"],
)
def check(request: pytest.FixtureRequest) -> Check:
    found: Check = request.param
    return found


def test_a_users_program_type_checks_strictly(check: Check, tmp_path: Path) -> None:
    assert check(HOLDS, tmp_path) == set()


def test_what_does_not_fit_is_refused_line_by_line(check: Check, tmp_path: Path) -> None:
    program = tmp_path / "refused.py"
    program.write_text(REFUSED.read_text(encoding="utf-8"), encoding="utf-8")
    assert check(program, tmp_path) == MARKED
