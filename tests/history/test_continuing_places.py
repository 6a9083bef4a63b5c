"""From a receipt on, an index says where things stood before: what it says counts as far as the tree
proves it, and what it leaves out shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from answerable.history import Verdict, verify_since
from answerable.ledger import Checkpoint, Ledger
from answerable.model import Observed
from answerable.signing import Policy, parse
from tests.history.adopting import STRANGER, adopt, id_of, text
from tests.history.forging import Forger, name_of
from tests.history.said import Said
from tests.ledger.tampering import change

EVERYWHERE = range(-3, 40)


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    """Entry 0 introduces the session, entry 1 puts a policy in force, under which entry 2 counts."""
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    rule = '[[rule]]\nkind = "vendor"\nprincipals = ["stranger"]'
    adopt(made, text(made, more=rule), made.identity)
    made.append(made.sign(made.decision()))
    return made


def since(forger: Forger, said: Said, policy: Policy | None = None, *, size: int = 3) -> Verdict:
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        trusted = Checkpoint(ledger.origin, size, ledger.root_at(size))
        return verify_since(ledger, trusted, said, policy)
    finally:
        ledger.close()


def faults(verdict: Verdict) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.index) for fault in verdict.faults]


@pytest.mark.parametrize("places", [[0], [7, -1, 3, 0], EVERYWHERE])
def test_places_that_hold_something_else_or_nothing_are_passed_over(
    forger: Forger, places: Sequence[int]
) -> None:
    """A place of nothing, of another record, of what is new: none of it introduces a key."""
    forger.append(forger.sign(forger.decision()))

    assert faults(since(forger, Said(introduces=places))) == []


def test_a_key_whose_introduction_is_left_out_was_introduced_by_nobody(forger: Forger) -> None:
    forger.append(forger.sign(forger.decision()))

    for places in ([], [1, 2], [3], [-3]):
        found = since(forger, Said(introduces=places))
        assert ("signature", 3) in faults(found)
        refused = f"no delegation introduces the key {name_of(forger.session)}"
        assert (refused, id_of(4)) in [(f.message, f.id) for f in found.faults]


def test_an_introduction_that_was_changed_since_introduces_nobody(forger: Forger) -> None:
    forger.append(forger.sign(forger.decision()))
    ledger = Ledger.open(forger.uri, forger.home)
    spelled = ledger.entry(0).envelope + b" "  # the same record still, and its signature holds
    ledger._database.close()
    change(forger.path, f"UPDATE entries SET envelope = x'{spelled.hex()}' WHERE idx = 0")

    assert ("signature", 3) in faults(since(forger, Said(introduces=[0])))


def test_bytes_in_its_place_that_are_no_record_introduce_nobody(forger: Forger) -> None:
    forger.append(forger.sign(forger.decision()))
    change(forger.path, "UPDATE entries SET envelope = x'00' WHERE idx = 0")

    assert ("signature", 3) in faults(since(forger, Said(introduces=[0])))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET envelope = x'00' WHERE idx = 1",
        "UPDATE entries SET envelope = envelope || x'20' WHERE idx = 1",
    ],
)
def test_what_is_spoilt_at_one_place_spoils_nothing_at_the_next(
    forger: Forger, statement: str
) -> None:
    forger.append(forger.sign(forger.decision()))
    change(forger.path, statement)

    assert faults(since(forger, Said(introduces=[1, 0], adopt=[1, 0]))) == []


def test_a_chain_goes_on_from_where_it_was_unless_its_key_is_new(forger: Forger) -> None:
    """What its last record was then is not looked at; every one after is held to the one before."""
    forger.append(forger.sign(forger.decision()))
    assert faults(since(forger, Said(introduces=[0]))) == []
    forger.append(forger.sign(forger.decision(emission=forger.emission(prev="sha256:" + "0" * 64))))
    forger.seq += 1
    forger.append(forger.sign(forger.decision()))
    assert faults(since(forger, Said(introduces=[0]))) == [("chain", 4), ("sequence", 5)]

    fresh = Forger(home=forger.home, path=forger.path)
    fresh._ids = 900
    fresh.append(fresh.sign(fresh.delegation()))
    fresh.seq += 1
    fresh.append(fresh.sign(fresh.decision()))
    assert faults(since(forger, Said(introduces=[0]), size=6)) == [("sequence", 7)]


def test_a_key_that_is_introduced_after_it_may_sign_from_there_on(forger: Forger) -> None:
    fresh = Forger(home=forger.home, path=forger.path)
    fresh._ids = 900
    fresh.append(fresh.sign(fresh.delegation()))
    fresh.append(fresh.sign(fresh.decision()))

    assert faults(since(forger, Said())) == []
    assert faults(since(forger, Said(introduces=EVERYWHERE))) == []


def test_the_policy_that_was_put_in_force_before_judges_what_is_new(forger: Forger) -> None:
    forger.append(forger.sign(forger.decision(kind="vendor")))

    for places in ([1], [0, 1, 2, 3, 9], EVERYWHERE):
        found = since(forger, Said(introduces=[0], adopt=places))
        assert (faults(found), found.policy) == ([("not-permitted", 3)], 1)


def test_what_was_wrong_with_a_policy_before_is_not_told_again(forger: Forger) -> None:
    """It was told to whoever looked at that part, and is not in force."""
    adopt(forger, text(forger, 3), forger.identity, version=3)
    forger.append(forger.sign(forger.decision(kind="vendor")))

    found = since(forger, Said(introduces=[0], adopt=[1, 3]), size=4)
    assert (faults(found), found.policy) == ([("not-permitted", 4)], 1)


def test_a_version_after_it_follows_the_one_before_it(forger: Forger) -> None:
    adopt(forger, text(forger, 2), forger.identity, version=2)
    forger.append(forger.sign(forger.decision(kind="vendor")))

    found = since(forger, Said(introduces=[0], adopt=[1]))
    assert (faults(found), found.policy) == ([], 2)
    adopt(forger, text(forger, 2), forger.identity, version=2)
    assert faults(since(forger, Said(introduces=[0], adopt=[1]))) == [("policy-chain", 5)]


def test_a_version_before_it_counts_up_to_where_its_signer_s_key_was_revoked(
    forger: Forger,
) -> None:
    adopt(forger, text(forger, 2), forger.identity, version=2)

    for after, told in ((3, [("policy-rollback", None)]), (1, [])):
        revoked = f'[[revoked]]\nkey = "{name_of(forger.session)}"\nafter_index = {after}'
        given = parse(text(forger, 1, more=revoked))
        # Where version 2 counts, it is newer than the one that is given.
        found = faults(since(forger, Said(introduces=[0], adopt=[1, 3]), given, size=4))
        assert [fault for fault in found if fault[0] != "policy-chain"] == told


def test_a_version_before_it_is_held_to_the_keys_that_counted_at_its_place(
    tmp_path: Path, home: Path
) -> None:
    made = Forger(home=home, path=tmp_path / "revoked.db")
    made.append(made.sign(made.delegation()))
    revoked = f'[[revoked]]\nkey = "{name_of(STRANGER)}"\nafter_index = 2'
    adopt(made, text(made, more=revoked), made.identity)
    adopt(made, text(made, 2), STRANGER, version=2)
    made.append(made.sign(made.decision()))

    assert since(made, Said(introduces=[0], adopt=[1, 2])).policy == 2


def test_a_given_policy_is_asked_whatever_the_index_leaves_out(forger: Forger) -> None:
    forger.append(forger.sign(forger.decision(kind="vendor")))
    rule = '[[rule]]\nkind = "vendor"\nprincipals = ["stranger"]'

    found = since(forger, Said(introduces=[0]), parse(text(forger, 2, more=rule)))
    assert faults(found) == [("not-permitted", 3)]


def test_a_policy_names_the_log_that_it_is_for(forger: Forger) -> None:
    ledger = Ledger.open(forger.uri, forger.home)
    own = ledger.verifier.vkey()
    ledger.close()

    for vkey, told in ((own, []), ("other+00000000+AAAA", [("another-log", None)])):
        policy = parse(text(forger, 2, more=f'[log]\nvkey = "{vkey}"'))
        assert faults(since(forger, Said(introduces=[0]), policy)) == told


def test_an_id_is_taken_by_what_stood_before_and_by_nothing_after(forger: Forger) -> None:
    decision = forger.decision()
    index = forger.append(forger.sign(decision))
    for place in (0, 2):
        found = since(forger, Said(introduces=[0], ids={decision.id: place}))
        assert faults(found) == [("repeated-id", index)]
        assert [f.message for f in found.faults] == [f"the id of entry {place}"]
    for place in (3, 9):
        assert faults(since(forger, Said(introduces=[0], ids={decision.id: place}))) == []
    other = forger.decision()
    forger.append(forger.sign(other))
    assert faults(since(forger, Said(introduces=[0], ids={other.id: 3}))) == []


def test_what_an_emitter_saw_must_be_the_logs_past_on_either_side_of_it(forger: Forger) -> None:
    for size in (1, 2, 3):
        seen = forger.observed(size)
        forger.append(forger.sign(forger.decision(emission=forger.emission(observed=seen))))
    assert faults(since(forger, Said(introduces=[0]))) == []

    for size in (1, 3, 5):
        lie = Observed(size=size, root="0" * 64)
        forger.append(forger.sign(forger.decision(emission=forger.emission(observed=lie))))
    assert faults(since(forger, Said(introduces=[0]))) == [("observed", n) for n in (6, 7, 8)]
