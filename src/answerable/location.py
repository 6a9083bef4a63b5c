"""Where a ledger is: its address, taken apart, and as it may be shown.

An address may hold a password. Nothing but the connection itself is given that: messages, records,
receipts and the names of files have `shown`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeAlias

import attrs

from answerable import late
from answerable.errors import ConfigurationError

_HINT = "write sqlite:///decisions.db or postgresql://host/database"
_POSTGRES = ("postgresql://", "postgres://")
_SCHEMA = "answerable"


@attrs.frozen
class SQLiteFile:
    """A file, by its absolute path."""

    path: Path

    @property
    def shown(self) -> str:
        """As messages name it."""
        return str(self.path)

    @property
    def stable(self) -> str:
        """What stays the same however the address is spelt: a link has no name of its own."""
        return str(self.path.resolve())


@attrs.frozen
class PostgresSchema:
    """A schema of a PostgreSQL database. `url` is what libpq connects with."""

    url: str = attrs.field(repr=False)
    host: str
    database: str
    schema: str

    @property
    def shown(self) -> str:
        """Without user, password and options."""
        suffix = "" if self.schema == _SCHEMA else f"?schema={self.schema}"
        return f"postgresql://{self.host}/{self.database}{suffix}"

    @property
    def stable(self) -> str:
        """As it is shown."""
        return self.shown


Location: TypeAlias = SQLiteFile | PostgresSchema


def locate(uri: str) -> Location:
    """What an address names; raises `ConfigurationError`, never with a password in it."""
    if uri.startswith(_POSTGRES):
        return _postgres(uri)
    named = uri.removeprefix("sqlite:///")
    if not named.strip() or "\x00" in uri or (uri == named and uri.startswith("sqlite:")):
        raise ConfigurationError(f"not a ledger address: {uri!r}", hint=_HINT)
    if uri == named and "://" in uri:
        kind = uri.partition(":")[0]
        raise ConfigurationError(f"no ledger of this kind: {kind}://…", hint=_HINT)
    return SQLiteFile(Path(named).absolute())


def shown(uri: str) -> str:
    """The address without what is secret in it; that of a file as it is."""
    return locate(uri).shown if uri.startswith(_POSTGRES) else uri


def stable(uri: str) -> str:
    """The name under which what belongs to the ledger at that address is kept, whoever connects:
    a new password is no new ledger."""
    return locate(uri).stable if uri.startswith(_POSTGRES) else uri


def name_for(told: str) -> str:
    """32 hex digits, by which files are called that belong to an address, a log or a key. A path may hold
    bytes that are no UTF-8: Python has them as halves of surrogate pairs (PEP 383)."""
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _postgres(uri: str) -> PostgresSchema:
    with late.importing:
        from urllib.parse import parse_qsl, quote, urlsplit

    try:
        parts = urlsplit(uri)
        asked = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _refused("it cannot be taken apart") from None
    # A password's own @, /, ? or # would make the rest of it a host, which messages name.
    if uri.count("@") > 1 or ("@" in uri and "@" not in parts.netloc) or parts.fragment:
        raise _refused("a sign in its password is not written as %40, %2F, %3F or %23")
    if any(character.isspace() or not character.isprintable() for character in uri):
        raise _refused("it holds a blank")
    given = dict(asked)
    schema = given.pop("schema", _SCHEMA)
    if not (schema.isidentifier() and schema.isascii() and schema == schema.lower()):
        raise _refused("its schema is not one of small letters, digits and _")
    if schema.startswith("pg_") or len(schema) > 60:
        raise _refused("its schema is one of PostgreSQL's own, or too long a name")
    host = parts.netloc.rpartition("@")[2] or _host(given)
    rest = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
    url = f"postgresql://{parts.netloc}{parts.path}" + (f"?{rest}" if rest else "")
    return PostgresSchema(url, host, given.get("dbname", parts.path.strip("/")), schema)


def _host(given: dict[str, str]) -> str:
    host, port = given.get("host", ""), given.get("port", "")
    return f"{host}:{port}" if port else host


def _refused(why: str) -> ConfigurationError:
    return ConfigurationError(f"not the address of a PostgreSQL ledger: {why}", hint=_HINT)
