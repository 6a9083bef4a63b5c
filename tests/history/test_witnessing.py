"""What a quorum of the policy's witnesses has seen, the verdict says, and holds the ledger to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable import statement
from answerable.fetching import fetcher
from answerable.history import Verdict
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.verifying import verify, verify_since, verify_tiles
from answerable.history.witnessing import Cosigned
from answerable.ledger import Checkpoint, Cosigner, Fault, Ledger, TileLog, publish
from answerable.signing import Keyring, Policy, parse
from tests.history.forging import NOW, Forger, name_of
from tests.history.said import Said

ONE, TWO, THREE = (
    Cosigner(f"w{n}.example.org", Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32))
    for n in (1, 2, 3)
)
TIMES = [NOW - timedelta(minutes=30 - n) for n in range(3)]


class Watched:
    """A ledger of three entries, made a minute apart."""

    def __init__(self, forger: Forger) -> None:
        self._identity = name_of(forger.identity)
        forger.append(forger.sign(forger.delegation(recorded_at=TIMES[0])))
        for time in TIMES[1:]:
            forger.append(forger.sign(forger.decision(recorded_at=time)))
        self.ledger = Ledger.open(forger.uri, forger.home)
        self._key = Keyring(forger.home).log_key(self.ledger.origin)

    def cosigned(self, size: int, *witnesses: Cosigner, root: bytes | None = None) -> bytes:
        root = root or self.ledger.root_at(size)
        checkpoint = Checkpoint(self.ledger.origin, size, root)
        lines = b"".join(each.sign(checkpoint, 1_700_000_000) for each in witnesses)
        return checkpoint.sign(self._key) + lines

    def policy(self, threshold: int, *witnesses: Cosigner) -> Policy:
        vkeys = [each.verifier.vkey() for each in witnesses]
        keys = f'keys = ["{self._identity}"]'
        return parse(
            f"version = 1\n[root]\nthreshold = 1\n{keys}\n[principals.ana]\n{keys}\n"
            f"[witnesses]\nthreshold = {threshold}\nvkeys = {vkeys}\n"
        )

    def verdict(self, policy: Policy | None, *notes: bytes) -> Verdict:
        return verify(self.ledger, policy, None, notes)


@pytest.fixture
def watched(tmp_path: Path, home: Path) -> Iterator[Watched]:
    made = Watched(Forger(home=home, path=tmp_path / "decisions.db"))
    yield made
    made.ledger.close()


def unwitnessed(verdict: Verdict, since: int) -> bool:
    told = ("valid-unwitnessed", statement.timestamp(TIMES[since]), ())
    return (verdict.verdict, verdict.unwitnessed_since, verdict.faults) == told


def test_all_of_it_seen_by_a_quorum_is_valid(watched: Watched) -> None:
    for notes in (
        [watched.cosigned(3, ONE, TWO)],
        [watched.cosigned(3, ONE), watched.cosigned(3, TWO)],
        [watched.cosigned(3, THREE), watched.cosigned(1, ONE), watched.cosigned(3, TWO)],
    ):
        verdict = watched.verdict(watched.policy(2, ONE, TWO, THREE), *notes)

        assert (verdict.verdict, verdict.unwitnessed_since, verdict.faults) == ("valid", None, ())


def test_the_window_begins_with_the_first_record_that_no_quorum_has_seen(watched: Watched) -> None:
    policy = watched.policy(2, ONE, TWO, THREE)
    full, two, one = (watched.cosigned(n, w) for n, w in ((3, ONE), (2, TWO), (1, THREE)))

    assert unwitnessed(watched.verdict(policy, full, two, one), since=2)
    assert unwitnessed(watched.verdict(policy, full, one), since=1)
    assert unwitnessed(watched.verdict(policy, full), since=0)
    assert unwitnessed(watched.verdict(policy), since=0)


def test_one_witness_is_one_however_often_it_signed(watched: Watched) -> None:
    notes = [watched.cosigned(3, ONE, ONE), watched.cosigned(2, ONE), watched.cosigned(3, ONE)]

    assert unwitnessed(watched.verdict(watched.policy(2, ONE, TWO), *notes), since=0)


def test_a_witness_that_no_policy_names_does_not_count(watched: Watched) -> None:
    note = watched.cosigned(3, ONE)

    assert unwitnessed(watched.verdict(None, note), since=0)
    assert unwitnessed(watched.verdict(watched.policy(1, TWO), note), since=0)
    elsewhere = Cosigner(ONE.name, Ed25519PrivateKey.generate())
    assert unwitnessed(watched.verdict(watched.policy(1, elsewhere), note), since=0)


def test_a_ledger_that_contradicts_what_one_witness_signed_is_invalid(watched: Watched) -> None:
    policy = watched.policy(2, ONE, TWO, THREE)
    good = watched.cosigned(3, TWO, THREE)
    longer = watched.cosigned(4, ONE, root=bytes(32))
    other = watched.cosigned(2, ONE, root=bytes(32))

    for note, code in ((longer, "truncated"), (other, "rewritten")):
        verdict = watched.verdict(policy, good, note)
        assert (verdict.verdict, [f.code for f in verdict.faults]) == ("invalid", [code])


def test_what_is_not_cosigned_or_not_the_log_s_own_holds_it_to_nothing(watched: Watched) -> None:
    policy = watched.policy(1, ONE)
    stranger = Checkpoint(watched.ledger.origin, 4, bytes(32))
    forged = stranger.sign(Ed25519PrivateKey.generate()) + ONE.sign(stranger, 1_700_000_000)
    notes = [b"", b"rubbish", forged, watched.cosigned(4, TWO, root=bytes(32))]

    assert unwitnessed(watched.verdict(policy, *notes), since=0)
    assert watched.verdict(policy, *notes, watched.cosigned(3, ONE)).verdict == "valid"


def test_of_one_witness_s_notes_the_largest_counts_in_whatever_order(watched: Watched) -> None:
    notes = [watched.cosigned(size, ONE) for size in (1, 3, 2)]

    for order in permutations(notes):
        assert watched.verdict(watched.policy(1, ONE), *order).verdict == "valid"


def test_of_each_witness_of_the_policy_it_is_known_when_it_signed_how_much(
    watched: Watched,
) -> None:
    notes = [watched.cosigned(3, ONE), watched.cosigned(2, ONE, TWO), watched.cosigned(1, THREE)]
    seen = Cosigned(watched.ledger.verifier, notes)
    time = 1_700_000_000

    assert seen.times(watched.policy(1, ONE, TWO)) == [[(3, time), (2, time)], [(2, time)]]
    assert seen.times(watched.policy(2, TWO, THREE)) == [[(2, time)], [(1, time)]]
    assert seen.times(watched.policy(1, ONE)) == [[(3, time), (2, time)]]
    assert seen.times(None) == []
    assert Cosigned(watched.ledger.verifier, []).times(watched.policy(1, ONE)) == []


def test_a_published_copy_is_held_to_it_too(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    publish(watched.ledger, folder)
    policy = watched.policy(1, ONE)
    good, other = watched.cosigned(3, ONE), watched.cosigned(2, ONE, root=bytes(32))

    def verdict(*notes: bytes) -> Verdict:
        log = TileLog(fetcher(str(folder)), watched.ledger.verifier)
        return verify_tiles(log, policy, (), notes)

    assert verdict(good).verdict == "valid"
    assert unwitnessed(verdict(), since=0)
    assert [fault.code for fault in verdict(good, other).faults] == ["rewritten"]


def test_a_row_of_records_is_passed_unless_the_time_of_a_later_one_is_asked(
    watched: Watched,
) -> None:
    for end, passed in ((2, True), (3, False)):
        cosigned = Cosigned(watched.ledger.verifier, [watched.cosigned(2, ONE)])
        assert cosigned.passes(0, end, TIMES[0]) == passed
        assert cosigned.starts() == ([2] if passed else [0, 2])


class TestFromAReceiptOn:
    def verdict(
        self, watched: Watched, since: int, policy: Policy | None, *notes: bytes
    ) -> Verdict:
        trusted = Checkpoint(watched.ledger.origin, since, watched.ledger.root_at(since))
        said = Said(introduces=[0])
        return verify_since(watched.ledger, trusted, said, policy, notes)

    @pytest.mark.parametrize("since", [1, 2, 3])
    def test_the_window_is_the_one_that_a_look_at_everything_tells(
        self, watched: Watched, since: int
    ) -> None:
        policy = watched.policy(2, ONE, TWO, THREE)
        full, two, one = (watched.cosigned(n, w) for n, w in ((3, ONE), (2, TWO), (1, THREE)))

        assert unwitnessed(self.verdict(watched, since, policy, full, two, one), since=2)
        assert unwitnessed(self.verdict(watched, since, policy, full, one), since=1)
        assert unwitnessed(self.verdict(watched, since, policy, full), since=0)
        assert unwitnessed(self.verdict(watched, since, policy), since=0)
        assert unwitnessed(self.verdict(watched, since, None, full), since=0)
        seen = self.verdict(watched, since, policy, full, watched.cosigned(3, TWO))
        assert (seen.verdict, seen.unwitnessed_since) == ("valid", None)

    def test_a_ledger_that_contradicts_what_a_witness_signed_is_invalid(
        self, watched: Watched
    ) -> None:
        policy = watched.policy(2, ONE, TWO, THREE)
        for size, code in ((4, "truncated"), (3, "rewritten"), (2, "rewritten"), (1, "rewritten")):
            other = watched.cosigned(size, ONE, root=bytes(32))
            found = self.verdict(watched, 2, policy, other)
            assert (found.verdict, [f.code for f in found.faults]) == ("invalid", [code])
            assert self.verdict(watched, 2, watched.policy(1, TWO), other).holds


def test_what_lies_beside_is_shown_what_is_new_and_asked_at_the_end(watched: Watched) -> None:
    class Beside:
        def __init__(self, *, each: bool = True) -> None:
            self.seen: list[int] = []
            self.each = each

        def saw(self, checked: Checked) -> None:
            self.seen.append(checked.index)

        def asks(self, _: Brief) -> bool:
            return self.each

        def faults(self) -> list[Fault]:
            return [Fault("beside", f"after {self.seen}")]

    for since, new in ((1, [1, 2]), (2, [2]), (3, [])):
        trusted = Checkpoint(watched.ledger.origin, since, watched.ledger.root_at(since))
        kept = Beside()
        found = verify_since(watched.ledger, trusted, Said(introduces=[0]), beside=[kept])
        assert [f.message for f in found.faults] == [f"after {new}"]
    kept = Beside()
    assert [f.message for f in verify(watched.ledger, beside=[kept]).faults] == ["after [0, 1, 2]"]
    noted = Beside(each=False)
    assert [f.message for f in verify(watched.ledger, beside=[noted]).faults] == ["after [0]"]
