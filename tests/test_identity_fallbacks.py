"""Where the usual sources name nobody, the next one is asked, and the record says somebody."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path

import pytest

from answerable import identity
from answerable.errors import InvalidReferenceError
from answerable.model import Actor


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user and a host with names of their own, and no git settings but a repository's."""
    monkeypatch.setenv("LOGNAME", "operator")
    monkeypatch.setattr("socket.gethostname", lambda: "host.example")
    # So that git finds no repository above either.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)


def found(folder: Path, **environ: str) -> str:
    actor = identity.resolve(None, dict(os.environ) | environ, folder)
    assert actor.known_by == "environment"
    return actor.id


@pytest.mark.parametrize("told", ["somebody", "person:", ":", "a@b@c", "person:a\u202eb"])
def test_a_configured_name_that_is_none_is_refused(tmp_path: Path, told: str) -> None:
    with pytest.raises(InvalidReferenceError, match="not an actor"):
        identity.resolve(told, {}, tmp_path)


@pytest.mark.parametrize("told", [None, ""])
def test_nothing_configured_means_the_surroundings(tmp_path: Path, told: str | None) -> None:
    actor = identity.resolve(told, dict(os.environ), tmp_path)
    assert actor == Actor(id="person:operator@host.example", known_by="environment")


def test_without_git_it_is_the_systems_user(tmp_path: Path) -> None:
    assert found(tmp_path, PATH=str(tmp_path)) == "person:operator@host.example"


@pytest.mark.parametrize("email", ["", " ", "a\u202eb@bank.example", "\x07@bank.example"])
def test_a_git_address_that_is_none_is_passed_over(tmp_path: Path, email: str) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "config", "user.email", email], check=True)
    assert found(tmp_path) == "person:operator@host.example"


@pytest.mark.parametrize(
    "environ",
    [
        {"GITHUB_ACTIONS": "true"},
        {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": ""},
        {"GITHUB_ACTIONS": "false", "GITHUB_ACTOR": "releaser"},
        {"GITLAB_CI": "true"},
        {"GITLAB_CI": "true", "GITLAB_USER_EMAIL": "a\u202eb@bank.example"},
    ],
)
def test_a_ci_job_that_names_nobody_is_passed_over(tmp_path: Path, environ: dict[str, str]) -> None:
    assert found(tmp_path, **environ) == "person:operator@host.example"


def test_a_robot_of_the_ci_system_keeps_its_name(tmp_path: Path) -> None:
    told = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "dependabot[bot]"}
    assert found(tmp_path, **told) == "person:dependabot[bot]@users.noreply.github.com"


def test_a_name_with_blanks_becomes_one_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", " Head of  Desk")
    assert found(tmp_path) == "person:Head-of-Desk@host.example"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no user numbers on this system")
def test_a_user_without_a_name_is_known_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert found(tmp_path) == f"person:uid-{os.getuid()}@host.example"


def test_a_host_whose_name_is_none_still_leaves_somebody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "\u202e")
    assert found(tmp_path) == "person:unknown"
