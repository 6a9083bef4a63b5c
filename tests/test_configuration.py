"""Settings come from arguments, else the environment, else pyproject.toml, else defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable import configuration
from answerable.errors import ConfigurationError, InvalidReferenceError

TABLE = """\
[tool.answerable]
team = "from-file"
actor = "file@bank.example"
ledger = "sqlite:///file.db"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    return tmp_path


def test_an_argument_comes_before_the_environment_before_the_file(project: Path) -> None:
    environ = {"ANSWERABLE_TEAM": "from-environment", "ANSWERABLE_ACTOR": "env@bank.example"}

    found = configuration.settle({"team": "from-argument"}, environ, project / "deep" / "er")

    assert found.team == "from-argument"
    assert found.actor == "person:env@bank.example"
    # What the file says is meant from where it lies.
    assert found.ledger == f"sqlite:///{project / 'file.db'}"
    assert found.folder == project


def test_the_default_ledger_lies_in_the_projects_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()

    found = configuration.settle({}, {}, tmp_path / "src")

    assert found.ledger == f"sqlite:///{tmp_path / '.answerable' / 'ledger.db'}"
    assert (found.team, found.actor, found.accountable) == (None, None, None)
    assert found.on_failure == "spool"


def test_home_is_where_it_is_said_to_be(tmp_path: Path) -> None:
    environ = {"ANSWERABLE_HOME": str(tmp_path / "there")}

    assert configuration.settle({}, environ, tmp_path).home == tmp_path / "there"
    told = configuration.settle({"home": str(tmp_path / "here")}, environ, tmp_path)
    assert told.home == tmp_path / "here"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("[tool.answerable]\nledgr = 'x'", "ledgr"),
        ("[tool.answerable]\nteam = 7", "team"),
        ("[tool]\nanswerable = 7", "not a table"),
        ("[tool.answerable", "cannot read"),
        ("[tool.answerable]\non_failure = 'ignore'", "ignore"),
    ],
)
def test_a_file_that_says_something_else_is_refused(
    tmp_path: Path, table: str, message: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(table)

    with pytest.raises(ConfigurationError, match=message):
        configuration.settle({}, {}, tmp_path)


def test_an_actor_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidReferenceError):
        configuration.settle({"actor": "somebody"}, {}, tmp_path)
