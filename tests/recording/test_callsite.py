"""Where in the code a record was made, and at which commit."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import answerable as ans
from answerable.model import Source
from answerable.recording import callsite
from tests.recording.kept import Kept


def source(kept: Kept) -> Source:
    found = kept.decisions()[-1].source
    assert found is not None
    return found


def test_it_is_the_users_own_line(kept: Kept) -> None:
    ans.choose("threshold", 1)
    code = test_it_is_the_users_own_line.__code__

    assert source(kept).function == code.co_qualname
    assert source(kept).line == code.co_firstlineno + 1
    assert (source(kept).file or "").endswith(Path(__file__).name)


def test_through_threads_and_pools_too(kept: Kept) -> None:
    def work() -> None:
        ans.choose("threshold", 1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert source(kept).function == work.__qualname__
    with ThreadPoolExecutor(1) as pool:
        pool.submit(ans.choose, "threshold", 2).result()
    # Nobody's line but the library's.
    assert (source(kept).function, source(kept).file, source(kept).line) == (None, None, None)


def test_a_file_of_the_project_is_named_from_its_root_and_no_other_by_its_path(
    tmp_path: Path,
) -> None:
    inside, outside = tmp_path / "src" / "train.py", "/somewhere/else/lib.py"
    assert callsite.Site("f", str(inside), 3).source(tmp_path).file == "src/train.py"
    assert callsite.Site("f", outside, 3).source(tmp_path).file == "lib.py"
    assert callsite.Site("f", "<stdin>", 3).source(tmp_path).file == "<stdin>"
    assert callsite.Site("f", "a\udcff.py", 3).source(tmp_path).file == "a?.py"


def test_code_from_a_string_or_a_notebook_is_found(kept: Kept) -> None:
    exec(compile("import answerable as ans\nans.choose('t', 1)", "<cell 3>", "exec"))  # noqa: S102
    assert (source(kept).file, source(kept).line) == ("<cell 3>", 2)


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    ran = subprocess.run([*command, *words], check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def test_the_commit_is_there_and_whether_the_tree_differs(tmp_path: Path) -> None:
    git(tmp_path, "init")
    assert callsite.commit_of.__wrapped__(str(tmp_path)) == (None, None)
    (tmp_path / "a.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "a")
    commit = git(tmp_path, "rev-parse", "HEAD")
    asked: Callable[[str], object] = callsite.commit_of.__wrapped__

    assert asked(str(tmp_path)) == (commit, False)
    (tmp_path / "a.py").write_text("2")
    assert asked(str(tmp_path)) == (commit, True)
    git(tmp_path, "checkout", "a.py")
    (tmp_path / "new.py").write_text("3")
    assert asked(str(tmp_path)) == (commit, True)


def test_asking_starts_no_program_that_the_tree_names(tmp_path: Path) -> None:
    git(tmp_path, "init")
    (tmp_path / "a.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "a")
    hook = tmp_path / ".git" / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/run\n")
    hook.chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", str(hook))

    callsite.commit_of.__wrapped__(str(tmp_path))

    assert not (tmp_path / "run").exists()


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callsite.commit_of.__wrapped__(str(tmp_path)) == (None, None)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep)
    assert callsite.commit_of.__wrapped__(str(tmp_path)) == (None, None)


def test_the_ledger_itself_makes_no_tree_look_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    git(project, "init")
    monkeypatch.chdir(project)
    ans.choose("threshold", 1)
    assert (project / ".answerable" / "ledger.db").is_file()
    assert git(project, "status", "--porcelain") == ""
