"""In whose name somebody signs: an Ed25519 key, in a file, behind an address or on a FIDO token; or whom a
Sigstore certifies."""

from __future__ import annotations

from answerable.errors import MalformedError
from answerable.signing import fido
from answerable.signing.keys import IdentityKey, key_id, low_order, octets_of
from answerable.signing.sigstore.identity import SigstoreIdentity
from answerable.signing.sigstore.names import checked, is_name


def can_be_trusted(octets: bytes) -> bool:
    """True of the octets of a key under which not anybody can sign."""
    if len(octets) == 32:
        return not low_order(octets)
    return fido.parts(octets) is not None


def spelled(key: IdentityKey) -> str:
    """As a delegation names it: its octets in hex, or its name."""
    return key.name if isinstance(key, SigstoreIdentity) else octets_of(key).hex()


def id_of(told: str) -> str:
    """The id by which policies know what a delegation names: a fingerprint, or the name itself. Raises
    `MalformedError`."""
    if is_name(told):
        return checked(told)
    try:
        return key_id(bytes.fromhex(told))
    except ValueError:
        raise MalformedError(f"names no key: {told!r:.70}") from None
