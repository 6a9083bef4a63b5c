"""What libsodium signs is what OpenSSL would have signed."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from answerable.signing.swift import SwiftKey


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300))
def test_the_signature_is_octet_for_octet_that_of_openssl(seed: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)

    assert SwiftKey(key).sign(message) == key.sign(message)


def test_a_vector_of_rfc_8032_is_reproduced() -> None:
    seed = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
    key = Ed25519PrivateKey.from_private_bytes(seed)

    assert SwiftKey(key).sign(bytes.fromhex("af82")).hex() == (
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )


def test_another_message_does_not_verify() -> None:
    key = Ed25519PrivateKey.generate()
    with pytest.raises(InvalidSignature):
        key.public_key().verify(SwiftKey(key).sign(b"one"), b"another")
