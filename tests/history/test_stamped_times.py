"""An hour is given to clocks, and no second more; what is asked is asked of every stamp and every entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from answerable import statement
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.stamping import Stamps
from answerable.ledger import Ledger
from answerable.ledger.timestamps import Stamp, kept_stamps
from answerable.signing import Keyring
from tests.history.forging import NOW, Forger
from tests.history.one_by_one import check_all
from tests.history.test_stamping import codes, decide, policy, stamped, verdict
from tests.ledger.tampering import change, rewrite
from tests.parts.authority import Authority

HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    span = {"not_before": NOW - timedelta(days=900), "not_after": NOW + timedelta(days=90_000)}
    made.append(made.sign(made.delegation(**span)))
    return made


@attrs.frozen
class Seen:
    """A log of two records, the first of which is covered by a stamp; what was checked of it."""

    stamp: Stamp
    stamps: Stamps
    checked: tuple[Checked, ...]

    def told(self, place: int, at: datetime, **changes: Any) -> list[tuple[str, str]]:
        """What is said of the entry at that place, had it been recorded then."""
        found = attrs.evolve(self.checked[place], recorded_at=at, **changes)
        self.stamps.saw(found)
        faults = list(self.stamps.faults())
        assert all((f.index, f.id) == (found.index, found.id) for f in faults)
        return [(fault.code, fault.message) for fault in faults]


@pytest.fixture
def seen(forger: Forger, authority: Authority) -> Iterator[Seen]:
    decide(forger, NOW)
    stamp = stamped(forger, authority)
    decide(forger, NOW)
    ledger = Ledger.open(forger.uri, forger.home)
    kept = kept_stamps(forger.home, ledger.origin)
    yield Seen(
        stamp,
        Stamps(ledger, policy(forger, authority), kept),
        tuple(check_all(ledger.entries())),
    )
    ledger.close()


class TestAnHour:
    @pytest.mark.parametrize("early", [HOUR, HOUR - MOMENT, -HOUR])
    def test_what_is_covered_may_say_an_hour_more(self, seen: Seen, early: timedelta) -> None:
        assert seen.told(1, seen.stamp.time + early) == []

    def test_and_not_a_moment_more(self, seen: Seen) -> None:
        ((code, told),) = seen.told(1, seen.stamp.time + HOUR + MOMENT)

        assert code == "future-dated"
        assert statement.timestamp(seen.stamp.time) in told

    @pytest.mark.parametrize("late", [HOUR, HOUR - MOMENT, -30 * HOUR])
    def test_what_is_not_covered_may_say_an_hour_less(self, seen: Seen, late: timedelta) -> None:
        # Its index is the stamped size: the first that the stamp does not cover.
        assert seen.told(2, seen.stamp.time - late) == []

    def test_and_not_a_moment_less(self, seen: Seen) -> None:
        ((code, told),) = seen.told(2, seen.stamp.time - HOUR - MOMENT)

        assert code == "back-dated"
        assert statement.timestamp(seen.stamp.time) in told

    def test_after_the_last_of_all_dates_there_is_no_hour_more(self, seen: Seen) -> None:
        last = datetime.max.replace(tzinfo=UTC)
        seen.stamps._stamps = [attrs.evolve(seen.stamp, time=last)]

        assert seen.told(1, last) == []
        assert seen.told(1, NOW) == []


class TestWhoSaidThatItWasLate:
    def test_only_a_delegation_says_so(self, seen: Seen, forger: Forger) -> None:
        long_ago = seen.stamp.time - 30 * HOUR
        about = forger.delegation(about=(f"record:{seen.checked[2].id}",))
        whole = forger.sign(about)
        seen.told(0, NOW, introduces=False, whole=whole)
        assert [code for code, _ in seen.told(2, long_ago)] == ["back-dated"]

    def test_each_that_says_so_counts(self, seen: Seen, forger: Forger) -> None:
        for id in (seen.checked[2].id, "00000000-0000-7000-8000-000000000099"):
            whole = forger.sign(forger.delegation(about=(f"record:{id}",)))
            seen.told(0, NOW, introduces=True, whole=whole)

        assert seen.told(2, seen.stamp.time - 30 * HOUR) == []


class TestARangeInBrief:
    """What is not asked of in brief is not looked at one by one: so it must be asked where it matters."""

    def asks(self, seen: Seen, start: int, many: int, earliest: datetime, latest: datetime) -> bool:
        return seen.stamps.asks(
            Brief(
                start=start,
                leaves=(bytes(32),) * many,
                ids=(),
                links=(),
                sights=(),
                signings=(),
                first=earliest,
                earliest=earliest,
                latest=latest,
                noted=(),
            )
        )

    def test_of_which_the_last_was_dated_ahead(self, seen: Seen) -> None:
        time = seen.stamp.time

        assert self.asks(seen, 1, 9, time, time + HOUR + MOMENT)
        assert not self.asks(seen, 1, 1, time, time + HOUR)
        assert not self.asks(seen, 2, 9, time, time + HOUR + MOMENT)  # nothing of it is covered

    def test_of_which_the_first_was_dated_back(self, seen: Seen) -> None:
        time = seen.stamp.time

        assert self.asks(seen, 0, 3, time - HOUR - MOMENT, time)
        assert not self.asks(seen, 2, 1, time - HOUR, time)
        assert not self.asks(seen, 0, 2, time - HOUR - MOMENT, time)  # all of it is covered


def test_an_entry_that_is_no_record_is_told_as_that(forger: Forger, authority: Authority) -> None:
    forger.append(b"rubbish")
    stamped(forger, authority)

    assert codes(forger, policy(forger, authority)) == [("malformed", 1)]


def test_a_token_that_does_not_hold_takes_nothing_from_the_next(
    forger: Forger, authority: Authority
) -> None:
    found = stamped(forger, authority)
    ledger = Ledger.open(forger.uri, forger.home)
    kept = [(found.note, b"rubbish"), (found.note, found.token)]
    stamps = Stamps(ledger, policy(forger, authority), kept)
    ledger.close()

    assert stamps.newest == found


class TestManyStamps:
    @pytest.fixture
    def entries(self, forger: Forger, authority: Authority) -> list[bytes]:
        """Those of a log that was stamped at 2, 4, 10 and 12."""
        for size in range(2, 13):
            decide(forger, NOW)
            if size in (2, 4, 10, 12):
                stamped(forger, authority)
        ledger = Ledger.open(forger.uri, forger.home)
        found = [entry.envelope for entry in ledger.entries()]
        ledger.close()
        return found

    def put(self, forger: Forger, entries: list[bytes]) -> None:
        """Other entries, as who holds the log's key puts them there."""
        ledger = Ledger.open(forger.uri, forger.home)
        signer = ledger.origin, Keyring(forger.home).log_key(ledger.origin)
        ledger.close()
        for path in (forger.home / "checkpoints").rglob("*.checkpoint"):
            path.unlink()
        rewrite(forger.path, entries, signer=signer)

    def told(self, forger: Forger, authority: Authority) -> list[tuple[str, str]]:
        faults = verdict(forger, policy(forger, authority)).faults
        return [(f.code, f.message) for f in faults if f.code in ("truncated", "rewritten")]

    def test_the_one_that_covers_most_is_the_newest(
        self, forger: Forger, authority: Authority, entries: list[bytes]
    ) -> None:
        told = verdict(forger, policy(forger, authority))

        assert told.stamped is not None and told.stamped.size == len(entries)

    def test_each_that_covers_more_than_is_left_is_told(
        self, forger: Forger, authority: Authority, entries: list[bytes]
    ) -> None:
        self.put(forger, entries[:4])
        (one, two) = self.told(forger, authority)

        assert one[0] == two[0] == "truncated"
        assert "10" in one[1] and "12" in two[1] and " 4 " in one[1]

    def test_each_that_covers_other_entries_is_told_where_a_node_is_missing_too(
        self, forger: Forger, authority: Authority, entries: list[bytes]
    ) -> None:
        self.put(forger, [*entries[:2], entries[3], entries[2], *entries[4:]])
        change(forger.path, "DELETE FROM nodes WHERE level = 1 AND idx = 0")
        told = self.told(forger, authority)

        assert [code for code, _ in told] == ["rewritten"] * 3
        assert [
            size in message
            for size, (_, message) in zip((" 4 ", " 10 ", " 12 "), told, strict=True)
        ] == [True] * 3
