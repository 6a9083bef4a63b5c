"""Cosignatures: a witness's word that it saw a checkpoint, and that this continues every other one
that it signed for the log. C2SP tlog-cosignature (https://c2sp.org/tlog-cosignature), Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.errors import MalformedError
from answerable.ledger.checkpoint import Checkpoint, parse
from answerable.signing.ed25519 import verifies
from answerable.signing.keys import low_order, raw

_TYPE = b"\x04"  # cosignature/v1 with Ed25519
# The last second that a date can name: a later time was never read off a clock.
_LAST = 253_402_300_799


@attrs.frozen
class Cosigner:
    """A witness that signs."""

    name: str
    _key: Ed25519PrivateKey = attrs.field(repr=False)

    @property
    def verifier(self) -> WitnessVerifier:
        """What others verify its cosignatures with."""
        return WitnessVerifier(self.name, raw(self._key.public_key()))

    def sign(self, checkpoint: Checkpoint, time: int) -> bytes:
        """The note's signature line; `time` in seconds since 1970."""
        sig = self._key.sign(_message(checkpoint, time))
        blob = base64.b64encode(self.verifier.mark + time.to_bytes(8, "big") + sig)
        return b"\xe2\x80\x94 %b %b\n" % (self.name.encode(), blob)


@attrs.frozen
class WitnessVerifier:
    """A witness's name and public key, in C2SP's vkey form `name+hash+base64`."""

    name: str
    public: bytes

    @classmethod
    def from_vkey(cls, vkey: str) -> WitnessVerifier:
        """Parse; raises `MalformedError`."""
        try:
            name, mark, blob = vkey.split("+", 2)
            data = base64.b64decode(blob, validate=True)
            if len(data) != 33 or data[:1] != _TYPE or low_order(data[1:]):
                raise ValueError("not the key of a witness that can be trusted")
            found = cls(name, data[1:])
            if found.vkey() != vkey or not mark or not named(name):
                raise ValueError("its hash is not its own")
        except (ValueError, binascii.Error) as error:
            raise MalformedError(f"not a witness's key: {error}") from None
        return found

    @property
    def mark(self) -> bytes:
        """The four octets by which a note's line names the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _TYPE + self.public).digest()[:4]

    def vkey(self) -> str:
        """The one line that others verify with."""
        return f"{self.name}+{self.mark.hex()}+{base64.b64encode(_TYPE + self.public).decode()}"

    def cosigned(self, note: bytes) -> int | None:
        """When this witness cosigned the note (seconds since 1970); None if it did not. Raises
        `MalformedError` for what is no checkpoint."""
        checkpoint, signatures = parse(note)
        for name, blob in signatures:
            if name == self.name and blob[:4] == self.mark and len(blob) == 76:
                time = int.from_bytes(blob[4:12], "big")
                signed = verifies(self.public, blob[12:], _message(checkpoint, time))
                if signed and 0 < time <= _LAST:
                    return time
        return None


def named(name: str) -> bool:
    """True for what may be a key's name in a signed note: no space and no plus in it."""
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def _message(checkpoint: Checkpoint, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (time, checkpoint.body())
