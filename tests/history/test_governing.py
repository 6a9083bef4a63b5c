"""Records that verify, and do not count: the policy does not let their signer sign them; and
policies that were changed by whoever may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.fetching import fetcher
from answerable.history import (
    Governor,
    Verdict,
    bundles,
    read,
    verify,
    verify_since,
    verify_tiles,
)
from answerable.history.spreading import Spread
from answerable.ledger import Checkpoint, Fault, Ledger, TileLog, publish
from answerable.signing import Policy, Signed, parse
from tests.history.adopting import STRANGER, adopt, id_of, text
from tests.history.forging import Forger, name_of


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    made = Forger(home=home, path=tmp_path / "decisions.db")
    made.append(made.sign(made.delegation()))
    return made


def verdict(forger: Forger, policy: Policy | None = None) -> Verdict:
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        return verify(ledger, policy)
    finally:
        ledger.close()


def told(forger: Forger, policy: Policy | None = None) -> list[tuple[str, str | None]]:
    """What each fault says, and of which record."""
    return [(fault.message, fault.id) for fault in verdict(forger, policy).faults]


def faults(forger: Forger, policy: Policy | None = None) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.index) for fault in verdict(forger, policy).faults]


def since(forger: Forger, size: int) -> tuple[Fault, ...]:
    """What is found from a receipt over so many entries on."""
    ledger = Ledger.open(forger.uri, forger.home)
    seen = Checkpoint(ledger.origin, size, ledger.root_at(size))
    try:
        return verify_since(ledger, seen, None).faults
    finally:
        ledger.close()


def published(forger: Forger) -> tuple[Fault, ...]:
    """What is found in a published copy."""
    folder = forger.path.with_suffix(f".{forger.seq}")
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        publish(ledger, folder)
        return verify_tiles(TileLog(fetcher(str(folder)), ledger.verifier)).faults
    finally:
        ledger.close()


def bundled(forger: Forger) -> tuple[Fault, ...]:
    """What is found in a bundle of all of it."""
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        made = bundles.make("model:m@1", ledger, range(ledger.end()))
        return bundles.verify_bundle(bundles.Bundle.from_bytes(made)).faults
    finally:
        ledger.close()


def spread(forger: Forger) -> tuple[Fault, ...]:
    """What is found with another process."""
    ledger = Ledger.open(forger.uri, forger.home)
    try:
        return verify(ledger, workers=1).faults
    finally:
        ledger.close()


class TestAGivenPolicy:
    def test_judges_every_record(self, forger: Forger) -> None:
        forger.append(forger.sign(forger.decision()))
        policy = parse(text(forger, 3))

        found = verdict(forger, policy)

        assert (found.holds, found.policy, found.faults) == (True, 3, ())
        assert verdict(forger).policy is None

    def test_rejects_a_key_that_is_nobodys(self, forger: Forger) -> None:
        forger.append(forger.sign(forger.decision()))
        other = Forger(home=forger.home, path=forger.path)
        own = text(other).replace("version = 1", "version = 2")

        assert faults(forger, parse(own)) == [("unknown-key", 0), ("unknown-key", 1)]

    def test_rejects_what_its_rules_do_not_allow(self, forger: Forger) -> None:
        forger.append(forger.sign(forger.decision()))
        rule = '[[rule]]\nkind = "threshold"\nprincipals = ["stranger"]'

        assert faults(forger, parse(text(forger, more=rule))) == [("not-permitted", 1)]

    def test_rejects_what_a_key_signed_after_it_was_revoked(self, forger: Forger) -> None:
        forger.append(forger.sign(forger.decision()))
        forger.append(forger.sign(forger.decision()))
        revoked = f'[[revoked]]\nkey = "{name_of(forger.session)}"\nafter_index = 1'

        assert faults(forger, parse(text(forger, more=revoked))) == [("revoked-key", 2)]
        told_of = f"the key {name_of(forger.session)} is revoked after entry 1"
        assert told(forger, parse(text(forger, more=revoked))) == [(told_of, id_of(3))]

    def test_takes_versions_of_itself_from_a_key_up_to_where_it_is_revoked(
        self, forger: Forger
    ) -> None:
        revoked = f'[[revoked]]\nkey = "{name_of(forger.session)}"\nafter_index = 1'
        adopt(forger, text(forger), forger.identity)
        adopt(forger, text(forger, 2), forger.identity, version=2)

        given = parse(text(forger, 3, more=revoked))
        assert faults(forger, given) == [("revoked-key", 2)]

    def test_names_the_log_that_it_is_for(self, forger: Forger) -> None:
        """Another log, put at the ledger's address, is then a fault."""
        ledger = Ledger.open(forger.uri, forger.home)
        vkey = ledger.verifier.vkey()
        ledger.close()

        def policy(key: str) -> Policy:
            return parse(text(forger, more=f'[log]\nvkey = "{key}"'))

        other = vkey[:-4] + "AAA="
        assert faults(forger, policy(vkey)) == []
        assert faults(forger, policy(other)) == [("another-log", None)]
        assert told(forger, policy(other)) == [
            (f"the policy is for the log {other}, this is {vkey}", None)
        ]

    def test_says_nothing_of_what_does_not_verify(self, forger: Forger) -> None:
        """Its signature is a fault of its own; who signed it is not known."""
        record, _ = read(forger.sign(forger.decision()))

        assert Governor(parse(text(forger))).objection(record) is None


class TestVersionsInTheLedger:
    def test_each_judges_what_comes_after_it(self, forger: Forger) -> None:
        forger.append(forger.sign(forger.decision(kind="vendor")))
        adopt(
            forger,
            text(forger, more='[[rule]]\nkind = "vendor"\nprincipals = ["stranger"]'),
            forger.identity,
        )
        forger.append(forger.sign(forger.decision(kind="vendor")))
        forger.append(forger.sign(forger.decision(kind="deploy")))

        assert verdict(forger).policy == 1
        assert faults(forger) == [("not-permitted", 3)]

    def test_the_next_one_is_signed_under_the_one_before(self, forger: Forger) -> None:
        adopt(forger, text(forger, 1, threshold=2), forger.identity, STRANGER)
        assert faults(forger) == []
        lax = text(forger, 2)
        adopt(forger, lax, forger.identity, version=2)

        assert faults(forger) == [("policy-chain", 2)]
        assert told(forger) == [
            ("version 2 is not signed by 2 of the root keys of version 1", id_of(3))
        ]
        assert verdict(forger).policy == 1

        adopt(forger, lax, forger.identity, STRANGER, version=2)
        assert verdict(forger).policy == 2

    def test_one_whose_own_signature_does_not_hold_is_not_put_in_force(
        self, forger: Forger
    ) -> None:
        """Though the root keys signed its text: somebody else appended it under the session's name."""
        adopt(forger, text(forger), forger.identity, by=STRANGER)

        assert faults(forger) == [("signature", 1)]
        assert verdict(forger).policy is None

    def test_a_key_signs_nothing_after_where_it_is_revoked_also_before_that_was_said(
        self, forger: Forger
    ) -> None:
        """A theft is found out later than it happens."""
        adopt(forger, text(forger), forger.identity)
        for _ in range(3):
            forger.append(forger.sign(forger.decision()))
        assert faults(forger) == []
        thief = name_of(forger.session)
        owner = Forger(home=forger.home, path=forger.path, identity=forger.identity)
        owner._ids = 100
        owner.append(owner.sign(owner.delegation()))
        revoked = f'[[revoked]]\nkey = "{thief}"\nafter_index = 3'
        adopt(owner, text(owner, 2, more=revoked), owner.identity, version=2)
        forger.append(forger.sign(forger.decision()))

        assert faults(forger) == [("revoked-key", 7), ("revoked-key", 4)]
        told_of = f"the key {thief} is revoked after entry 3"
        assert told(forger) == [(told_of, id_of(6)), (told_of, id_of(5))]
        # As of the file, so of the version in the ledger that has the same text; in every way of asking.
        given = parse(text(owner, 2, more=revoked))
        assert sorted(faults(forger, given)) == [("revoked-key", 4), ("revoked-key", 7)]
        for found in (since(forger, 2), published(forger), bundled(forger), spread(forger)):
            assert [(f.code, f.index) for f in found] == faults(forger)
        assert [f.index for f in since(forger, 5)] == [7]

        # The next version says it too: nothing is told twice. And whoever has the root may think otherwise.
        adopt(owner, text(owner, 3, more=revoked), owner.identity, version=3)
        assert faults(forger) == [("revoked-key", 7), ("revoked-key", 4)]
        later = f'[[revoked]]\nkey = "{thief}"\nafter_index = 7'
        adopt(owner, text(owner, 4, more=later), owner.identity, version=4)
        assert faults(forger) == [("revoked-key", 7)]

    def test_what_many_revoked_keys_may_have_signed_is_looked_at_once(
        self, forger: Forger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A first version vouches for itself, and has room for many."""
        thief = name_of(forger.session)
        for _ in range(6):
            forger.append(forger.sign(forger.decision()))
        keys = [*(f"SHA256:{n:043d}" for n in range(9)), thief, thief]
        after = [0, 3, 0, 4, 1, 1, 5, 99, 0, 3, 4]
        revoked = "".join(
            f'[[revoked]]\nkey = "{key}"\nafter_index = {index}\n'
            for key, index in zip(keys, after, strict=True)
        )
        owner = Forger(home=forger.home, path=forger.path, identity=forger.identity)
        owner._ids = 100
        owner.append(owner.sign(owner.delegation()))
        adopt(owner, text(owner, more=revoked), owner.identity)
        asked: list[int] = []
        between = Spread.between

        def counted(spread: Spread, start: int, end: int) -> Iterator[tuple[str, Signed]]:
            asked.extend(range(start, end))
            return between(spread, start, end)

        monkeypatch.setattr(Spread, "between", counted)

        assert faults(forger) == [("revoked-key", place) for place in (4, 5, 6)]
        assert asked == [1, 2, 3, 4, 5, 6, 7]

        # What comes after the version that said it first was judged by that.
        adopt(owner, text(owner, 2, more=revoked), owner.identity, version=2)
        asked.clear()
        assert faults(forger) == [("revoked-key", place) for place in (4, 5, 6)]
        assert asked == [1, 2, 3, 4, 5, 6, 7]

    def test_a_key_may_be_revoked_from_the_first_entry_on(self, forger: Forger) -> None:
        owner = Forger(home=forger.home, path=forger.path, identity=forger.identity)
        owner._ids = 100
        owner.append(owner.sign(owner.delegation()))
        revoked = f'[[revoked]]\nkey = "{name_of(forger.session)}"\nafter_index = -1'
        adopt(owner, text(owner, more=revoked), owner.identity)

        assert faults(forger) == [("revoked-key", 0)]

    def test_what_was_told_of_a_revoked_key_is_not_told_again_when_that_is_said_again(
        self, forger: Forger
    ) -> None:
        """Whoever has the root may have let it count meanwhile."""
        adopt(forger, text(forger), forger.identity)
        owner = Forger(home=forger.home, path=forger.path, identity=forger.identity)
        owner._ids = 100
        owner.append(owner.sign(owner.delegation()))
        revoked = f'[[revoked]]\nkey = "{name_of(forger.session)}"\nafter_index = 2'
        for version, more in ((2, revoked), (3, ""), (4, revoked)):
            adopt(owner, text(owner, version, more=more), owner.identity, version=version)
            forger.append(forger.sign(forger.decision()))

        assert faults(forger) == [("revoked-key", place) for place in (4, 8, 6)]
        for size, places in ((3, (4, 8, 6)), (5, (8, 6)), (7, (8,))):
            found = [(fault.code, fault.index) for fault in since(forger, size)]
            assert found == [("revoked-key", place) for place in places]

    def test_a_root_key_that_is_revoked_counts_for_no_version_after_that(
        self, forger: Forger
    ) -> None:
        """Whoever has stolen it could else put their own policy in force."""
        revoked = f'[[revoked]]\nkey = "{name_of(STRANGER)}"\nafter_index = 1'
        adopt(forger, text(forger, 1, more=revoked), forger.identity)
        adopt(forger, text(forger, 2), STRANGER, version=2)
        assert faults(forger) == [("policy-chain", 2)]
        assert verdict(forger).policy == 1

        adopt(forger, text(forger, 2, more=revoked), forger.identity, version=2)
        assert verdict(forger).policy == 2

    def test_a_root_key_counts_up_to_where_it_is_revoked(self, forger: Forger) -> None:
        for after, told in ((2, []), (1, [("policy-chain", 2)])):
            made = Forger(home=forger.home, path=forger.path.with_name(f"{after}.db"))
            made.append(made.sign(made.delegation()))
            revoked = f'[[revoked]]\nkey = "{name_of(STRANGER)}"\nafter_index = {after}'
            adopt(made, text(made, 1, more=revoked), made.identity)
            adopt(made, text(made, 2), STRANGER, version=2)
            assert faults(made) == told

    def test_the_first_one_is_signed_by_its_own_root(self, forger: Forger) -> None:
        adopt(forger, text(forger, threshold=2), forger.identity)

        assert faults(forger) == [("policy-chain", 1)]
        assert verdict(forger).policy is None

    @pytest.mark.parametrize("version", [1, 3])
    def test_versions_follow_each_other(self, forger: Forger, version: int) -> None:
        adopt(forger, text(forger), forger.identity)
        adopt(forger, text(forger, version), forger.identity, version=version)

        assert faults(forger) == [("policy-chain", 2)]

    def test_the_signatures_are_under_that_text(self, forger: Forger) -> None:
        adopt(forger, text(forger), forger.identity, signed=text(forger) + "#")

        assert faults(forger) == [("policy-chain", 1)]

    def test_one_key_is_counted_once(self, forger: Forger) -> None:
        adopt(forger, text(forger, threshold=2), forger.identity, forger.identity)

        assert faults(forger) == [("policy-chain", 1)]

    def test_the_record_says_the_version_that_the_text_says(self, forger: Forger) -> None:
        adopt(forger, text(forger, 1), forger.identity, version=2)

        assert faults(forger) == [("policy-chain", 1)]

    def test_what_is_no_policy_is_a_fault(self, forger: Forger) -> None:
        adopt(forger, "version = 1", forger.identity)

        assert faults(forger) == [("policy-chain", 1)]

    def test_who_is_not_in_it_cannot_change_it(self, forger: Forger) -> None:
        adopt(forger, text(forger), forger.identity)
        outsider = Forger(home=forger.home, path=forger.path)
        outsider._ids = 900
        outsider.append(outsider.sign(outsider.delegation()))
        mine = text(outsider, 2)
        adopt(outsider, mine, outsider.identity, STRANGER, version=2)

        assert faults(forger) == [("unknown-key", 2), ("unknown-key", 3)]
        assert told(forger)[1] == (
            f"no principal has the key {name_of(outsider.identity)}",
            id_of(902),
        )
        assert verdict(forger).policy == 1


class TestAGivenPolicyAndVersionsInTheLedger:
    def test_an_older_file_is_a_rollback(self, forger: Forger) -> None:
        first = text(forger)
        adopt(forger, first, forger.identity)
        adopt(forger, text(forger, 2), forger.identity, version=2)

        assert ("policy-rollback", None) in faults(forger, parse(first))
        assert (
            "the ledger is at version 2 of its policy, and version 1 was given",
            None,
        ) in told(forger, parse(first))

    def test_another_file_of_the_same_version_is_a_fault(self, forger: Forger) -> None:
        adopt(forger, text(forger), forger.identity)
        other = text(forger, more='[[rule]]\nkind = "vendor"\nprincipals = ["ana"]')

        assert faults(forger, parse(other)) == [("policy-chain", None)]
        assert told(forger, parse(other)) == [
            ("version 1 of the policy is another in the ledger", None)
        ]
        assert faults(forger, parse(text(forger))) == []

    def test_a_newer_file_is_ahead_of_the_ledger(self, forger: Forger) -> None:
        adopt(forger, text(forger), forger.identity)

        assert faults(forger, parse(text(forger, 5))) == []
