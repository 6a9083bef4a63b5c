"""Where MLflow is: which addresses can be served, and how they are named in messages."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import attrs

from answerable.errors import ConfigurationError, ExportError

Kind = Literal["server", "database"]
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306}
_HINT = "write http://host:5000, or sqlite:///mlflow.db"


@attrs.frozen(kw_only=True)
class Place:
    """An address of MLflow. `name` is the same without passwords, for messages."""

    uri: str
    kind: Kind
    name: str

    @property
    def file(self) -> Path | None:
        """The database file, where the address names one."""
        path = self.uri.partition(":///")[2].partition("?")[0]
        return Path(path) if self.uri.startswith("sqlite") else None


def locate(uri: str) -> Place:
    """What `uri` names; raises `ConfigurationError` for what MLflow keeps no traces in."""
    scheme = uri.partition("://")[0] if "://" in uri else ""
    engine = scheme.partition("+")[0]
    if scheme in ("http", "https") and urlsplit(uri).hostname:
        return Place(uri=uri.rstrip("/"), kind="server", name=_without_password(uri.rstrip("/")))
    if engine == "sqlite":
        place = Place(uri=uri, kind="database", name=uri)
        if not place.file or not place.file.name or ":memory:" in uri:
            raise ConfigurationError(
                f"not an MLflow database that lasts: {uri!r}", hint="write sqlite:///mlflow.db"
            )
        if place.file.is_dir():
            raise ConfigurationError(
                f"{place.file} is a directory, not an MLflow database", hint=_HINT
            )
        return place
    if engine in _DATABASES:
        return Place(uri=uri, kind="database", name=_without_password(uri))
    if scheme in ("", "file"):
        raise ConfigurationError(
            f"{uri!r} is a file store of MLflow, which cannot be searched for decisions", hint=_HINT
        )
    raise ConfigurationError(f"not an MLflow address: {_without_password(uri)!r}", hint=_HINT)


def knock(place: Place, seconds: float) -> None:
    """Raises `ExportError` if nobody listens where the address leads: a question that costs nothing,
    before MLflow is imported to ask it. A proxy, or an address without a host, is not asked."""
    parts = urlsplit(place.uri)
    default = _PORTS.get(parts.scheme.partition("+")[0])
    port = parts.port or default
    if not parts.hostname or port is None:
        return
    if place.kind == "server":
        from urllib.request import getproxies, proxy_bypass

        if parts.scheme in getproxies() and not proxy_bypass(parts.hostname):
            return
    try:
        socket.create_connection((parts.hostname, port), timeout=seconds).close()
    except OSError as error:
        raise ExportError(
            f"nobody answers at {place.name}: {error.strerror or error}",
            hint="start it, or name another address",
        ) from None


def _without_password(uri: str) -> str:
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
