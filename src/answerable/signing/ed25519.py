"""The one rule by which an Ed25519 signature verifies here, whichever library is asked.

RFC 8032 leaves some inputs open, and libraries differ on them. Here: the equation without the
cofactor, S below the group's order, the public key in its one encoding, and neither the public key
nor R of low order. libsodium's rule is the same; what it is said to refuse is refused here as well,
so that no build of it decides.
"""

from __future__ import annotations

from functools import lru_cache

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from answerable.signing.keys import low_order

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """True if `signature` (64 octets) over `message` holds under the key `public` (32 octets)."""
    if len(signature) != 64 or not _can_be_trusted(public) or low_order(signature[:32]):
        return False
    if int.from_bytes(signature[32:], "little") >= _L:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


@lru_cache(maxsize=256)
def _can_be_trusted(public: bytes) -> bool:
    """True of 32 octets that encode y below p, and no point of low order."""
    if len(public) != 32 or low_order(public):
        return False
    return int.from_bytes(public, "little") & ~(1 << 255) < _P
