"""The one rule of whose signature counts, where forged ledgers alone do not show each part of it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable import statement
from answerable.errors import MalformedError
from answerable.history import Authenticator, UnauthenticError, authentication, read
from answerable.history.authentication import check_delegation, check_record
from answerable.model import Actor, Custody, Delegation
from answerable.signing import Envelope, envelope_digest, key_id
from tests.history.forging import ANALYST, NOW, Forger, name_of
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


def test_a_delegation_of_which_one_signature_is_of_something_else_is_told(forger: Forger) -> None:
    """That the other is right makes it no better."""
    whole = Envelope.from_bytes(forger.sign(forger.delegation()))
    others = Envelope.from_bytes(forger.sign(forger.delegation())).signatures
    assert fault(whole.to_bytes()) is None
    for place in (0, 1):
        mixed = [*whole.signatures]
        mixed[place] = others[place]
        forged = attrs.evolve(whole, signatures=tuple(mixed)).to_bytes()
        assert fault(forged) == "a signature of the delegation does not verify"


@pytest.mark.parametrize("changes", [{"seq": 1}, {"prev": "sha256:" + "0" * 64}])
def test_a_delegation_begins_its_chain(forger: Forger, changes: dict[str, object]) -> None:
    late = forger.delegation(emission=forger.emission(**changes))

    assert fault(forger.sign(late)) == "the delegation is not the first record of its chain"


@pytest.mark.parametrize("field", ["session_key", "identity_key"])
@pytest.mark.parametrize(
    "key", ["", "ab", "00" * 31, "00" * 33, "zz" * 32, "AB" * 32, "\u0663" * 64]
)
def test_what_is_no_key_is_refused_as_such(forger: Forger, field: str, key: str) -> None:
    name = {"emission": forger.emission(key_id=_name(key))} if field == "session_key" else {}
    refused = fault(forger.sign(forger.delegation(**{field: key}, **name)))

    assert refused is not None and refused.startswith("not an Ed25519 public key")


@pytest.mark.parametrize("field", ["session_key", "identity_key"])
def test_a_key_under_which_anything_verifies_is_refused_as_such(forger: Forger, field: str) -> None:
    for point in (octets for each in small_order_points() for octets in encodings(each)):
        name = {"emission": forger.emission(key_id=key_id(point))} if field[0] == "s" else {}
        refused = fault(forger.sign(forger.delegation(**{field: point.hex()}, **name)))

        assert refused == f"not an Ed25519 public key that can be trusted: '{point.hex()}'"


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


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"emission": None}, "the delegation is not the first word of the key it introduces"),
        ({"decided_by": None}, "the delegation is not made by the principal it names"),
        (
            {"principal": "person:head@bank.example"},
            "the delegation is not made by the principal it names",
        ),
        (
            {"decided_by": Actor(id=ANALYST.id, known_by="authenticated")},
            "a delegation cannot authenticate its own principal",
        ),
    ],
)
def test_why_a_delegation_does_not_hold_is_said(
    forger: Forger, changes: dict[str, Any], refused: str
) -> None:
    assert fault(forger.sign(forger.delegation(**changes))) == refused


def test_a_delegation_is_emitted_by_the_key_it_introduces(forger: Forger) -> None:
    for other in (OTHER, forger.identity):
        emission = forger.emission(key_id=name_of(other))
        assert fault(forger.sign(forger.delegation(emission=emission))) == (
            "the delegation is not the first word of the key it introduces"
        )


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"emission": None}, "the record does not say which key signed it"),
        ({"team": "treasury"}, "its key was delegated to the team scoring"),
        ({"team": None}, "its key was delegated to the team scoring"),
        (
            {"recorded_at": NOW + timedelta(hours=2)},
            "recorded at a time for which its key was not delegated",
        ),
        (
            {"decided_by": Actor(id="person:head@bank.example", known_by="environment")},
            "says that person:head@bank.example is known by more than assertion",
        ),
    ],
)
def test_why_a_record_does_not_count_is_said(
    forger: Forger, changes: dict[str, Any], refused: str
) -> None:
    decision = forger.decision(**changes)

    assert fault(forger.sign(forger.delegation()), forger.sign(decision)) == refused


def test_a_signature_under_another_name_and_one_that_is_wrong_are_told_apart(
    forger: Forger,
) -> None:
    delegation, decision = forger.sign(forger.delegation()), forger.decision()
    name = name_of(forger.session)
    forged = Envelope.sign(statement.to_bytes(decision), [(name, OTHER)]).to_bytes()

    assert fault(delegation, forged) == "the signature does not verify"
    for keys in ((OTHER,), (forger.identity,), (forger.session, OTHER), (OTHER, forger.session)):
        assert fault(delegation, forger.sign(decision, *keys)) == (
            f"the record is not signed by exactly the key {name}"
        )


def test_custody_says_who_signed_on_whose_word_and_where_it_stands(forger: Forger) -> None:
    delegation, decision = forger.sign(forger.delegation()), forger.sign(forger.decision())
    authenticator = Authenticator(lambda _: [(3, delegation)])

    def custody(data: bytes, index: int | None) -> Custody:
        return Custody(
            envelope=data,
            digest=envelope_digest(data),
            index=index,
            verified=True,
            fault=None,
            identity_key=name_of(forger.identity),
            principal=ANALYST.id,
            delegation=delegation,
        )

    for data, index in ((delegation, 3), (decision, 5), (decision, None)):
        assert authenticator.authenticate(data, index=index).custody == custody(data, index)
    refused = authenticator.authenticate(decision, index=2).custody
    assert refused == Custody(
        envelope=decision,
        digest=envelope_digest(decision),
        index=2,
        fault=f"no delegation introduces the key {name_of(forger.session)}",
    )


def test_what_is_only_read_is_not_verified(forger: Forger) -> None:
    data = forger.sign(forger.delegation())

    for index in (None, 7):
        record, envelope = read(data, index=index)
        assert record.custody == Custody(
            envelope=data, digest=envelope_digest(data), index=index, verified=False
        )
        assert envelope == Envelope.from_bytes(data)


def test_a_delegation_stands_before_what_is_signed_under_it(forger: Forger) -> None:
    """Not at the same place, and not after it, also once it has been looked up."""
    delegation, decision = forger.sign(forger.delegation()), forger.sign(forger.decision())
    authenticator = Authenticator(lambda _: [(3, delegation)])

    for index, held in ((2, False), (3, False), (4, True), (2, False), (3, False)):
        custody = authenticator.authenticate(decision, index=index).custody
        assert custody is not None and custody.verified == held


def test_a_delegation_is_looked_for_by_its_key_and_checked_once(forger: Forger) -> None:
    delegation = forger.sign(forger.delegation())
    other = Forger(home=forger.home, path=forger.path)
    asked: list[str] = []

    def find(key: str) -> list[tuple[int | None, bytes]]:
        asked.append(key)
        return [(0, delegation)] if key == name_of(forger.session) else []

    authenticator = Authenticator(find)
    for index in (1, 2):
        record = authenticator.authenticate(forger.sign(forger.decision()), index=index)
        assert record.custody is not None and record.custody.verified
    refused = authenticator.authenticate(other.sign(other.decision()), index=3).custody
    assert refused is not None and not refused.verified
    assert asked == [name_of(forger.session), name_of(other.session)]


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


def test_a_key_lends_nothing_to_itself(forger: Forger) -> None:
    """One key under two names would be one signature for two: who has the session would be the person."""
    forger.identity = forger.session
    with pytest.raises(MalformedError):
        fault(forger.sign(forger.delegation()))
    alone = forger.sign(forger.delegation(), forger.session)
    assert fault(alone) == "the delegation is not signed by exactly its two keys"


def test_a_delegation_that_does_not_hold_is_not_tried_for_every_record(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may append could else have n of them tried for each of n records."""
    tried: list[Delegation] = []

    def counted(record: Delegation, *more: Any) -> None:
        tried.append(record)
        check_delegation(record, *more)

    monkeypatch.setattr(authentication, "check_delegation", counted)
    false = forger.sign(forger.delegation(), forger.identity, OTHER)
    met: list[tuple[int | None, bytes]] = [(at, false) for at in range(20)]
    authenticator = Authenticator(lambda _: met)
    wanted = f"no delegation introduces the key {name_of(forger.session)}"
    for index in range(20, 40):
        custody = authenticator.authenticate(forger.sign(forger.decision()), index=index).custody
        assert custody is not None and custody.fault == wanted
    assert len(tried) == 20

    met.append((40, forger.sign(forger.delegation())))
    custody = authenticator.authenticate(forger.sign(forger.decision()), index=41).custody
    assert custody is not None and custody.verified
    assert len(tried) == 21
