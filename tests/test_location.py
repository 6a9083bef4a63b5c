"""An address is taken apart once, and what is secret in it is for the connection alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable import configuration
from answerable.errors import ConfigurationError
from answerable.location import PostgresSchema, SQLiteFile, locate, shown, stable

SECRET = "tangerine"  # noqa: S105  # of nothing
URL = f"postgresql://ana:{SECRET}@db.example.org:5433/decisions"


def postgres(uri: str) -> PostgresSchema:
    found = locate(uri)
    assert isinstance(found, PostgresSchema)
    return found


def test_a_path_is_a_file() -> None:
    assert locate("/var/a.db") == SQLiteFile(Path("/var/a.db"))
    assert shown("/var/a.db") == "/var/a.db"


def test_a_url_of_postgresql_is_a_schema_of_a_database() -> None:
    found = postgres(URL)

    assert (found.host, found.database, found.schema) == (
        "db.example.org:5433",
        "decisions",
        "answerable",
    )
    assert found.url == URL


def test_the_schema_is_ours_and_the_rest_is_for_the_connection() -> None:
    found = postgres(f"{URL}?sslmode=verify-full&schema=trust_7&sslrootcert=%2Fetc%2Fa%20b.pem")

    assert found.schema == "trust_7"
    assert found.url == f"{URL}?sslmode=verify-full&sslrootcert=%2Fetc%2Fa%20b.pem"
    assert found.shown == "postgresql://db.example.org:5433/decisions?schema=trust_7"


def test_a_socket_and_a_parameter_say_where_it_is_too() -> None:
    found = postgres("postgresql:///?host=%2Fvar%2Frun&port=5433&dbname=decisions")

    assert found.shown == "postgresql:///var/run:5433/decisions"


@pytest.mark.parametrize(
    "uri",
    [
        URL,
        f"postgres://ana:{SECRET}@db.example.org/decisions",
        f"postgresql://db.example.org/decisions?user=ana&password={SECRET}",
        f"postgresql://{SECRET}@db.example.org,other.example.org/decisions",
    ],
)
def test_what_is_shown_and_what_names_files_has_neither_user_nor_password(uri: str) -> None:
    for told in (shown(uri), stable(uri), repr(locate(uri))):
        assert SECRET not in told and "ana" not in told
        assert "db.example.org" in told


def test_settings_do_not_show_it_either(tmp_path: Path) -> None:
    settings = configuration.settle({"ledger": URL}, {}, tmp_path)

    assert settings.ledger == URL
    assert SECRET not in repr(settings)


def test_another_password_is_no_other_ledger() -> None:
    assert stable(URL) == stable(URL.replace(SECRET, "another"))


@pytest.mark.parametrize(
    "uri",
    [
        f"postgresql://ana:{SECRET}@x@db.example.org/decisions",
        f"postgresql://ana:{SECRET}/x@db.example.org/decisions",
        f"postgresql://ana:{SECRET}?x@db.example.org/decisions",
        f"postgresql://ana:{SECRET}#x@db.example.org/decisions",
        f"postgresql://ana:{SECRET} x@db.example.org/decisions",
        f"postgresql://ana:{SECRET}@[db.example.org/decisions",
        f"{URL}?schema=pg_catalog",
        f"{URL}?schema=a%3Bdrop",
        f"{URL}?schema=Upper",
        f"{URL}?schema=",
        f"{URL}?sslmode",
        f"{URL}?schema={'x' * 61}",
    ],
)
def test_what_cannot_be_taken_apart_is_refused_without_repeating_it(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="not the address of a PostgreSQL") as caught:
        locate(uri)

    assert SECRET not in f"{caught.value}{caught.value.hint}"
