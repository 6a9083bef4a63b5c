"""Keys on FIDO tokens, as OpenSSH has them: Ed25519, over more than the message.

Format: OpenSSH's PROTOCOL.u2f. The public key is a blob of three strings: its kind, the 32 octets, and the
application for which the token made it. What the token signs is SHA-256 of the application, an octet of
flags, a counter, and SHA-256 of the message. Here such a key's *octets* are the whole blob, since without
the application nothing verifies.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from answerable.errors import MalformedError
from answerable.signing.ed25519 import verifies
from answerable.signing.keys import low_order
from answerable.signing.sshwire import string, strings

KIND: Final = b"sk-ssh-ed25519@openssh.com"
# Somebody touched the token.
_PRESENT: Final = 0x01
_LONGEST: Final = 512


@lru_cache(maxsize=256)
def parts(octets: bytes) -> tuple[bytes, bytes] | None:
    """The Ed25519 key and the application in a public key's blob; None of anything else, and of a key
    under which anybody can sign."""
    if len(octets) > _LONGEST:
        return None
    try:
        kind, public, application = strings(octets, 3)
    except MalformedError:
        return None
    held = kind == KIND and len(public) == 32 and application and not low_order(public)
    return (public, application) if held else None


def holds(octets: bytes, signature: bytes, message: bytes) -> bool:
    """True if the token with that key signed the message, and somebody touched it for that. The
    signature is OpenSSH's: its kind, 64 octets, the flags, the counter."""
    head = string(KIND) + (64).to_bytes(4, "big")
    found = parts(octets)
    if found is None or len(signature) != len(head) + 64 + 5 or not signature.startswith(head):
        return False
    public, application = found
    made, said = signature[len(head) : len(head) + 64], signature[len(head) + 64 :]
    if not said[0] & _PRESENT:
        return False
    signed = hashlib.sha256(application).digest() + said + hashlib.sha256(message).digest()
    return verifies(public, made, signed)
