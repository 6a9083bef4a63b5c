"""A real PostgreSQL server on a free loopback port, with a database of its own for each who asks."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import attrs
import pytest

from tests.parts.ports import LOOPBACK, Ports, serving
from tests.parts.require import unavailable

PART: Final = "postgres"
READY_SECONDS: Final = 60.0
# Where Debian keeps the programs, by version; it does not put them on PATH.
INSTALLED: Final = Path("/usr/lib/postgresql")
USER: Final = "postgres"


@attrs.frozen
class Postgres:
    """A running server. `url` leads to its maintenance database, as a user who may make others."""

    url: str

    def database(self) -> str:
        """The URL (``postgresql://…``) of a new database with nothing in it."""
        import psycopg

        name = f"answerable_{secrets.token_hex(6)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def mlflow_store(self) -> str:
        """The same, as SQLAlchemy, and so MLflow, is told of it."""
        return self.database().replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run PostgreSQL until the block ends; what it stored is gone then.

    ``ANSWERABLE_POSTGRES`` names a server to use instead, by the URL of a database from which
    others can be made.
    """
    if named := os.environ.get("ANSWERABLE_POSTGRES"):
        yield Postgres(url=named)
        return
    programs = find_programs()
    user = _owner()
    # Not pytest's directory: its parents let nobody in but the one who runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="answerable-postgres-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        initialise = [str(programs / "initdb"), "-D", str(data), "-U", USER, "-A", "trust"]
        made = subprocess.run(
            [*initialise, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            user=user,
            extra_groups=None if user is None else (),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            unavailable(PART, f"initdb: {made.stderr.strip()[-2000:]}")

        def command(ports: Ports) -> list[str]:
            settings = {
                "listen_addresses": LOOPBACK,
                "unix_socket_directories": "",
                "fsync": "off",  # the tests end processes, never the machine
                "max_connections": "200",
            }
            told = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            return [str(programs / "postgres"), "-D", str(data), "-p", str(ports[0]), *told]

        with serving(
            command,
            ports=1,
            ready=lambda ports: _accepts(_url(ports[0])),
            deadline=READY_SECONDS,
            log=folder / "log",
            cwd=folder,
            user=user,
            # "Fast": to SIGTERM it would wait until the last client has gone.
            end=signal.SIGINT,
        ) as (port,):
            yield Postgres(url=_url(port))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """The directory of `initdb` and `postgres`; ends the test as unavailable when there is none."""
    found = shutil.which("initdb")
    # Both are links where a distribution puts one on PATH, and each looks for the rest beside it.
    places = [Path(found).resolve().parent] if found else []
    with suppress(OSError):
        places += sorted((p / "bin" for p in INSTALLED.iterdir()), key=_version, reverse=True)
    whole = [p for p in places if all((p / name).is_file() for name in ("initdb", "postgres"))]
    if not whole:
        unavailable(PART, "no PostgreSQL: no initdb on PATH; scripts/install-postgres")
    return whole[0]


def _version(place: Path) -> float:
    try:
        return float(place.parent.name)
    except ValueError:
        return 0.0


def _owner() -> str | None:
    """Who must run it: PostgreSQL refuses to be root. None for the user that the tests run as."""
    if os.geteuid() != 0:
        return None
    for name in (USER, "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    pytest.fail("there is no user but root, as whom PostgreSQL does not run", pytrace=False)


def _url(port: int) -> str:
    return f"postgresql://{USER}@{LOOPBACK}:{port}/postgres"


def _accepts(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True
