"""A project may lie in a folder whose name is no UTF-8, or where the locale knows ASCII alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import answerable as ans
with ans.step("screen", produced="report:screened@1"):
    ans.choose("threshold", 0.7, over={0.8: "too few"}, because="measured", accountable="role:head",
               private=["rationale"])
ans.outcome("deployment:prod/screen", "case-1", "declined")
ans.flush()
"""
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def _folder(above: Path, name: bytes) -> Path:
    folder = above / os.fsdecode(name)
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes names of UTF-8 only")
    return folder


def _run(folder: Path, home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ANSWERABLE_")}
    env |= {"ANSWERABLE_HOME": str(home)} | more
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=env, capture_output=True, check=False
    )


@pytest.mark.parametrize("more", [{}, ASCII], ids=["utf-8", "ascii"])
@pytest.mark.parametrize("name", [b"caf\xe9", "Entwürfe 1".encode()], ids=["latin-1", "utf-8"])
def test_a_folder_of_any_name_holds_a_ledger_that_verifies(
    tmp_path: Path, name: bytes, more: dict[str, str]
) -> None:
    folder = _folder(tmp_path, name)
    (folder / "decide.py").write_text(PROGRAM, encoding="utf-8")

    made = _run(folder, tmp_path / "home", "decide.py", **more)
    assert (made.returncode, made.stderr) == (0, b"")
    asked = [
        ("log", "--json"),
        ("verify", "--json"),
        ("trace", "report:screened@1", "--json"),
        ("outcomes", "case-1", "--json"),
    ]
    log, verdict, trace, outcomes = (
        _run(folder, tmp_path / "home", "-m", "answerable", *words, **more) for words in asked
    )

    assert [each["rationale"] for each in json.loads(log.stdout)] == ["measured"]
    assert json.loads(verdict.stdout)["verdict"] == "valid-unwitnessed"
    assert len(json.loads(trace.stdout)["records"]) == 1
    assert len(json.loads(outcomes.stdout)) == 1


def test_what_one_locale_recorded_another_finds(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "Entwürfe".encode())
    program = ("-c", PROGRAM)

    for more in (ASCII, {}):
        assert _run(folder, tmp_path / "home", *program, **more).returncode == 0

    assert len(list((tmp_path / "home" / "addresses").iterdir())) == 1
    shown = _run(folder, tmp_path / "home", "-m", "answerable", "log", "--json")
    assert len(json.loads(shown.stdout)) == 2


def test_an_error_about_such_a_place_is_told(tmp_path: Path) -> None:
    folder = _folder(tmp_path, b"caf\xe9")

    for words in (("log",), ("log", "--json"), ("publish", "out")):
        told = _run(folder, tmp_path / "home", "-m", "answerable", *words)
        assert told.returncode == 2
        assert b"there is no ledger at" in told.stdout + told.stderr
        assert b"Traceback" not in told.stderr
