"""What a record says, or a caller asks, does not move the reader's cursor and ends no command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import Run, running
from tests.history.forging import Forger

SUBJECT = "deployment:prod/scores"
# A colour, a title for the window, a C1 introducer, a turned direction, a separator of lines.
HOSTILE = "\x1b[31m\x1b]0;title\x07\x9b31m\u202egnp.exe\u2066\u2028[red]x[/red]"
_ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return running(capfdbinary)


@pytest.fixture
def forger(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Forger:
    """Signs what no call would record: whoever appends chooses the bytes."""
    made = Forger(home=home, path=tmp_path / "decisions.db")
    monkeypatch.setenv("ANSWERABLE_LEDGER", made.uri)
    made.append(made.sign(made.delegation()))
    hostile = made.decision(
        kind=HOSTILE, question=HOSTILE, chosen=HOSTILE, rationale=HOSTILE, team=made.decision().team
    )
    made.append(made.sign(hostile))
    refs = (SUBJECT, f"deployment:{HOSTILE}")
    made.append(made.sign(made.decision(about=refs)))
    return made


@pytest.mark.parametrize(
    "words",
    [
        ["log"],
        ["trace", SUBJECT],
        ["gaps", SUBJECT],
        ["verify"],
        # The hint names what is recorded; the message what was asked for.
        ["trace", "deployment:prod/other"],
        ["show", HOSTILE],
        ["trace", HOSTILE],
        ["log", "--actor", HOSTILE],
        [HOSTILE],
    ],
)
def test_nothing_that_acts_reaches_the_terminal(run: Run, forger: Forger, words: list[str]) -> None:
    found = run(*words)

    assert found.status in (0, 1, 2)
    assert _ACTING.findall(found.text + found.err) == []


@pytest.mark.parametrize("words", [["log"], ["trace", SUBJECT], ["trace", "deployment:prod/other"]])
def test_nor_does_it_in_json_which_says_the_same(
    run: Run, forger: Forger, words: list[str]
) -> None:
    found = run(*words, "--json")

    assert _ACTING.findall(found.text) == []
    if words == ["log"]:
        assert HOSTILE in [decision["chosen"] for decision in found.json]


def test_json_keeps_what_can_be_read_as_it_is(run: Run, forger: Forger) -> None:
    forger.append(forger.sign(forger.decision(chosen="Grenzwert für Öl: 漢")))

    assert "Grenzwert für Öl: 漢" in run("log", "--json").text


@pytest.mark.parametrize(
    "words",
    [
        ["log", "--until", "9999-12-31"],
        ["log", "--since", "0001-01-01"],
        ["trace", SUBJECT, "--at", "9999-12-31"],
        ["gaps", SUBJECT, "--at", "9999-12-31"],
    ],
)
def test_the_ends_of_the_calendar_are_times_like_any_other(
    run: Run, forger: Forger, words: list[str]
) -> None:
    found = run(*words, "--json")

    assert found.err == ""
    assert "error" not in json.loads(found.out)
    assert len(found.json) > 0
