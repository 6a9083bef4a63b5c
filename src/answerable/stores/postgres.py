"""An address becomes a connection to PostgreSQL: in one way, whoever asks."""

from __future__ import annotations

from functools import cache
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from answerable.errors import MissingExtraError
from answerable.location import PostgresSchema

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
except ImportError:
    raise MissingExtraError("postgres", "a ledger in PostgreSQL") from None

# A peer that is gone is found out in half a minute, not in the system's two hours.
_DEFAULTS: Final[dict[str, Any]] = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "answerable",
}
_READING: Final = "SET default_transaction_read_only = on"
# Nobody waits for ever for one who was stopped in the middle. What the server's owner made
# stricter stays so; what he made less than durable does not.
_WRITING: Final = """
SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s';
SELECT set_config('synchronous_commit', 'on', false)
  WHERE current_setting('synchronous_commit') = 'off'
"""
# One who makes tables waits for another who does; the number says nothing.
MAKING: Final = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(1634628471)"


def connect(
    location: PostgresSchema, *, write: bool, schema: str | None = None
) -> psycopg.Connection[Any]:
    """One connection, in autocommit, to that schema, by default the location's own. Raises
    `psycopg.Error`."""
    said = make_conninfo(**{**_DEFAULTS, **conninfo_to_dict(location.url)})
    connection = psycopg.connect(said, autocommit=True)
    try:
        how = _WRITING if write else _READING
        connection.execute(f"SET search_path = {schema or location.schema}; {how}".encode())
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def spelt(sql: str) -> bytes:
    """SQL that is written for SQLite, as PostgreSQL spells it."""
    return sql.replace(" BLOB", " bytea").replace("?", "%s").encode()


def told(error: Exception, location: PostgresSchema) -> str:
    """What the server or its driver says, in a line, and no password in it."""
    said = " ".join(str(error).split()) or type(error).__name__
    password = urlsplit(location.url).password
    for secret in filter(None, {password, unquote(password or "")}):
        said = said.replace(secret, "…")
    return said
