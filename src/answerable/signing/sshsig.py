"""Signatures as OpenSSH makes them: SSHSIG (openssh's PROTOCOL.sshsig, version 1), with Ed25519, in a file or on a
FIDO token.

A key that signs so never signs what could be taken for something else: what is signed begins with
`SSHSIG` and names what the signature is for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from answerable.errors import MalformedError
from answerable.signing import fido
from answerable.signing.ed25519 import verifies
from answerable.signing.sshwire import string, strings

NAMESPACE: Final = "answerable"
_MAGIC: Final = b"SSHSIG"
_KIND: Final = b"ssh-ed25519"
_HASHES: Final = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """True if `signature` is an SSHSIG over `message` for us, by the key `public`: 32 octets, or those of a
    key on a FIDO token."""
    try:
        if signature[:10] != _MAGIC + (1).to_bytes(4, "big"):
            return False
        key, namespace, reserved, hashed, made = strings(signature[10:], 5)
        bare = None if fido.parts(public) else _bare(key, public, made)
    except MalformedError:
        return False
    if namespace != NAMESPACE.encode() or reserved or hashed not in _HASHES:
        return False
    digest = _HASHES[hashed](message).digest()
    signed = _MAGIC + b"".join(map(string, (namespace, b"", hashed, digest)))
    if bare is None:
        return key == public and fido.holds(public, made, signed)
    return verifies(public, bare, signed)


def _bare(key: bytes, public: bytes, made: bytes) -> bytes:
    """The 64 octets of a signature by the key that is named; raises `MalformedError` of another."""
    kind, octets = strings(key, 2)
    kind_again, bare = strings(made, 2)
    if (kind, kind_again, octets) != (_KIND, _KIND, public):
        raise MalformedError("by another key")
    return bare


def public_of(line: str) -> bytes | None:
    """The octets in a line of an `id_ed25519.pub` (RFC 8709 section 4) or an `id_ed25519_sk.pub`; None of
    another kind."""
    try:
        name, blob, *_ = line.split()
        octets = base64.b64decode(blob, validate=True)
        if name.encode() == fido.KIND:
            return octets if fido.parts(octets) else None
        kind, public = strings(octets, 2)
    except (ValueError, binascii.Error, MalformedError):
        return None
    return public if name.encode() == kind == _KIND and len(public) == 32 else None
