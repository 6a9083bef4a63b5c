"""Who acts: configured, else the CI system, else git, else the operating system."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from answerable import identity
from answerable.model import Actor

GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "releaser"}
GITLAB = {"GITLAB_CI": "true", "GITLAB_USER_EMAIL": "releaser@bank.example"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(
        ["git", "-C", tmp_path, "config", "user.email", "author@bank.example"], check=True
    )
    return tmp_path


def test_what_is_configured_counts_and_is_asserted(repository: Path) -> None:
    found = identity.resolve("analyst@bank.example", GITHUB, repository)

    assert found == Actor(id="person:analyst@bank.example", known_by="asserted")


@pytest.mark.parametrize(
    ("environ", "id"),
    [
        (GITHUB, "person:releaser@users.noreply.github.com"),
        (GITLAB, "person:releaser@bank.example"),
    ],
)
def test_who_started_the_ci_job_comes_before_git(
    repository: Path, environ: dict[str, str], id: str
) -> None:
    assert identity.resolve(None, environ, repository) == Actor(id=id, known_by="environment")


def test_the_ci_systems_names_count_only_inside_it(repository: Path) -> None:
    outside = {"GITHUB_ACTOR": "somebody", "GITLAB_USER_EMAIL": "somebody@bank.example"}

    found = identity.resolve(None, outside, repository)

    assert found == Actor(id="person:author@bank.example", known_by="environment")


def test_without_any_it_is_the_systems_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "operator")
    monkeypatch.setattr("socket.gethostname", lambda: "host.example")
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, str(tmp_path / "none"))

    found = identity.resolve(None, {}, tmp_path)

    assert found == Actor(id="person:operator@host.example", known_by="environment")
