"""A DSSE envelope is what others can verify, and nothing but its one signed meaning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as OutsideEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from answerable.errors import InvalidValueError, MalformedError
from answerable.signing import PAYLOAD_TYPE, Envelope, Signature, envelope_digest, key_id
from answerable.signing.dsse import pae
from answerable.signing.keys import raw

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NAME, OTHER_NAME = (key_id(raw(k.public_key())) for k in (KEY, OTHER))
PAYLOAD = '{"what":"a payload with an é"}'.encode()


def test_what_is_signed_is_the_encoding_that_the_protocol_gives_as_its_example() -> None:
    # https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md
    signed = pae("http://example.com/HelloWorld", b"hello world")

    assert signed == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@given(
    st.binary(max_size=300), st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=3)
)
def test_securesystemslib_verifies_our_envelopes(payload: bytes, seeds: list[bytes]) -> None:
    keys = [Ed25519PrivateKey.from_private_bytes(seed) for seed in dict.fromkeys(seeds)]
    envelope = Envelope.sign(payload, [(key_id(raw(k.public_key())), k) for k in keys])

    outside = OutsideEnvelope.from_dict(json.loads(envelope.to_bytes()))

    known: list[Any] = [_outside_key(k.public_key()) for k in keys]
    assert len(outside.verify(known, len(keys))) == len(keys)
    assert outside.payload == payload


def test_securesystemslib_refuses_our_envelope_under_another_key() -> None:
    outside = OutsideEnvelope.from_dict(json.loads(_signed().to_bytes()))
    impostor = _outside_key(OTHER.public_key(), name=NAME)

    with pytest.raises(VerificationError):
        outside.verify([impostor], 1)


def test_an_envelope_comes_back_as_it_was_written() -> None:
    envelope = Envelope.sign(PAYLOAD, [(NAME, KEY), (OTHER_NAME, OTHER)])

    again = Envelope.from_bytes(envelope.to_bytes())

    assert again == envelope
    assert again.signed_by(NAME, KEY.public_key())
    assert again.signed_by(OTHER_NAME, OTHER.public_key())


def test_a_signature_counts_only_under_its_own_key_and_name() -> None:
    envelope = _signed()

    assert envelope.signed_by(NAME, KEY.public_key())
    assert not envelope.signed_by(NAME, OTHER.public_key())
    assert not envelope.signed_by(OTHER_NAME, KEY.public_key())


def test_a_key_may_be_given_as_its_octets() -> None:
    envelope = _signed()

    assert envelope.signed_by(NAME, raw(KEY.public_key()))
    assert not envelope.signed_by(NAME, raw(OTHER.public_key()))
    assert not envelope.signed_by(NAME, b"no key")


def test_an_envelope_is_named_by_the_sha_256_of_its_bytes() -> None:
    # FIPS 180-4's own example.
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert envelope_digest(b"abc") == f"sha256:{digest}"


def test_a_signature_does_not_carry_over_to_another_payload_or_type() -> None:
    envelope = _signed()
    moved = Envelope(PAYLOAD + b" ", PAYLOAD_TYPE, envelope.signatures)
    retyped = Envelope(PAYLOAD, "application/json", envelope.signatures)

    assert not moved.signed_by(NAME, KEY.public_key())
    assert not retyped.signed_by(NAME, KEY.public_key())


def test_a_signature_under_a_low_order_key_proves_nothing_and_is_refused() -> None:
    # Under the neutral element R = S = 0 solves the equation for every message.
    neutral = bytes([1, *[0] * 31])
    forged = Envelope(PAYLOAD, PAYLOAD_TYPE, (Signature("k", neutral + bytes(32)),))
    key = Ed25519PublicKey.from_public_bytes(neutral)
    key.verify(forged.signatures[0].sig, pae(PAYLOAD_TYPE, PAYLOAD))  # the library says yes

    assert not forged.signed_by("k", key)


@pytest.mark.parametrize("length", [0, 1, 63, 65])
def test_a_signature_of_another_length_does_not_verify(length: int) -> None:
    cut = Envelope(PAYLOAD, PAYLOAD_TYPE, (Signature(NAME, bytes(length)),))

    assert not cut.signed_by(NAME, KEY.public_key())


def test_every_flipped_bit_is_refused_or_loses_a_signature() -> None:
    data = Envelope.sign(PAYLOAD, [(NAME, KEY), (OTHER_NAME, OTHER)]).to_bytes()

    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            assert not _both_hold(bytes(flipped)), f"byte {place}, bit {bit}"


@given(st.data())
def test_every_cut_insertion_or_exchange_is_refused_or_loses_a_signature(
    data: st.DataObject,
) -> None:
    whole = Envelope.sign(PAYLOAD, [(NAME, KEY), (OTHER_NAME, OTHER)]).to_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    mutant = whole[:start] + data.draw(st.binary(max_size=4)) + whole[end:]

    # Blanks, and escapes as in `\\/`, are JSON's and say nothing: the ledger's leaf hash covers them.
    assert not _both_hold(mutant) or json.loads(mutant) == json.loads(whole)


def test_another_spelling_of_the_same_is_the_same_to_a_reader_and_not_to_the_ledger() -> None:
    whole = Envelope.sign(PAYLOAD, [(NAME, KEY), (OTHER_NAME, OTHER)]).to_bytes()
    for spelled in (
        whole + b" ",
        whole.replace(b"n/vnd", b"n\\/vnd"),
        whole.replace(b'":', b'": '),
    ):
        assert spelled != whole
        assert _both_hold(spelled)
        assert envelope_digest(spelled) != envelope_digest(whole)


@pytest.mark.parametrize(
    "change",
    [
        {"payloadType": "application/json"},
        {"payloadType": 5},
        {"signatures": []},
        {"signatures": {}},
        {"signatures": "none"},
        {"signatures": [5]},
        {"signatures": [{"keyid": "a"}]},
        {"signatures": [{"keyid": "a", "sig": 5}]},
        {"signatures": [{"keyid": 5, "sig": ""}]},
        {"signatures": [{"keyid": None, "sig": ""}]},
        {"signatures": [{"keyid": "a", "sig": "", "extra": 1}]},
        {"signatures": [{"keyid": "a", "sig": ""}, {"keyid": "a", "sig": ""}]},
        {"payload": None},
        {"payload": "not base64!"},
        {"payload": "YQ"},
        {"payload": "YR=="},
        {"payload": "YQ==\n"},
        {"payload": "_-8="},
        {"extra": 1},
    ],
    ids=str,
)
def test_what_is_not_exactly_an_envelope_is_refused(change: dict[str, Any]) -> None:
    fields = json.loads(_signed().to_bytes()) | change

    with pytest.raises(MalformedError):
        Envelope.from_bytes(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b'"text"', b"5", b"{}", b"\xff", b"[" * 60_000]
)
def test_what_is_no_object_of_json_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        Envelope.from_bytes(data)


def test_a_key_that_stands_twice_is_refused() -> None:
    data = _signed().to_bytes()
    twice = data.replace(b'{"payload":', b'{"payload":"e30=","payload":', 1)

    with pytest.raises(MalformedError, match="twice"):
        Envelope.from_bytes(twice)


def test_65_535_bytes_are_taken_and_one_more_is_refused() -> None:
    spare = 65_535 - len(Envelope.sign(b"", [(NAME, KEY)]).to_bytes())
    largest = spare // 4 * 3

    assert len(Envelope.sign(bytes(largest), [(NAME, KEY)]).to_bytes()) <= 65_535
    with pytest.raises(InvalidValueError, match="more than 65,535"):
        Envelope.sign(bytes(largest + 3), [(NAME, KEY)]).to_bytes()


@given(st.binary(max_size=200))
def test_any_bytes_are_an_envelope_or_a_malformed_error(data: bytes) -> None:
    try:
        envelope = Envelope.from_bytes(data)
    except MalformedError:
        return
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope


def _signed() -> Envelope:
    return Envelope.sign(PAYLOAD, [(NAME, KEY)])


def _both_hold(data: bytes) -> bool:
    try:
        envelope = Envelope.from_bytes(data)
    except MalformedError:
        return False
    signed = envelope.signed_by(NAME, KEY.public_key())
    return signed and envelope.signed_by(OTHER_NAME, OTHER.public_key())


def _outside_key(key: Ed25519PublicKey, name: str | None = None) -> Any:
    public = raw(key)
    return SSlibKey(name or key_id(public), "ed25519", "ed25519", {"public": public.hex()})
