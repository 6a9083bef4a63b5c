"""Signatures under a policy, and whose word they are."""

from __future__ import annotations

import base64

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope as OutsideEnvelope
from securesystemslib.signer import SSlibKey

from answerable.errors import MalformedError
from answerable.signing import key_id, parse, raw
from answerable.signing.endorsing import (
    POLICY_TYPE,
    endorse,
    endorsers,
    from_bytes,
    is_in_force_by,
    to_bytes,
)

A, B, C = (Ed25519PrivateKey.generate() for _ in range(3))
TEXT = "version = 1"


def name(key: Ed25519PrivateKey) -> str:
    return key_id(raw(key.public_key()))


def test_a_key_that_signed_the_text_is_named() -> None:
    assert endorsers(TEXT, [endorse(TEXT, A), endorse(TEXT, B)]) == {name(A), name(B)}


def test_the_same_signature_twice_is_one() -> None:
    assert endorsers(TEXT, [endorse(TEXT, A)] * 2) == {name(A)}


@pytest.mark.parametrize(
    "changes",
    [
        {"sig": base64.b64encode(bytes(64)).decode()},
        {"sig": "?"},
        {"sig": ""},
        {"key_id": name(B)},
        {"public_key": raw(B.public_key()).hex()},
        {"public_key": raw(A.public_key()).hex().upper()},
        {"public_key": raw(A.public_key()).hex() + "00"},
        {"public_key": raw(A.public_key()).hex()[:-2]},
        {"public_key": ""},
        {"public_key": "zz"},
    ],
)
def test_one_that_does_not_hold_is_nobodys(changes: dict[str, str]) -> None:
    assert endorsers(TEXT, [attrs.evolve(endorse(TEXT, A), **changes)]) == set()


def test_one_signature_has_one_spelling() -> None:
    """Else it could stand there twice and be counted as two."""
    good = endorse(TEXT, A)
    for sig in (f"{good.sig[:9]}\n{good.sig[9:]}", good.sig + "\n", f"*{good.sig}"):
        assert endorsers(TEXT, [attrs.evolve(good, sig=sig)]) == set()


def test_one_under_another_text_is_nobodys() -> None:
    assert endorsers(TEXT, [endorse(TEXT + " ", A)]) == set()


def test_under_a_key_of_low_order_anybody_can_sign() -> None:
    public = bytes([1, *bytes(31)])
    sig = base64.b64encode(bytes([1, *bytes(63)])).decode()
    forged = attrs.evolve(endorse(TEXT, A), public_key=public.hex(), key_id=key_id(public), sig=sig)

    assert endorsers(TEXT, [forged]) == set()


def test_two_keys_of_one_principal_are_one_word() -> None:
    policy = parse(f"""
version = 1
[root]
threshold = 2
keys = ["{name(A)}", "{name(B)}", "{name(C)}"]
[principals.ana]
keys = ["{name(A)}", "{name(B)}"]
""")

    assert not is_in_force_by(policy, {name(A), name(B)})
    assert is_in_force_by(policy, {name(A), name(C)})
    assert not is_in_force_by(policy, {name(A), "SHA256:" + "x" * 43})


def test_a_key_that_is_revoked_by_then_is_nobody_s_word() -> None:
    policy = parse(f"""
version = 1
[root]
threshold = 1
keys = ["{name(A)}", "{name(B)}"]
[[revoked]]
key = "{name(B)}"
after_index = 5
""")

    assert is_in_force_by(policy, {name(B)}, 5)
    assert not is_in_force_by(policy, {name(B)}, 6)
    assert not is_in_force_by(policy, {name(B)})
    assert is_in_force_by(policy, {name(A), name(B)}, 6)


def test_it_is_an_ordinary_dsse_signature_of_a_type_of_its_own() -> None:
    made = endorse(TEXT, A)
    key = SSlibKey(made.key_id, "ed25519", "ed25519", {"public": made.public_key})
    outside = OutsideEnvelope.from_dict(
        {
            "payload": base64.b64encode(TEXT.encode()).decode(),
            "payloadType": POLICY_TYPE,
            "signatures": [{"keyid": made.key_id, "sig": made.sig}],
        }
    )

    assert len(outside.verify([key], threshold=1)) == 1


def test_it_travels_as_a_file() -> None:
    made = endorse(TEXT, A)

    assert from_bytes(to_bytes(made)) == made
    for rubbish in (b"", b"\xff"):
        with pytest.raises(MalformedError):
            from_bytes(rubbish)


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b'{"key_id":"","public_key":"","sig":"","more":""}',
        b'{"key_id":1,"public_key":"","sig":""}',
        b'{"key_id":"","public_key":"","sig":null}',
    ],
)
def test_what_has_other_fields_is_no_signature(data: bytes) -> None:
    with pytest.raises(MalformedError, match=r"^not a signature under a policy$"):
        from_bytes(data)
