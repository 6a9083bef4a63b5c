"""Signatures as OpenSSH makes them: SSHSIG (openssh's PROTOCOL.sshsig, version 1), with Ed25519.

A key that signs so never signs what could be taken for something else: what is signed begins with
`SSHSIG` and names what the signature is for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from answerable.errors import MalformedError
from answerable.signing.ed25519 import verifies

NAMESPACE: Final = "answerable"
_MAGIC: Final = b"SSHSIG"
_KIND: Final = b"ssh-ed25519"
_HASHES: Final = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """True if `signature` is an SSHSIG over `message` for us, by the key `public` (32 octets)."""
    try:
        if signature[:10] != _MAGIC + (1).to_bytes(4, "big"):
            return False
        key, namespace, reserved, hashed, made = _strings(signature[10:], 5)
        kind, octets = _strings(key, 2)
        kind_again, bare = _strings(made, 2)
    except MalformedError:
        return False
    if (kind, kind_again, octets) != (_KIND, _KIND, public) or hashed not in _HASHES:
        return False
    if namespace != NAMESPACE.encode() or reserved:
        return False
    digest = _HASHES[hashed](message).digest()
    return verifies(public, bare, _MAGIC + b"".join(map(_string, (namespace, b"", hashed, digest))))


def public_of(line: str) -> bytes | None:
    """The 32 octets in a line of an `id_ed25519.pub` (RFC 8709 section 4); None of another kind."""
    try:
        name, blob, *_ = line.split()
        kind, octets = _strings(base64.b64decode(blob, validate=True), 2)
    except (ValueError, binascii.Error, MalformedError):
        return None
    return octets if name.encode() == kind == _KIND and len(octets) == 32 else None


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _strings(data: bytes, count: int) -> list[bytes]:
    """So many length-prefixed strings, and nothing after them; raises `MalformedError`."""
    found, at = [], 0
    for _ in range(count):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if at + 4 > len(data) or end > len(data):
            raise MalformedError("cut off")
        found.append(data[at + 4 : end])
        at = end
    if at != len(data):
        raise MalformedError("more than it should hold")
    return found
