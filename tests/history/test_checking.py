"""What an entry says of itself, and no more than its signature bears: the rest of verification goes by
nothing else, in this process or in another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.history.checking import Checked, Introductions, signed_in
from answerable.ledger import Entry, leaf_hash
from answerable.model import Custody, Erasure, Observed, Outcomes, PolicyVersion, Record, Withheld
from answerable.signing import Signed, envelope_digest, signed_of
from tests.history.forging import ANALYST, NOW, Forger, name_of
from tests.history.one_by_one import check_all

OTHER = Ed25519PrivateKey.generate()
STORED = b"what the ledger says its hash is"
SEEN = Observed(size=1, root="1" * 64)


@pytest.fixture
def forger(tmp_path: Path) -> Forger:
    return Forger(home=tmp_path / "home", path=tmp_path / "decisions.db")


def common(forger: Forger, **changes: Any) -> dict[str, Any]:
    """The fields of any record, each as it should be."""
    decision = forger.decision(**changes)
    names = ("id", "decided_at", "recorded_at", "decided_by", "team", "emission", "about")
    return {name: getattr(decision, name) for name in names}


def outcomes(forger: Forger) -> Outcomes:
    return Outcomes(
        **common(forger), deployment="deployment:prod/a", size=3, root="4" * 64, started_at=NOW
    )


def erasure(forger: Forger, *about: str) -> Erasure:
    return Erasure(**common(forger, about=about), field="rationale", rationale="asked for")


def policy(forger: Forger) -> PolicyVersion:
    return PolicyVersion(**common(forger), version=1, text="version = 1", endorsements=())


def checked(*envelopes: bytes) -> list[Checked]:
    return [*check_all(Entry(n, STORED, data) for n, data in enumerate(envelopes))]


def second(forger: Forger, record: Record, *keys: Ed25519PrivateKey) -> Checked:
    """The record, as the one after its emitter's delegation."""
    return checked(introduction(forger), forger.sign(record, *keys))[1]


def introduction(forger: Forger) -> bytes:
    """The delegation; what the forger makes next comes after it."""
    first = forger.sign(forger.delegation(emission=forger.emission(seq=0, prev=None)))
    forger.seq, forger.prev = 1, envelope_digest(first)
    return first


def test_a_delegation_says_whom_it_introduces(forger: Forger) -> None:
    delegation = forger.delegation(emission=forger.emission(observed=SEEN))
    data = forger.sign(delegation)

    assert checked(data) == [
        Checked(
            index=0,
            stored=STORED,
            leaf=leaf_hash(data),
            malformed=None,
            id=delegation.id,
            recorded_at=NOW,
            fault=None,
            key_id=name_of(forger.session),
            seq=0,
            prev=None,
            digest=envelope_digest(data),
            observed=SEEN,
            signed=Signed(
                kind="delegation",
                team="scoring",
                identity=name_of(forger.identity),
                session=name_of(forger.session),
                actor=ANALYST.id,
                at=NOW,
                index=0,
            ),
            whole=data,
            introduces=True,
            seals=None,
            withheld=(),
            erases=None,
        )
    ]


def test_a_decision_says_what_a_policy_asks_and_what_it_withholds(forger: Forger) -> None:
    first = introduction(forger)
    parts = (Withheld(field="rationale", digest="sha256:" + "1" * 64),)
    decision = forger.decision(withheld=parts, emission=forger.emission(observed=SEEN))
    data = forger.sign(decision)

    assert checked(first, data)[1] == Checked(
        index=1,
        stored=STORED,
        leaf=leaf_hash(data),
        id=decision.id,
        recorded_at=NOW,
        key_id=name_of(forger.session),
        seq=1,
        prev=envelope_digest(first),
        digest=envelope_digest(data),
        observed=SEEN,
        signed=Signed(
            kind="threshold",
            team="scoring",
            identity=name_of(forger.identity),
            session=name_of(forger.session),
            actor=ANALYST.id,
            at=NOW,
            index=1,
        ),
        withheld=(("rationale", "sha256:" + "1" * 64),),
    )


def test_only_of_what_verifies_it_is_said_what_was_signed(forger: Forger) -> None:
    other = Forger(home=forger.home, path=forger.path)
    data = forger.sign(forger.decision())
    first, found, unknown = checked(introduction(forger), data, other.sign(other.decision()))

    assert found.signed is not None and unknown.fault is not None
    assert [said for each in (first, found, unknown) for said in signed_in(each)] == [
        (first.id, first.signed),
        (found.id, found.signed),
    ]


def test_a_policy_is_handed_on_whole_and_introduces_nobody(forger: Forger) -> None:
    first = introduction(forger)
    data = forger.sign(policy(forger))

    found = checked(first, data)[1]

    assert (found.whole, found.introduces) == (data, False)


def test_a_batch_of_outcomes_says_how_many_and_their_root(forger: Forger) -> None:
    introduction(forger)

    assert second(forger, outcomes(forger)).seals == (3, "4" * 64)


@pytest.mark.parametrize(
    ("about", "erases"),
    [
        (["record:one"], ("one", "rationale")),
        (["record:one", "deployment:prod/a"], ("one", "rationale")),
        (["record:one", "record:two"], None),
        (["deployment:prod/a"], None),
        ([], None),
    ],
)
def test_an_erasure_is_of_one_record_or_of_none(
    forger: Forger, about: list[str], erases: tuple[str, str] | None
) -> None:
    introduction(forger)

    assert second(forger, erasure(forger, *about)).erases == erases


def test_what_does_not_verify_seals_withholds_and_erases_nothing(forger: Forger) -> None:
    """Else whoever can append could erase another's words, or pass batches off as sealed."""
    introduction(forger)
    parts = (Withheld(field="rationale", digest="sha256:" + "1" * 64),)
    for record in (
        outcomes(forger),
        erasure(forger, "record:one"),
        forger.decision(withheld=parts),
    ):
        found = second(forger, record, OTHER)

        name = name_of(forger.session)
        assert found.fault == f"the record is not signed by exactly the key {name}"
        assert (found.seals, found.withheld, found.erases) == (None, (), None)
        assert found.signed is None
        assert (found.id, found.key_id) == (record.id, name)


def test_a_record_without_an_emitter_is_in_no_chain(forger: Forger) -> None:
    introduction(forger)
    record = forger.decision(emission=None)
    found = second(forger, record)

    assert found.fault == "the record does not say which key signed it"
    assert (found.key_id, found.seq, found.prev, found.observed) == (None, 0, None, None)
    assert (found.id, found.recorded_at) == (record.id, NOW)


def test_of_what_is_no_record_there_is_nothing_but_why(forger: Forger) -> None:
    (found,) = checked(b"[]")

    assert found == Checked(
        index=0,
        stored=STORED,
        leaf=leaf_hash(b"[]"),
        malformed="not a DSSE envelope: fields other than payload, payloadType, signatures",
    )


def test_only_what_stands_before_it_introduces_a_key(forger: Forger) -> None:
    first, data = introduction(forger), forger.sign(forger.decision())
    refused = f"no delegation introduces the key {name_of(forger.session)}"

    assert [each.fault for each in checked(first, data)] == [None, None]
    assert [each.fault for each in checked(data, data, first)] == [refused, refused, None]


def test_introductions_are_the_delegations_of_a_key_in_their_order(forger: Forger) -> None:
    first = introduction(forger)
    again = forger.sign(forger.delegation(emission=forger.emission(seq=0, prev=None)))
    nobody = forger.sign(forger.delegation(emission=None))
    others = [forger.sign(each) for each in (forger.decision(), policy(forger))]
    met = Introductions()
    for each in checked(first, *others, nobody, again):
        met.take(each)

    assert met.of(name_of(forger.session)) == [(0, first), (4, again)]
    assert met.of("another") == []
    assert attrs.astuple(met, recurse=False) == (
        {name_of(forger.session): met.of(name_of(forger.session))},
    )


def test_of_what_is_not_known_in_full_nothing_is_told_to_a_policy(forger: Forger) -> None:
    known: dict[str, Any] = {"verified": True, "identity_key": "SHA256:a", "principal": ANALYST.id}

    def told(record: Record, **changes: Any) -> Signed | None:
        custody = Custody(envelope=b"", digest="sha256:", **(known | changes))
        return signed_of(attrs.evolve(record, custody=custody))

    assert told(forger.decision()) is not None
    assert told(forger.decision(), verified=False) is None
    assert told(forger.decision(), identity_key=None) is None
    assert told(forger.decision(), principal=None) is None
    assert told(forger.decision(emission=None)) is None
    assert signed_of(forger.decision()) is None
