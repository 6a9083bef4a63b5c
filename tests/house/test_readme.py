"""The README and the command's page say what the program does."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.pages import ROOT

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_first_two_commands_are_one_line_each_from_a_bare_clone() -> None:
    demo, tests = blocks("sh")

    for command in (demo, tests):
        assert command.count("\n") == 1
        assert command.startswith("python3 -m venv .venv && ")
    assert demo.endswith("answerable demo\n")
    assert tests.endswith("pytest -q\n")


def test_the_function_of_the_readme_runs_and_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONWARNINGS")  # a reader has it not
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    (tmp_path / "own.py").write_text(code)
    command = [sys.executable, "-m", "answerable"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    ran = run(sys.executable, "own.py")

    assert (ran.returncode, ran.stderr) == (0, "")
    (console,) = blocks("console")
    for line in console.splitlines():
        _, name, *words = line.split()
        assert name == "answerable"
        asked = run(*command, *words)
        assert asked.stderr == ""
        assert asked.returncode == (1 if words[0] == "gaps" else 0)
    log = run(*command, "log").stdout
    assert "0.7" in log
    assert "nobody" in run(*command, "trace", "report:screened@1").stdout


def test_the_page_of_the_command_line_is_the_programs_own_help() -> None:
    script = ROOT / "scripts" / "write-cli-page"
    loader = importlib.machinery.SourceFileLoader("write_cli_page", str(script))
    spec = importlib.util.spec_from_loader("write_cli_page", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)

    assert (ROOT / "docs" / "cli.md").read_text() == module.page()
