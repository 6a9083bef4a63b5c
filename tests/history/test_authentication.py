"""The one rule of whose signature counts, where forged ledgers alone do not show each part of it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.errors import MalformedError
from answerable.history import Authenticator, UnauthenticError, read
from answerable.history.authentication import check_delegation, check_record
from answerable.model import Delegation
from answerable.signing import key_id
from tests.history.forging import NOW, Forger
from tests.signing.curve import encodings, small_order_points

OTHER = Ed25519PrivateKey.generate()


@pytest.fixture
def forger(tmp_path: Path) -> Forger:
    return Forger(home=tmp_path / "home", path=tmp_path / "decisions.db")


def fault(*envelopes: bytes) -> str | None:
    """What is wrong with the last of them, the others being the delegations there are."""
    *delegations, data = envelopes
    authenticator = Authenticator(lambda _: [*enumerate(delegations)])
    custody = authenticator.authenticate(data, index=len(delegations)).custody
    assert custody is not None
    assert custody.verified == (custody.fault is None)
    return custody.fault


def test_a_delegation_and_what_is_signed_under_it_verify(forger: Forger) -> None:
    delegation = forger.sign(forger.delegation())

    assert fault(delegation) is None
    assert fault(delegation, forger.sign(forger.decision())) is None


def test_a_delegation_has_its_two_signatures_in_order_and_no_third(forger: Forger) -> None:
    delegation = forger.delegation()
    refused = "the delegation is not signed by exactly its two keys"

    assert fault(forger.sign(delegation, forger.session, forger.identity)) == refused
    assert fault(forger.sign(delegation, forger.identity, forger.session, OTHER)) == refused
    assert fault(forger.sign(delegation, OTHER)) == refused


@pytest.mark.parametrize("changes", [{"seq": 1}, {"prev": "sha256:" + "0" * 64}])
def test_a_delegation_begins_its_chain(forger: Forger, changes: dict[str, object]) -> None:
    late = forger.delegation(emission=forger.emission(**changes))

    assert fault(forger.sign(late)) == "the delegation is not the first record of its chain"


@pytest.mark.parametrize("field", ["session_key", "identity_key"])
@pytest.mark.parametrize("key", ["", "ab", "00" * 31, "00" * 33, "zz" * 32, "\u0663" * 64])
def test_what_is_no_key_is_refused_as_such(forger: Forger, field: str, key: str) -> None:
    name = {"emission": forger.emission(key_id=_name(key))} if field == "session_key" else {}
    refused = fault(forger.sign(forger.delegation(**{field: key}, **name)))

    assert refused is not None and refused.startswith("not an Ed25519 public key")


@pytest.mark.parametrize("field", ["session_key", "identity_key"])
def test_a_key_under_which_anything_verifies_is_refused_as_such(forger: Forger, field: str) -> None:
    for point in (octets for each in small_order_points() for octets in encodings(each)):
        name = {"emission": forger.emission(key_id=key_id(point))} if field[0] == "s" else {}
        refused = fault(forger.sign(forger.delegation(**{field: point.hex()}, **name)))

        assert refused is not None and refused.startswith("not an Ed25519 public key")


def test_a_delegation_holds_from_its_first_moment_to_its_last(forger: Forger) -> None:
    delegation = forger.delegation()
    signed = forger.sign(delegation)
    tick = timedelta(microseconds=1)
    for moment, held in (
        (delegation.not_before, True),
        (delegation.not_after, True),
        (delegation.not_before - tick, False),
        (delegation.not_after + tick, False),
    ):
        decision = forger.sign(forger.decision(recorded_at=moment))
        assert (fault(signed, decision) is None) == held


def test_a_default_which_nobody_decided_verifies(forger: Forger) -> None:
    default = forger.decision(decided_by=None, capture="default")

    assert fault(forger.sign(forger.delegation()), forger.sign(default)) is None


def test_a_record_is_not_checked_against_the_delegation_of_another_key(forger: Forger) -> None:
    other = Forger(home=forger.home, path=forger.path)
    record, envelope = read(other.sign(other.decision()))

    with pytest.raises(UnauthenticError, match="not signed by exactly the key"):
        check_record(record, envelope, forger.delegation())


def test_a_copy_outside_its_ledger_is_checked_without_an_order(forger: Forger) -> None:
    delegation, decision = forger.sign(forger.delegation()), forger.sign(forger.decision())

    for index, place in ((None, 5), (3, None), (None, None)):
        authenticator = Authenticator(lambda _, place=place: [(place, delegation)])  # type: ignore[misc]
        custody = authenticator.authenticate(decision, index=index).custody
        assert custody is not None and custody.verified


def test_what_is_found_in_place_of_a_delegation_is_passed_over(forger: Forger) -> None:
    """Whatever finds them may be wrong: only what holds is taken."""
    delegation, decision = forger.sign(forger.delegation()), forger.sign(forger.decision())
    forged = forger.sign(forger.delegation(not_after=NOW + timedelta(days=9)), OTHER)

    assert fault(b"rubbish", decision, forged, delegation, decision) is None
    assert fault(b"rubbish", decision, forged, decision) == (
        f"no delegation introduces the key {forger.emission().key_id}"
    )


def test_signatures_of_any_other_form_do_not_verify(forger: Forger) -> None:
    signed = json.loads(forger.sign(forger.delegation()))
    whole = base64.b64decode(signed["signatures"][1]["sig"])
    order = 2**252 + 27742317777372353535851937790883648493
    malleable = whole[:32] + (int.from_bytes(whole[32:], "little") + order).to_bytes(32, "little")
    for sig in (b"", whole[:-1], whole + b"\x00", whole[::-1], bytes(64), malleable):
        signed["signatures"][1]["sig"] = base64.b64encode(sig).decode()
        assert fault(json.dumps(signed).encode()) == "a signature of the delegation does not verify"


def test_bytes_that_are_no_record_are_an_error_and_no_verdict(forger: Forger) -> None:
    for data in (b"", b"{}", b"\xff", forger.sign(forger.decision())[:-1]):
        with pytest.raises(MalformedError):
            Authenticator(lambda _: []).authenticate(data)


def test_the_checks_say_nothing_where_nothing_is_wrong(forger: Forger) -> None:
    delegation, envelope = read(forger.sign(forger.delegation()))
    assert isinstance(delegation, Delegation)
    check_delegation(delegation, envelope)
    check_record(*read(forger.sign(forger.decision())), delegation)


def _name(key: str) -> str:
    try:
        return key_id(bytes.fromhex(key))
    except ValueError:
        return "SHA256:none"
