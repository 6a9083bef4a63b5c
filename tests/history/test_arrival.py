"""A record that waited is recorded when it was brought in: by the last delegation that says so, holds and is later."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable.history.arrival import arrived, name
from answerable.history.authentication import Authenticator
from answerable.model import Decision, Delegation, Record
from tests.history.forging import NOW, Forger

HOUR = timedelta(hours=1)


@attrs.frozen
class Log:
    forger: Forger

    def read(self, record: Record, *keys: Any) -> Any:
        introducing = self.forger.sign(self.forger.delegation(not_after=NOW + 9 * HOUR))
        authenticator = Authenticator(lambda _: [(0, introducing)])
        return authenticator.authenticate(self.forger.sign(record, *keys), index=7)

    def record(self) -> Decision:
        found = self.read(self.forger.decision())
        assert isinstance(found, Decision) and found.custody is not None
        return found

    def brings(self, at: datetime, *keys: Any) -> Delegation:
        made = self.forger.delegation(recorded_at=at, decided_at=at, not_after=at + HOUR)
        found = self.read(made, *keys)
        assert isinstance(found, Delegation) and found.custody is not None
        assert found.custody.verified is not bool(keys)
        return found


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(Forger(home=tmp_path, path=tmp_path / "none"))


def test_a_delegation_that_brings_a_record_names_it() -> None:
    assert name("an id") == "record:an id"


def test_it_was_recorded_when_the_last_that_holds_brought_it(log: Log) -> None:
    record, one, two = log.record(), log.brings(NOW + HOUR), log.brings(NOW + 2 * HOUR)
    forged = log.brings(NOW + 3 * HOUR, log.forger.session)
    found = arrived(record, [two, forged, one, record, attrs.evolve(two, custody=None)])

    assert found.recorded_at == two.recorded_at
    assert found.custody is not None and record.custody is not None and two.custody is not None
    assert found.custody.signed_at == record.recorded_at == NOW
    assert found.custody.arrival == two.custody.envelope
    assert found.custody.envelope == record.custody.envelope
    assert found == attrs.evolve(record, recorded_at=two.recorded_at)


def test_it_is_as_it_was_where_none_is_later(log: Log) -> None:
    record = log.record()

    assert arrived(record, []) is record
    for at in (NOW, NOW - HOUR):
        assert arrived(record, [log.brings(at)]) is record
    assert arrived(record, [log.brings(NOW + HOUR, log.forger.session)]) is record


def test_what_brings_others_and_what_is_of_no_log_waited_nowhere(log: Log) -> None:
    late = log.brings(NOW + HOUR)
    delegation = log.brings(NOW)
    bare = attrs.evolve(log.record(), custody=None)

    assert arrived(delegation, [late]) is delegation
    assert arrived(bare, [late]) is bare
