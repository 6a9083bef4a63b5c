"""The clocks of a quorum of witnesses stand against the log's own times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import answerable as ans
from answerable.history import WitnessTimes, spreading
from answerable.history.brief import Brief
from answerable.ledger import (
    Checkpoint,
    Cosigner,
    Fault,
    Ledger,
    WitnessVerifier,
    cosigned_notes,
    keep_cosigned,
)
from answerable.signing import Keyring, Policy, parse
from tests.history.adopting import adopt
from tests.history.forging import NOW, Forger, name_of

ONE, TWO, ROGUE = (
    Cosigner(f"w{n}.example.org", Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32))
    for n in (1, 2, 3)
)
HOUR, MOMENT = timedelta(hours=1), timedelta(seconds=1)


@attrs.frozen
class Log:
    """A ledger of a delegation and whatever is decided; its notes are kept under the home."""

    forger: Forger

    def decide(self, at: datetime) -> None:
        made = self.forger.decision(recorded_at=at, decided_at=at)
        self.forger.append(self.forger.sign(made))

    def cosign(self, at: datetime, *by: Cosigner) -> None:
        """All that there is now."""
        ledger = Ledger.open(self.forger.uri, self.forger.home)
        try:
            size = ledger.end()
            seen = Checkpoint(ledger.origin, size, ledger.root_at(size))
            note = seen.sign(Keyring(self.forger.home).log_key(ledger.origin))
            for each in by:
                witness = WitnessVerifier.from_vkey(each.verifier.vkey())
                line = each.sign(seen, int(at.timestamp()))
                keep_cosigned(self.forger.home, ledger.origin, witness, note + line)
        finally:
            ledger.close()

    def text(self, threshold: int, *by: Cosigner) -> str:
        keys = f'keys = ["{name_of(self.forger.identity)}"]'
        vkeys = [each.verifier.vkey() for each in by]
        return (
            f"version = 1\n[root]\nthreshold = 1\n{keys}\n[principals.ana]\n{keys}\n"
            f"[witnesses]\nthreshold = {threshold}\nvkeys = {vkeys}\n"
        )

    def faults(self, policy: Policy | None) -> tuple[Fault, ...]:
        with ans.open(self.forger.uri, home=self.forger.home) as history:
            return history.verify(policy).faults

    def codes(self, policy: Policy | None) -> list[tuple[str, int | None]]:
        return [(fault.code, fault.index) for fault in self.faults(policy)]


@pytest.fixture(params=[1024, 1], ids=["in brief", "one by one"])
def log(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Log:
    monkeypatch.setattr(spreading, "SHARE", request.param)
    made = Forger(home=home, path=tmp_path / "decisions.db")
    span = {"not_before": NOW - timedelta(days=900), "not_after": NOW + timedelta(days=900)}
    made.append(made.sign(made.delegation(**span)))
    return Log(made)


def test_a_record_that_was_dated_back_is_told(log: Log) -> None:
    log.decide(NOW)
    log.cosign(NOW + MOMENT, ONE)
    log.decide(NOW + MOMENT - HOUR)
    log.decide(NOW - HOUR)

    told = "it was not in the log that was cosigned at 2026-01-31T12:00:01.000000Z"
    (found,) = log.faults(parse(log.text(1, ONE)))
    assert (found.code, found.message, found.index) == ("back-dated", told, 3)
    assert found.id == "00000000-0000-7000-8000-000000000004"


def test_a_record_that_was_dated_ahead_is_told(log: Log) -> None:
    log.decide(NOW + HOUR)
    log.decide(NOW + HOUR + MOMENT)
    log.cosign(NOW, ONE)
    log.decide(NOW + timedelta(days=30))

    told = "it was cosigned by 2026-01-31T12:00:00.000000Z, before it was recorded"
    (found,) = log.faults(parse(log.text(1, ONE)))
    assert (found.code, found.message, found.index) == ("future-dated", told, 2)
    assert found.id == "00000000-0000-7000-8000-000000000003"


def test_the_last_second_that_a_date_can_name_is_a_time_like_others(log: Log) -> None:
    """One witness could else end every verification."""
    log.decide(NOW)
    log.cosign(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), ONE)
    assert log.codes(parse(log.text(1, ONE))) == []
    log.decide(NOW)

    assert log.codes(parse(log.text(1, ONE))) == [("back-dated", 2)]


def test_nobodys_clock_counts_whom_the_policy_does_not_name(log: Log) -> None:
    log.cosign(NOW, ONE)
    log.decide(NOW - timedelta(days=30))

    assert log.codes(None) == log.codes(parse(log.text(1, TWO))) == []


def test_the_versions_in_the_ledger_say_whose_clocks_count(log: Log) -> None:
    adopt(log.forger, log.text(1, ONE), log.forger.identity)
    log.cosign(NOW, ONE)
    log.decide(NOW - timedelta(days=30))

    assert log.codes(None) == [("back-dated", 2)]


@pytest.mark.parametrize("wrong", [timedelta(days=400), timedelta(days=-400)])
def test_fewer_than_a_quorum_say_nothing_of_any_record(log: Log, wrong: timedelta) -> None:
    """Whoever has one witness of two could else say of every record that it is a forgery."""
    log.decide(NOW)
    log.cosign(NOW, ONE, TWO)
    log.cosign(NOW + wrong, ROGUE)
    log.decide(NOW + MOMENT)
    two = parse(log.text(2, ONE, TWO, ROGUE))

    assert log.codes(two) == []
    assert log.codes(parse(log.text(1, ONE, TWO, ROGUE))) != []
    log.decide(NOW - 2 * HOUR)
    assert log.codes(two) == [("back-dated", 3)]


def test_what_waited_and_says_so_is_not_dated_back(log: Log) -> None:
    forger = log.forger
    log.cosign(NOW + timedelta(days=2), ONE)
    waited = forger.decision(recorded_at=NOW, decided_at=NOW)
    late = NOW + timedelta(days=2)
    brings = Forger(home=forger.home, path=forger.path, identity=forger.identity)
    brings._ids = 100
    span = {"not_before": late - HOUR, "not_after": late + HOUR, "recorded_at": late}
    brings.append(brings.sign(brings.delegation(about=(f"record:{waited.id}",), **span)))
    forger.append(forger.sign(waited))

    assert log.codes(parse(log.text(1, ONE))) == []


def test_an_entry_that_is_no_record_is_told_as_that(log: Log) -> None:
    log.forger.append(b"rubbish")
    log.cosign(NOW, ONE)

    assert log.codes(parse(log.text(1, ONE))) == [("malformed", 1)]


@pytest.mark.parametrize(
    ("start", "earliest", "latest", "asked"),
    [
        (1, NOW, NOW + HOUR, False),
        (1, NOW, NOW + HOUR + MOMENT, True),
        (2, NOW, NOW + HOUR + MOMENT, False),  # nothing of it was cosigned
        (1, NOW - HOUR, NOW, False),
        (1, NOW - HOUR - MOMENT, NOW, True),
        (0, NOW - HOUR - MOMENT, NOW, False),  # all of it was
    ],
)
def test_two_entries_in_brief_are_asked_about_where_one_might_be_contradicted(
    log: Log, start: int, earliest: datetime, latest: datetime, asked: bool
) -> None:
    """What is not asked about is not looked at one by one."""
    log.decide(NOW)
    log.cosign(NOW, ONE)
    ledger = Ledger.open(log.forger.uri, log.forger.home)
    ledger.close()
    notes = cosigned_notes(log.forger.home, ledger.origin)
    times = WitnessTimes(ledger.verifier, parse(log.text(1, ONE)), notes)
    two = Brief(
        start=start,
        leaves=(bytes(32),) * 2,
        ids=(),
        links=(),
        sights=(),
        signings=(),
        first=earliest,
        earliest=earliest,
        latest=latest,
        noted=(),
    )

    assert times.asks(two) == asked
