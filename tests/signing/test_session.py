"""A session is introduced by an identity, and each of its envelopes names the one before."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from answerable import statement
from answerable.errors import InvalidValueError
from answerable.model import Actor, Decision, Delegation, Observed, Record
from answerable.signing import Envelope, Session, key_id
from answerable.signing.keys import raw

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
ANA = Actor(id="person:ana@bank.example", known_by="environment")
IDENTITY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OBSERVED = Observed(size=3, root="00" * 32)


@pytest.fixture
def session() -> Session:
    return Session(IDENTITY, ANA, "credit-risk")


def test_the_introduction_is_signed_by_the_identity_and_by_the_session(session: Session) -> None:
    record, data = session.introduce("d0", NOW, OBSERVED)

    envelope = Envelope.from_bytes(data)
    own = IDENTITY.public_key()
    held = Ed25519PublicKey.from_public_bytes(bytes.fromhex(record.session_key))
    assert record.identity_key == raw(own).hex()
    assert envelope.signed_by(key_id(raw(own)), own)
    assert envelope.signed_by(session.key_id, held)
    assert session.key_id == key_id(raw(held))


def test_the_introduction_says_for_whom_and_until_when(session: Session) -> None:
    record, data = session.introduce("d0", NOW, OBSERVED)

    assert statement.from_bytes(Envelope.from_bytes(data).payload) == record
    assert isinstance(record, Delegation)
    assert (record.principal, record.decided_by, record.team) == (ANA.id, ANA, "credit-risk")
    assert record.not_before == NOW
    assert record.not_after == NOW + timedelta(days=7)


def test_a_session_is_in_force_while_its_introduction_says(session: Session) -> None:
    assert not session.covers(NOW)

    record, _ = session.introduce("d0", NOW, None)

    moment = timedelta(microseconds=1)
    assert session.covers(record.not_before)
    assert session.covers(record.not_after - moment)
    assert not session.covers(record.not_before - moment)  # the clock went backwards
    assert not session.covers(record.not_after)


def test_what_comes_after_is_signed_by_the_session_alone(session: Session) -> None:
    delegation, _ = session.introduce("d0", NOW, None)
    _, data = session.sign(_decision("d1"), OBSERVED)

    envelope = Envelope.from_bytes(data)
    held = Ed25519PublicKey.from_public_bytes(bytes.fromhex(delegation.session_key))
    assert [signature.key_id for signature in envelope.signatures] == [session.key_id]
    assert envelope.signed_by(session.key_id, held)


def test_each_envelope_names_its_place_and_the_one_before(session: Session) -> None:
    made: list[tuple[Record, bytes]] = [session.introduce("d0", NOW, None)]
    made += [session.sign(_decision(f"d{n}"), OBSERVED) for n in range(1, 4)]

    before = None
    for place, (record, data) in enumerate(made):
        assert record.emission is not None
        assert record.emission.key_id == session.key_id
        assert (record.emission.seq, record.emission.prev) == (place, before)
        assert statement.from_bytes(Envelope.from_bytes(data).payload) == record
        before = "sha256:" + hashlib.sha256(data).hexdigest()


def test_the_checkpoint_that_was_known_is_signed_with_the_record(session: Session) -> None:
    record, _ = session.sign(_decision("d1"), OBSERVED)

    assert record.emission is not None
    assert record.emission.observed == OBSERVED


def test_a_record_that_is_too_large_leaves_no_hole_in_the_chain(session: Session) -> None:
    session.introduce("d0", NOW, None)
    huge = attrs.evolve(_decision("huge"), chosen=["x" * 8000] * 9)

    with pytest.raises(InvalidValueError, match="more than 65,535"):
        session.sign(huge, None)
    record, _ = session.sign(_decision("kept"), None)

    assert record.emission is not None
    assert record.emission.seq == 1


def test_two_sessions_never_share_a_key() -> None:
    assert Session(IDENTITY, ANA, None).key_id != Session(IDENTITY, ANA, None).key_id


def test_the_private_key_is_in_no_text_of_the_session(session: Session) -> None:
    assert "rivate" not in repr(session)


def _decision(id: str) -> Decision:
    return Decision(
        id=id, decided_at=NOW, recorded_at=NOW, kind="threshold", question="Where?", chosen=0.62
    )
