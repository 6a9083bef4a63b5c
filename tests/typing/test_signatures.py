"""Type checkers see through the decorators: what fits is taken, what does not is refused."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
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
    """basedpyright, which is pyright with its own Node: it runs wherever it is installed. In
    pyright's strict mode, without the rules that it adds."""
    config = {"typeCheckingMode": "strict", "include": [str(program)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "basedpyright", "--outputjson"]
    command += ["--pythonpath", sys.executable, "--project", str(folder)]
    ran = run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.stdout.lstrip().startswith("{"), ran.stderr or ran.stdout
    told = json.loads(ran.stdout)
    found = told["generalDiagnostics"]
    assert told["summary"]["filesAnalyzed"] == 1
    print(*(each["message"] for each in found), sep="\n")  # noqa: T201  # shown when it fails
    return {d["range"]["start"]["line"] + 1 for d in found if d["severity"] == "error"}


@pytest.fixture(params=[with_mypy, with_pyright], ids=["mypy", "pyright"])
def check(request: pytest.FixtureRequest) -> Check:
    found: Check = request.param
    return found


def test_a_users_program_type_checks_strictly(check: Check, tmp_path: Path) -> None:
    assert check(HOLDS, tmp_path) == set()


def test_what_does_not_fit_is_refused_line_by_line(check: Check, tmp_path: Path) -> None:
    program = tmp_path / "refused.py"
    program.write_text(REFUSED.read_text(encoding="utf-8"), encoding="utf-8")
    assert check(program, tmp_path) == MARKED
