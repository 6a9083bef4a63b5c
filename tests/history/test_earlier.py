"""Where things stand, as an index says: delegations by their key and policies, in the log's order, and the first of an id."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from answerable.history import Index
from answerable.history.earlier import ByIndex
from answerable.ledger import Ledger
from tests.history.adopting import adopt, id_of, text
from tests.history.forging import Forger, name_of


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    """Two sessions, two policies, and a record that stands twice."""
    made = Forger(home=home, path=tmp_path / "decisions.db")
    other = Forger(home=home, path=made.path, identity=made.identity)
    other._ids = 1000
    made.append(made.sign(made.delegation()))
    other.append(other.sign(other.delegation()))
    adopt(made, text(made), made.identity)
    twice = made.decision()
    made.append(made.sign(twice))
    made.append(made.sign(attrs.evolve(twice, emission=made.emission())))
    adopt(made, text(made, 2), made.identity, version=2)
    made.append(made.sign(made.delegation()))
    return made


def test_places_are_as_the_index_says(forger: Forger) -> None:
    ledger = Ledger.open(forger.uri, forger.home)
    index = Index.of(forger.home, ledger.origin)
    index.refresh(ledger)
    found = ByIndex(index)

    assert [*found.introducing(name_of(forger.session))] == [0, 6]
    assert [*found.introducing("SHA256:another")] == []
    assert [*found.policies()] == [2, 5]
    assert found.first(id_of(3)) == 3
    assert found.first("another") is None
    assert [*found.faults(lambda *_: pytest.fail("it looks at no entry"))] == []
    index.close()
    ledger.close()
