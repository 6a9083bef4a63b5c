"""What a setting may be, and what is said of one that is none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import answerable as ans
from answerable import configuration
from answerable.errors import AnswerableError, ConfigurationError, InvalidValueError


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("decisions.db", "sqlite:///{here}/decisions.db"),
        ("sqlite:///decisions.db", "sqlite:///{here}/decisions.db"),
        (Path("deep") / "d.db", "sqlite:///{here}/deep/d.db"),
        ("/var/d.db", "sqlite:////var/d.db"),
        ("sqlite:////var/d.db", "sqlite:////var/d.db"),
        ("~/d.db", "sqlite:///{user}/d.db"),
        ("sqlite:///~/d.db", "sqlite:///{user}/d.db"),
        ("postgresql://ledger.example/d", "postgresql://ledger.example/d"),
        ("", "sqlite:///{here}/.answerable/ledger.db"),
        (None, "sqlite:///{here}/.answerable/ledger.db"),
    ],
)
def test_a_ledger_is_an_address_or_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Any, address: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    found = configuration.settle({"ledger": told}, {}, tmp_path)
    assert found.ledger == address.format(here=tmp_path, user=tmp_path / "user")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"ledger": 5}, ConfigurationError),
        ({"ledger": b"d.db"}, ConfigurationError),
        ({"ledger": "a\x00b"}, InvalidValueError),
        ({"ledger": "~no-such-user/d.db"}, ConfigurationError),
        ({"home": 5}, ConfigurationError),
        ({"home": ["a"]}, ConfigurationError),
        ({"home": b"home"}, AnswerableError),
        ({"home": "a\x00b"}, InvalidValueError),
        ({"home": "~no-such-user/home"}, ConfigurationError),
        ({"team": 5}, ConfigurationError),
        ({"team": "a" * 10_000_000}, InvalidValueError),
        ({"actor": "somebody"}, AnswerableError),
        ({"accountable": "somebody"}, AnswerableError),
        ({"on_failure": "ignore"}, ConfigurationError),
        ({"on_failure": True}, ConfigurationError),
        ({"run": 5}, ConfigurationError),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_setting_that_is_none_is_refused_and_the_former_stay(
    tmp_path: Path, given: dict[str, Any], error: type[Exception]
) -> None:
    before = tmp_path / "before.db"
    ans.configure(ledger=before, actor="analyst@bank.example")
    with pytest.raises(error) as caught:
        ans.configure(**given)
    assert len(str(caught.value)) < 300

    ans.choose("threshold", 0.5)
    ans.shutdown()
    with ans.open(str(before)) as history:
        assert len(history.decisions()) == 1


def test_each_setting_has_its_variable(tmp_path: Path) -> None:
    said = {
        "ANSWERABLE_LEDGER": "d.db",
        "ANSWERABLE_TEAM": "risk",
        "ANSWERABLE_ACTOR": "analyst@bank.example",
        "ANSWERABLE_ACCOUNTABLE": "role:head",
        "ANSWERABLE_ON_FAILURE": "raise",
        "ANSWERABLE_RUN": "7",
        "ANSWERABLE_HOME": "home",
    }
    assert configuration.settle({}, said, tmp_path) == configuration.Settings(
        ledger=f"sqlite:///{tmp_path / 'd.db'}",
        folder=tmp_path,
        home=tmp_path / "home",
        team="risk",
        actor="person:analyst@bank.example",
        accountable="role:head",
        run="7",
        on_failure="raise",
    )


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    empty = dict.fromkeys(("ANSWERABLE_TEAM", "ANSWERABLE_ACTOR", "ANSWERABLE_ON_FAILURE"), "")
    found = configuration.settle({}, empty, tmp_path)
    assert (found.team, found.actor, found.on_failure) == (None, None, "spool")


def test_without_any_word_home_is_where_the_platform_keeps_state(tmp_path: Path) -> None:
    import platformdirs

    found = configuration.settle({}, {}, tmp_path).home
    assert found == Path(platformdirs.user_state_dir("answerable", appauthor=False))


@pytest.mark.parametrize("mark", ["pyproject.toml", ".git", ".git/"])
def test_the_nearest_mark_of_a_project_is_its_root(tmp_path: Path, mark: str) -> None:
    for folder in (tmp_path, tmp_path / "inner"):
        folder.mkdir(exist_ok=True)
        (folder / mark).mkdir() if mark.endswith("/") else (folder / mark).touch()
    start = tmp_path / "inner" / "src" / "deep"
    start.mkdir(parents=True)
    assert configuration.project_root(start) == tmp_path / "inner"


def test_a_working_directory_that_is_gone_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ConfigurationError, match="the working directory has been removed"):
        ans.configure()
    os.chdir(tmp_path)
