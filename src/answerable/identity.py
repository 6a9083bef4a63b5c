"""Who acts here, and how we know: configured, else the CI system, else git, else the OS.

A name given in code or configuration is `asserted`; one that the surroundings report is
`environment`. `authenticated` is said only by verification under a trust policy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from answerable import late
from answerable.errors import InvalidReferenceError
from answerable.model import Actor, parse_actor


def resolve(configured: str | None, environ: Mapping[str, str], folder: Path) -> Actor:
    """The acting principal of this process; `folder` says whose git settings count.

    Raises `InvalidReferenceError` if what is configured is no actor.
    """
    if configured:
        return Actor(id=parse_actor(configured), known_by="asserted")
    found = _ci(environ) or _git(environ, folder) or _os_user()
    return Actor(id=found, known_by="environment")


def _ci(environ: Mapping[str, str]) -> str | None:
    """The person who started the job, as GitHub Actions or GitLab CI name them."""
    if environ.get("GITHUB_ACTIONS") == "true" and environ.get("GITHUB_ACTOR"):
        return _person(f"{environ['GITHUB_ACTOR']}@users.noreply.github.com")
    if environ.get("GITLAB_CI") == "true":
        return _person(environ.get("GITLAB_USER_EMAIL", ""))
    return None


def _git(environ: Mapping[str, str], folder: Path) -> str | None:
    with late.importing:
        import subprocess  # here: importing the package should not wait for it

    command = ["git", "-C", str(folder), "config", "user.email"]
    try:
        told = subprocess.run(command, env=environ, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _person(told.stdout.decode("utf-8", "replace")) if told.returncode == 0 else None


def _os_user() -> str:
    with late.importing:
        import getpass
        import socket

    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for this uid, as in some containers
        user = f"uid-{os.getuid()}" if hasattr(os, "getuid") else "unknown"
    return _person(f"{user}@{socket.gethostname()}") or "person:unknown"


def _person(name: str) -> str | None:
    try:
        return parse_actor("person:" + re.sub(r"\s+", "-", name.strip())) if name else None
    except InvalidReferenceError:
        return None
