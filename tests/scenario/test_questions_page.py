"""docs/questions.md is true: every command prints what it says, and every call gives it."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import answerable as ans
from tests.house.pages import ROOT
from tests.scenario.conftest import Asking

PAGE = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = re.split(r"^## (?=\d)", PAGE, flags=re.MULTILINE)[1:]
COMMAND = re.compile(r"^```sh\n(.*?)\n```\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_there_are_twenty_one(ask: Asking) -> None:
    assert [int(question.split(".")[0]) for question in QUESTIONS] == [*range(1, 22)]
    assert all(">>> " in q and len(COMMAND.findall(q)) == 1 for q in QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.split(".")[0])
def test_a_command_prints_what_the_page_says(
    ask: Asking, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    ((command, told),) = COMMAND.findall(question)
    for name, value in ask.story.variables().items():
        command = re.sub(rf"\${name}\b", value, command)

    program, *words = shlex.split(command)
    printed = ask.text(*words)

    assert program == "answerable"
    for line in told.splitlines():
        assert " ".join(line.split()) in printed


def test_every_call_gives_what_the_page_says(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "questions.md", None, 0)
    said: list[str] = []

    # What another test configured is not what the page's reader has.
    with ans.configured(ledger=ask.story.ledger, home=ask.story.home):
        ran = doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
    test.globs["h"].close()

    assert ran.attempted >= 22
    assert not ran.failed, "".join(said)


def test_whoever_reads_it_can_tell_the_story_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.scenario", str(tmp_path / "story")]

    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert f"export ANSWERABLE_LEDGER=sqlite:///{tmp_path / 'story' / 'decisions.db'}\n" in told
    assert "export threshold_2=00000000-0000-7000-8000-" in told
