"""What a verdict says of a ledger, of its end, and of a published copy: all of it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from answerable import statement
from answerable.errors import MalformedError, NotFoundError
from answerable.fetching import fetcher
from answerable.history import Verdict, verify, verify_since, verify_tiles
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.index_check import Departures
from answerable.ledger import Checkpoint, Entry, Fault, Ledger, LogVerifier, TileLog, publish
from answerable.model import Observed
from answerable.signing import parse
from tests.history.adopting import text
from tests.history.forging import NOW, Forger
from tests.history.said import Said
from tests.ledger.tampering import change

SIZE = 5
SAID = Said(introduces=[0])


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    for _ in range(SIZE - 1):
        made.append(made.sign(made.decision()))
    return made


@pytest.fixture
def ledger(forger: Forger) -> Iterator[Ledger]:
    """Opened by somebody who has not seen it before."""
    opened = Ledger.open(forger.uri, forger.home.with_name("another"))
    yield opened
    opened._database.close()


@pytest.fixture
def whole(ledger: Ledger) -> Verdict:
    """What is said of it while nothing is wrong."""
    return Verdict(
        verdict="valid-unwitnessed",
        size=SIZE,
        root=ledger.root_at(SIZE).hex(),
        origin=ledger.origin,
        policy=None,
        unwitnessed_since=statement.timestamp(NOW),
        exchanged_from=(),
        faults=(),
        since=0,
        stamped=None,
    )


def said(verdict: Verdict) -> list[tuple[str, str]]:
    return [(fault.code, fault.message) for fault in verdict.faults]


def seen(ledger: Ledger, size: int, root: bytes | None = None) -> Checkpoint:
    return Checkpoint(ledger.origin, size, root or ledger.root_at(size))


def lied(forger: Forger) -> None:
    """A record of an emitter who saw what was there, and one of an emitter who did not."""
    for observed in (forger.observed(SIZE), Observed(size=SIZE, root="0" * 64)):
        emission = forger.emission(observed=observed)
        forger.append(forger.sign(forger.decision(emission=emission)))


class Beside:
    """Something that lies beside a ledger, with a fault of its own."""

    def __init__(self, wants: bool) -> None:
        self._wants = wants
        self.asked: list[tuple[int, int]] = []
        self.seen: list[int] = []

    def asks(self, brief: Brief) -> bool:
        self.asked.append((brief.start, brief.end))
        return self._wants

    def saw(self, checked: Checked) -> None:
        self.seen.append(checked.index)

    def faults(self) -> list[Fault]:
        return [Fault("beside", f"after {self.seen}")]


class Shown(Departures):
    """An index that takes note of nothing but what it is shown."""

    def __init__(self, asks: bool) -> None:
        self._asks = asks
        self.rows: list[int] = []
        self.entries: list[int] = []

    @property
    def asks(self) -> bool:
        return self._asks

    def took(self, brief: Brief) -> None:
        self.rows += [row[0] for row, _ in brief.rows]

    def saw(self, entry: Entry) -> None:
        self.entries.append(entry.index)


class TestOfALedger:
    def test_all_of_it_is_said(self, forger: Forger, ledger: Ledger, whole: Verdict) -> None:
        policy = parse(text(forger, 4))

        assert verify(ledger) == whole
        assert verify(ledger, policy) == attrs.evolve(whole, policy=4)
        for size in (0, 1, SIZE):
            assert verify(ledger, None, seen(ledger, size)) == whole

    def test_valid_and_unwitnessed_both_hold_and_invalid_does_not(self, whole: Verdict) -> None:
        assert whole.holds
        assert attrs.evolve(whole, verdict="valid").holds
        assert not attrs.evolve(whole, verdict="invalid").holds

    def test_what_it_must_continue_and_does_not_is_said(self, ledger: Ledger) -> None:
        shorter = verify(ledger, None, seen(ledger, SIZE + 2, bytes(32)))
        assert said(shorter) == [("truncated", "7 entries were seen before, 5 are left")]
        for size in (2, SIZE):
            other = verify(ledger, None, seen(ledger, size, bytes(32)))
            told = f"the first {size} entries are not those that were seen before"
            assert (other.verdict, said(other)) == ("invalid", [("rewritten", told)])

    def test_one_that_cannot_be_read_has_no_root(self, forger: Forger, ledger: Ledger) -> None:
        change(forger.path, "DROP TABLE nodes")
        found = verify(ledger)

        assert said(found) == [
            ("schema", "the database defines nodes otherwise than a ledger does"),
            ("unreadable", f"cannot read the ledger {forger.path}: no such table: nodes"),
        ]
        assert (found.verdict, found.size, found.root) == ("invalid", 0, None)

    def test_faults_of_bytes_come_before_those_of_records(self, forger: Forger) -> None:
        other = Forger(home=forger.home, path=forger.path)
        forger.append(other.sign(other.decision(id="00000000-0000-7000-8000-000000000900")))
        change(forger.path, "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 5")

        codes = [fault.code for fault in forger.verdict().faults]
        assert [code for code in codes if code != "database"] == ["leaf", "signature"]

    def test_a_policy_for_another_log_is_said_of_the_whole(
        self, forger: Forger, ledger: Ledger, whole: Verdict
    ) -> None:
        policy = parse(text(forger, more='[log]\nvkey = "another"'))
        told = f"the policy is for the log another, this is {ledger.verifier.vkey()}"

        assert verify(ledger, policy) == attrs.evolve(
            whole, verdict="invalid", policy=1, faults=(Fault("another-log", told),)
        )

    def test_what_an_emitter_saw_is_held_against_it(self, forger: Forger) -> None:
        lied(forger)

        assert [(f.code, f.index) for f in forger.verdict().faults] == [("observed", SIZE + 1)]

    def test_what_lies_beside_is_asked_of_what_is_told_in_brief(self, ledger: Ledger) -> None:
        for wants, new in ((False, [0]), (True, [*range(SIZE)])):
            kept = Beside(wants)
            found = verify(ledger, beside=[kept])
            # Of a delegation more is asked anyway.
            assert (said(found), kept.asked) == ([("beside", f"after {new}")], [(0, SIZE)])

    @pytest.mark.parametrize("asks", [False, True])
    def test_an_index_is_shown_every_entry_once(
        self, forger: Forger, ledger: Ledger, asks: bool
    ) -> None:
        """In rows where all is well and it asks for them, else by itself."""
        shown = Shown(asks)
        verify(ledger, index=shown)
        assert (shown.rows, shown.entries) == ([*range(SIZE)] if asks else [], [])

        other = Forger(home=forger.home, path=forger.path)
        forger.append(other.sign(other.decision()))
        shown = Shown(asks)
        verify(ledger, index=shown)
        assert (shown.rows, shown.entries) == ([], [*range(SIZE + 1)])

    def test_another_log_that_was_there_before_is_named(self, forger: Forger, home: Path) -> None:
        first = Ledger.open(forger.uri, home)
        origin = first.origin
        first.close()
        forger.path.rename(forger.path.with_suffix(".old"))
        other = Forger(home=home.with_name("keeper"), path=forger.path)
        other.append(other.sign(other.delegation()))

        ledger = Ledger.open(forger.uri, home)
        assert verify(ledger).exchanged_from == (origin,)
        trusted = seen(ledger, 1)
        assert verify_since(ledger, trusted, SAID).exchanged_from == (origin,)
        ledger.close()


class TestFromAReceiptOn:
    def test_what_lies_beside_is_said_after_the_rest(self, forger: Forger, ledger: Ledger) -> None:
        trusted = seen(ledger, 3)
        change(forger.path, "CREATE VIEW v AS SELECT 1")

        found = verify_since(ledger, trusted, SAID, beside=[Beside(False), Beside(True)])
        assert [fault.code for fault in found.faults] == ["schema", "beside", "beside"]

    def test_all_of_it_is_said(self, forger: Forger, ledger: Ledger, whole: Verdict) -> None:
        policy = parse(text(forger, 4))
        for size in range(1, SIZE + 1):
            trusted = seen(ledger, size)
            since = attrs.evolve(whole, since=size)
            assert verify_since(ledger, trusted, SAID) == since
            assert verify_since(ledger, trusted, SAID, policy) == attrs.evolve(since, policy=4)

    def test_a_ledger_that_was_cut_off_before_it_is_truncated(
        self, forger: Forger, ledger: Ledger
    ) -> None:
        found = verify_since(ledger, seen(ledger, SIZE + 1, bytes(32)), SAID)

        assert said(found) == [("truncated", "6 entries were seen before, 5 are left")]
        assert (found.verdict, found.root, found.since, found.size) == ("invalid", None, 6, 6)

    def test_one_that_does_not_begin_with_it_is_rewritten(self, ledger: Ledger) -> None:
        for size in (2, SIZE):
            found = verify_since(ledger, seen(ledger, size, bytes(32)), SAID)

            told = f"the first {size} entries are not those that were seen before"
            assert (said(found), found.root) == ([("rewritten", told)], None)
            assert (found.verdict, found.since) == ("invalid", size)

    def test_what_was_added_to_the_database_is_said_first(
        self, forger: Forger, ledger: Ledger
    ) -> None:
        trusted = seen(ledger, 3)
        change(
            forger.path,
            "CREATE VIEW v AS SELECT 1",
            "UPDATE entries SET envelope = x'00' WHERE idx = 4",
        )

        found = verify_since(ledger, trusted, SAID)
        assert found.faults[0] == Fault(
            "schema", "the database defines v otherwise than a ledger does"
        )
        assert ("leaf", 4) in {(fault.code, fault.index) for fault in found.faults}

    def test_one_that_cannot_be_read_has_no_root(self, forger: Forger, ledger: Ledger) -> None:
        trusted = seen(ledger, 3)
        change(forger.path, "DROP TABLE nodes")
        found = verify_since(ledger, trusted, SAID)

        assert [code for code, _ in said(found)] == ["schema", "unreadable"]
        assert said(found)[1][1] == f"cannot read the ledger {forger.path}: no such table: nodes"
        assert (found.verdict, found.root, found.since) == ("invalid", None, 3)


class TestOfAPublishedCopy:
    @pytest.fixture
    def published(self, ledger: Ledger, tmp_path: Path) -> Path:
        publish(ledger, tmp_path / "log")
        return tmp_path / "log"

    @pytest.fixture
    def log(self, ledger: Ledger, published: Path) -> Callable[[], TileLog]:
        return lambda: TileLog(fetcher(str(published)), ledger.verifier)

    def test_all_of_it_is_said(
        self, forger: Forger, ledger: Ledger, log: Callable[[], TileLog], whole: Verdict
    ) -> None:
        assert verify_tiles(log()) == whole
        policy = parse(text(forger, 4))
        assert verify_tiles(log(), policy) == attrs.evolve(whole, policy=4)
        assert verify_tiles(log(), None, [seen(ledger, n) for n in (0, 2, SIZE)]) == whole

    def test_what_it_must_continue_and_does_not_is_said(
        self, ledger: Ledger, log: Callable[[], TileLog], whole: Verdict
    ) -> None:
        promises = [seen(ledger, 7, bytes(32)), seen(ledger, 2, bytes(32)), seen(ledger, 3)]

        found = verify_tiles(log(), None, promises)
        assert said(found) == [
            ("truncated", "7 entries were seen before, 5 are left"),
            ("rewritten", "the first 2 entries are not those that were seen before"),
        ]
        assert attrs.evolve(found, faults=()) == attrs.evolve(whole, verdict="invalid")

    def test_records_and_the_whole_are_judged(
        self, forger: Forger, ledger: Ledger, log: Callable[[], TileLog], whole: Verdict
    ) -> None:
        rule = '[[rule]]\nkind = "threshold"\nprincipals = ["stranger"]\n[log]\nvkey = "another"'

        found = verify_tiles(log(), parse(text(forger, more=rule)))
        assert [(f.code, f.index) for f in found.faults] == [
            *(("not-permitted", index) for index in range(1, SIZE)),
            ("another-log", None),
        ]
        assert attrs.evolve(found, faults=()) == attrs.evolve(whole, verdict="invalid", policy=1)

    def test_what_an_emitter_saw_is_held_against_it(
        self, forger: Forger, ledger: Ledger, tmp_path: Path
    ) -> None:
        lied(forger)
        publish(ledger, tmp_path / "lied")

        found = verify_tiles(TileLog(fetcher(str(tmp_path / "lied")), ledger.verifier))
        assert [(f.code, f.index) for f in found.faults] == [("observed", SIZE + 1)]

    def test_a_policy_names_the_log_that_it_is_for(
        self, forger: Forger, ledger: Ledger, log: Callable[[], TileLog]
    ) -> None:
        policy = parse(text(forger, more=f'[log]\nvkey = "{ledger.verifier.vkey()}"'))

        assert verify_tiles(log(), policy).faults == verify(ledger, policy).faults == ()

    def test_a_tile_that_is_gone_or_is_another_is_said(
        self, published: Path, log: Callable[[], TileLog]
    ) -> None:
        hashes = published / "tile/0/000.p/5"
        hashes.write_bytes(bytes(160))
        assert said(verify_tiles(log())) == [
            ("tile", "tile/0/000.p/5 is not what the entries give")
        ]
        hashes.unlink()
        ((code, told),) = said(verify_tiles(log()))
        assert code == "tile" and told.startswith("tile/0/000.p/5: ")

    def test_bundles_that_are_gone_or_broken_leave_no_root(
        self, published: Path, log: Callable[[], TileLog], whole: Verdict
    ) -> None:
        bundle = published / "tile/entries/000.p/5"
        bundle.write_bytes(bundle.read_bytes()[:-1])
        found = verify_tiles(log())

        assert said(found) == [
            ("tile", "tile/entries/000.p/5: a bundle that does not hold 5 whole entries"),
            ("size", "the checkpoint covers 5 entries, the bundles hold 0"),
        ]
        assert (found.verdict, found.size) == ("invalid", 0)

    @pytest.mark.parametrize("spoil", ["gone", "rubbish"])
    def test_one_without_a_checkpoint_cannot_be_read(
        self, published: Path, log: Callable[[], TileLog], spoil: str
    ) -> None:
        if spoil == "gone":
            (published / "checkpoint").unlink()
        else:
            (published / "checkpoint").write_bytes(b"rubbish")
        found = verify_tiles(log())

        assert [code for code, _ in said(found)] == ["unreadable"]
        with pytest.raises((NotFoundError, MalformedError)) as raised:
            log().checkpoint()
        assert said(found)[0][1] == raised.value.message
        assert (found.verdict, found.size, found.root) == ("invalid", 0, None)

    def test_another_log_s_word_is_not_this_one_s(
        self, forger: Forger, published: Path, log: Callable[[], TileLog]
    ) -> None:
        other = LogVerifier("another.example.org", bytes(range(32)))

        found = verify_tiles(TileLog(fetcher(str(published)), other))
        assert (found.verdict, found.origin) == ("invalid", "another.example.org")
