"""The policy that a ledger has put in force by a time: by records that verify, under the threshold of the one before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from answerable.history.adopted import adopted, policies
from answerable.history.catalogue import Catalogue
from answerable.ledger import Ledger
from tests.history.adopting import STRANGER, adopt, text
from tests.history.forging import NOW, Forger, name_of
from tests.ledger.tampering import change

SOON = NOW + timedelta(minutes=1)


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    return made


@pytest.fixture
def catalogue(forger: Forger) -> Iterator[Catalogue]:
    ledger = Ledger.open(forger.uri, forger.home)
    made = Catalogue(ledger, forger.home)
    yield made
    made.let_go()
    ledger.close()


def versions(catalogue: Catalogue) -> list[int]:
    return [each.version for each in policies(catalogue)]


def in_force(catalogue: Catalogue) -> int | None:
    found = adopted(catalogue, NOW)
    return None if found is None else found.version


def test_without_one_there_is_none(catalogue: Catalogue) -> None:
    assert (versions(catalogue), in_force(catalogue)) == ([], None)


def test_the_last_that_was_signed_by_enough_is_in_force(
    forger: Forger, catalogue: Catalogue
) -> None:
    adopt(forger, text(forger, 1, threshold=2), forger.identity, STRANGER, version=1)
    adopt(forger, text(forger, 2, threshold=2), forger.identity, STRANGER, version=2)
    assert (versions(catalogue), in_force(catalogue)) == ([1, 2], 2)
    forger.append(forger.sign(forger.decision()))
    adopt(forger, text(forger, 3, threshold=2), forger.identity, version=3)
    adopt(forger, text(forger, 4), forger.identity, version=4)

    assert (versions(catalogue), in_force(catalogue)) == ([1, 2, 3, 4], 2)


@pytest.mark.parametrize(("after", "version"), [(1, 1), (2, 2), (9, 2)])
def test_a_key_that_one_revokes_adopts_no_other_after_that_place(
    forger: Forger, catalogue: Catalogue, after: int, version: int
) -> None:
    revoked = f'[[revoked]]\nkey = "{name_of(STRANGER)}"\nafter_index = {after}'
    adopt(forger, text(forger, 1, more=revoked), forger.identity, version=1)
    adopt(forger, text(forger, 2), STRANGER, version=2)

    assert (versions(catalogue), in_force(catalogue)) == ([1, 2], version)


def test_one_that_does_not_verify_is_none(forger: Forger, catalogue: Catalogue) -> None:
    adopt(forger, text(forger, 1), forger.identity, version=1)
    adopt(forger, text(forger, 2), forger.identity, version=2, by=STRANGER)
    adopt(forger, text(forger, 2), forger.identity, version=2)

    assert (versions(catalogue), in_force(catalogue)) == ([1, 2], 2)


def test_as_of_a_time_it_is_what_was_put_in_force_by_then(
    forger: Forger, catalogue: Catalogue
) -> None:
    adopt(forger, text(forger, 1), forger.identity, version=1)

    assert in_force(catalogue) == 1
    assert adopted(catalogue, NOW - timedelta(microseconds=1)) is None


def test_of_a_ledger_that_does_not_hold_it_is_said_too_that_there_is_none(
    forger: Forger, catalogue: Catalogue
) -> None:
    assert versions(catalogue) == []
    change(forger.path, "UPDATE checkpoint SET note = x'00'")

    assert versions(catalogue) == []
