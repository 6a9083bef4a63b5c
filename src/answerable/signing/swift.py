"""Ed25519 signatures (RFC 8032) made by libsodium: the same octets as OpenSSL makes, in less time,
and meanwhile other threads go on."""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.bindings import crypto_sign, crypto_sign_BYTES

from answerable.signing.keys import raw


class Signs(Protocol):
    """Whatever makes a signature over a message: a key at hand, or one that is kept elsewhere."""

    def sign(self, data: bytes, /) -> bytes:
        """The 64 octets."""


class SwiftKey:
    """A private key, for signing often. Verifying is for `ed25519.verifies`."""

    __slots__ = ("_secret",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        seed = key.private_bytes(
            serialization.Encoding.Raw,
            serialization.PrivateFormat.Raw,
            serialization.NoEncryption(),
        )
        # libsodium's form of a private key: the seed, and the public key behind it.
        self._secret = seed + raw(key.public_key())

    def sign(self, data: bytes, /) -> bytes:
        """The 64 octets."""
        return crypto_sign(data, self._secret)[:crypto_sign_BYTES]
