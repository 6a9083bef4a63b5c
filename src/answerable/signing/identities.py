"""The public keys in whose name somebody signs: Ed25519, in a file, behind an address or on a FIDO token."""

from __future__ import annotations

from answerable.signing import fido
from answerable.signing.keys import low_order


def can_be_trusted(octets: bytes) -> bool:
    """True of the octets of a key under which not anybody can sign."""
    if len(octets) == 32:
        return not low_order(octets)
    return fido.parts(octets) is not None
