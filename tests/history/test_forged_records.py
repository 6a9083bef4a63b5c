"""Whoever holds the ledger's key can append, and still cannot say things in another's name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable import statement
from answerable.model import Actor
from answerable.model.actors import KnownBy
from answerable.signing import Envelope
from tests.history.forging import ANALYST, NOW, Forger, name_of

OTHER = Ed25519PrivateKey.generate()


@pytest.fixture
def forger(tmp_path: Path, home: Path) -> Forger:
    return Forger(home=home, path=tmp_path / "decisions.db")


@pytest.fixture
def introduced(forger: Forger) -> Forger:
    """Its session's delegation is entry 0, as it should be."""
    forger.append(forger.sign(forger.delegation()))
    return forger


def test_a_chain_as_it_should_be_verifies(introduced: Forger) -> None:
    introduced.append(introduced.sign(introduced.decision()))
    seen = introduced.observed(2)
    decision = introduced.decision(emission=introduced.emission(observed=seen))
    introduced.append(introduced.sign(decision))

    assert introduced.verdict().verdict == "valid-unwitnessed"
    assert introduced.verdict().size == 3


class TestDelegations:
    def test_the_identity_key_must_have_signed(self, forger: Forger) -> None:
        forger.append(forger.sign(forger.delegation(), OTHER, forger.session))

        assert forger.faults() == [("signature", 0)]

    def test_the_session_key_must_have_signed(self, forger: Forger) -> None:
        """Else somebody could lend a name to a key that another holds."""
        forger.append(forger.sign(forger.delegation(), forger.identity))

        assert forger.faults() == [("signature", 0)]

    def test_a_signature_under_the_identitys_name_must_be_its_own(self, forger: Forger) -> None:
        payload = statement.to_bytes(forger.delegation())
        signers = [(name_of(forger.identity), OTHER), (name_of(forger.session), forger.session)]
        forger.append(Envelope.sign(payload, signers).to_bytes())

        assert forger.faults() == [("signature", 0)]

    def test_it_must_be_the_principals_own_word(self, forger: Forger) -> None:
        forger.append(forger.sign(forger.delegation(principal="person:head@bank.example")))

        assert forger.faults() == [("signature", 0)]

    def test_it_does_not_authenticate_its_own_principal(self, forger: Forger) -> None:
        known = Actor(id=ANALYST.id, known_by="authenticated")
        forger.append(forger.sign(forger.delegation(decided_by=known)))

        assert forger.faults() == [("signature", 0)]

    def test_it_must_be_the_first_word_of_the_key_it_introduces(self, forger: Forger) -> None:
        late = forger.delegation(emission=forger.emission(seq=1))
        forger.append(forger.sign(late))

        assert ("signature", 0) in forger.faults()

    def test_it_must_name_the_key_that_emits_it(self, forger: Forger) -> None:
        other = forger.delegation(emission=forger.emission(key_id=name_of(OTHER)))
        forger.append(forger.sign(other))

        assert ("signature", 0) in forger.faults()

    @pytest.mark.parametrize("field", ["session_key", "identity_key"])
    @pytest.mark.parametrize("key", ["01" + "00" * 31, "00" * 32, "ab", "no hex"])
    def test_a_key_under_which_anything_verifies_or_that_is_none_is_refused(
        self, forger: Forger, field: str, key: str
    ) -> None:
        forger.append(forger.sign(forger.delegation(**{field: key})))

        assert ("signature", 0) in forger.faults()

    def test_a_second_one_cannot_widen_the_first(self, introduced: Forger) -> None:
        wider = introduced.delegation(not_after=NOW + timedelta(days=9), team="another")
        again = attrs.evolve(wider, emission=introduced.emission(seq=0, prev=None))
        introduced.append(introduced.sign(again))
        introduced.seq, introduced.prev = 1, introduced.prev
        later = introduced.decision(recorded_at=NOW + timedelta(days=1))
        index = introduced.append(introduced.sign(later))

        assert ("signature", index) in introduced.faults()


class TestRecords:
    def test_a_key_that_nobody_introduced_counts_for_nothing(self, forger: Forger) -> None:
        forger.append(forger.sign(forger.decision()))

        assert forger.faults() == [("signature", 0)]

    def test_nor_one_that_is_introduced_only_afterwards(self, forger: Forger) -> None:
        index = forger.append(forger.sign(forger.decision()))
        forger.seq, forger.prev = 0, None
        forger.append(forger.sign(forger.delegation()))

        assert ("signature", index) in forger.faults()

    def test_another_key_under_the_sessions_name_is_found(self, introduced: Forger) -> None:
        payload = statement.to_bytes(introduced.decision())
        forged = Envelope.sign(payload, [(name_of(introduced.session), OTHER)]).to_bytes()
        index = introduced.append(forged)

        assert introduced.faults() == [("signature", index)]

    def test_the_identity_key_is_no_session_key(self, introduced: Forger) -> None:
        index = introduced.append(introduced.sign(introduced.decision(), introduced.identity))

        assert introduced.faults() == [("signature", index)]

    def test_a_second_signature_says_nothing_and_is_refused(self, introduced: Forger) -> None:
        both = introduced.sign(introduced.decision(), introduced.session, OTHER)
        index = introduced.append(both)

        assert introduced.faults() == [("signature", index)]

    def test_a_record_must_say_which_key_emitted_it(self, introduced: Forger) -> None:
        index = introduced.append(introduced.sign(introduced.decision(emission=None)))

        assert introduced.faults() == [("signature", index)]

    @pytest.mark.parametrize("hours", [-2, 2])
    def test_a_record_outside_the_delegations_time_is_refused(
        self, introduced: Forger, hours: int
    ) -> None:
        late = introduced.decision(recorded_at=NOW + timedelta(hours=hours))
        index = introduced.append(introduced.sign(late))

        assert introduced.faults() == [("signature", index)]

    def test_a_record_for_another_team_is_refused(self, introduced: Forger) -> None:
        index = introduced.append(introduced.sign(introduced.decision(team="treasury")))

        assert introduced.faults() == [("signature", index)]

    @pytest.mark.parametrize("known_by", ["authenticated", "environment"])
    def test_what_others_decided_is_recorded_as_asserted_only(
        self, introduced: Forger, known_by: KnownBy
    ) -> None:
        said = Actor(id="person:head@bank.example", known_by=known_by)
        index = introduced.append(introduced.sign(introduced.decision(decided_by=said)))
        introduced.append(introduced.sign(introduced.decision(decided_by=Actor(id=said.id))))

        assert introduced.faults() == [("signature", index)]

    def test_the_principal_is_known_as_the_delegation_says(self, forger: Forger) -> None:
        known = Actor(id=ANALYST.id, known_by="environment")
        forger.append(forger.sign(forger.delegation(decided_by=known)))
        forger.append(forger.sign(forger.decision(decided_by=known)))

        assert forger.faults() == []


class TestChains:
    def test_a_record_left_out_shows_as_a_gap_in_its_emitters_numbers(
        self, introduced: Forger
    ) -> None:
        introduced.seq += 1
        decision = introduced.decision()
        index = introduced.append(introduced.sign(decision))

        assert introduced.faults() == [("sequence", index)]
        assert introduced.told() == [("number 2 of its emitter follows number 0", decision.id)]

    def test_a_chain_begins_with_its_first_number(self, forger: Forger) -> None:
        late = forger.decision(emission=forger.emission(seq=1))
        index = forger.append(forger.sign(late))

        assert ("sequence", index) in forger.faults()
        assert ("number 1 of its emitter follows number -1 (none)", late.id) in forger.told()

    def test_a_number_used_twice_shows(self, introduced: Forger) -> None:
        introduced.append(introduced.sign(introduced.decision()))
        introduced.seq -= 1
        index = introduced.append(introduced.sign(introduced.decision()))

        assert introduced.faults() == [("sequence", index)]

    def test_a_record_must_name_the_one_before_it(self, introduced: Forger) -> None:
        introduced.prev = "sha256:" + "0" * 64
        decision = introduced.decision()
        index = introduced.append(introduced.sign(decision))

        assert introduced.faults() == [("chain", index)]
        assert introduced.told() == [
            ("does not name the record that its emitter made before", decision.id)
        ]

    def test_each_emitter_has_a_chain_of_its_own(self, introduced: Forger) -> None:
        """Whoever stands in between is neither left out of it nor part of it."""
        other = Forger(home=introduced.home, path=introduced.path)
        other._ids = 900
        other.append(other.sign(other.delegation()))
        introduced.append(introduced.sign(introduced.decision()))
        other.append(other.sign(other.decision()))
        assert introduced.faults() == []

        other.prev = introduced.prev
        index = other.append(other.sign(other.decision()))
        assert introduced.faults() == [("chain", index)]

    def test_one_id_belongs_to_one_record(self, introduced: Forger) -> None:
        first = introduced.decision()
        introduced.append(introduced.sign(first))
        index = introduced.append(introduced.sign(introduced.decision(id=first.id)))

        assert introduced.faults() == [("repeated-id", index)]
        assert introduced.told() == [("the id of entry 1", first.id)]

    def test_what_an_emitter_saw_must_be_the_logs_own_past(self, introduced: Forger) -> None:
        lie = attrs.evolve(introduced.observed(1), root="0" * 64)
        record = introduced.decision(emission=introduced.emission(observed=lie))
        index = introduced.append(introduced.sign(record))

        assert introduced.faults() == [("observed", index)]
        assert introduced.told() == [
            ("its emitter saw another history of the first 1 entries", record.id)
        ]

    @pytest.mark.parametrize("size", [2, 7])
    def test_an_emitter_cannot_have_seen_what_came_after(
        self, introduced: Forger, size: int
    ) -> None:
        """Nor itself: it is entry 1, and one entry stood there when it was signed."""
        lie = attrs.evolve(introduced.observed(1), size=size)
        record = introduced.decision(emission=introduced.emission(observed=lie))
        index = introduced.append(introduced.sign(record))

        assert introduced.faults() == [("observed", index)]
        assert introduced.told() == [
            (f"signed with {size} entries in sight, and stands at place 1", record.id)
        ]

    def test_bytes_that_are_no_record_are_named(self, introduced: Forger) -> None:
        index = introduced.append(b"rubbish")
        introduced.append(b"{}")

        assert introduced.faults() == [("malformed", index), ("malformed", index + 1)]
        assert introduced.told() == [
            ("not strict JSON: Expecting value: line 1 column 1 (char 0)", None),
            (
                "not a DSSE envelope: fields other than payload, payloadType, signatures",
                None,
            ),
        ]

    def test_all_that_is_wrong_with_a_record_is_told(self, introduced: Forger) -> None:
        """And what comes after is judged as if it had been right."""
        lie = attrs.evolve(introduced.observed(1), root="0" * 64)
        emission = introduced.emission(prev="sha256:" + "0" * 64, observed=lie)
        first = introduced.decision(team="treasury", emission=emission)
        introduced.append(introduced.sign(first))
        introduced.append(introduced.sign(introduced.decision()))

        assert introduced.faults() == [("signature", 1), ("chain", 1), ("observed", 1)]
        assert introduced.told()[0] == ("its key was delegated to the team scoring", first.id)
