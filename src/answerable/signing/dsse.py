"""DSSE envelopes (https://github.com/secure-systems-lab/dsse, protocol v1.0.2).

DSSE signs exact bytes, so nothing is canonicalised to verify. The envelope's own bytes are the
ledger's leaf, and are stored verbatim.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from answerable import jsontext, late
from answerable.errors import InvalidValueError, MalformedError
from answerable.signing.ed25519 import verifies
from answerable.signing.keys import raw
from answerable.signing.sshsig import holds
from answerable.signing.swift import Signs

if TYPE_CHECKING:
    from answerable.usual import Opened

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@attrs.frozen
class Signature:
    """A key's id (a hint, never trusted) and its signature."""

    key_id: str
    sig: bytes


@attrs.frozen
class Envelope:
    """A signed payload."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]

    @classmethod
    def sign(cls, payload: bytes, signers: Sequence[tuple[str, Signs]]) -> Envelope:
        """Sign `payload` with each (key id, key); the key ids differ."""
        message = pae(PAYLOAD_TYPE, payload)
        made = tuple(Signature(name, key.sign(message)) for name, key in signers)
        return cls(payload, PAYLOAD_TYPE, made)

    @classmethod
    def from_bytes(cls, data: bytes) -> Envelope:
        """Parse strictly; raises `MalformedError`."""
        if (opened := _in_usual_spelling()(data)) is None:
            return cls.exactly_from_bytes(data)
        made = tuple(Signature(each.keyid, each.sig) for each in opened.signatures)
        return cls(opened.payload, opened.payloadType, made)

    @classmethod
    def exactly_from_bytes(cls, data: bytes) -> Envelope:
        """The same in whichever spelling, and the rule that decides: slower, and says what is wrong."""
        fields = jsontext.loads(data)
        try:
            # An exact set: a field that is not signed must not be able to say anything.
            if set(fields) != {"payload", "payloadType", "signatures"}:
                raise ValueError("fields other than payload, payloadType, signatures")
            if fields["payloadType"] != PAYLOAD_TYPE or not fields["signatures"]:
                raise ValueError("another payload type, or no signature")
            if any(set(s) != {"keyid", "sig"} for s in fields["signatures"]):
                raise ValueError("a signature with other fields than keyid, sig")
            made = tuple(Signature(s["keyid"], _decode(s["sig"])) for s in fields["signatures"])
            names = {signature.key_id for signature in made}
            if len(names) != len(made) or not all(isinstance(name, str) for name in names):
                raise ValueError("a key id that is not text, or stands twice")
            return cls(_decode(fields["payload"]), fields["payloadType"], made)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise MalformedError(f"not a DSSE envelope: {error}") from None

    def to_bytes(self) -> bytes:
        """The envelope as it is stored; raises `InvalidValueError` above 65,535 bytes."""
        # As `jsontext` writes it: only names and the type can hold what JSON escapes.
        signatures = b",".join(
            b'{"keyid":%b,"sig":"%b"}' % (jsontext.dumps(s.key_id), base64.b64encode(s.sig))
            for s in self.signatures
        )
        data = b'{"payload":"%b","payloadType":%b,"signatures":[%b]}' % (
            base64.b64encode(self.payload),
            jsontext.dumps(self.payload_type),
            signatures,
        )
        if len(data) > jsontext.MAX_BYTES:
            raise InvalidValueError(
                f"the signed record has {len(data):,} bytes, more than {jsontext.MAX_BYTES:,}",
                hint="keep large content as artifacts: the record then holds its digest",
            )
        return data

    def signed_by(
        self, name: str, key: Ed25519PublicKey | bytes, *, by_person: bool = False
    ) -> bool:
        """True if the signature under the key id `name` verifies with `key` (or its 32 octets), by
        the rule of `answerable.signing.ed25519`; `by_person`, it may be one that OpenSSH made."""
        for signature in self.signatures:
            if signature.key_id == name:
                public = key if isinstance(key, bytes) else raw(key)
                message = pae(self.payload_type, self.payload)
                if by_person and len(signature.sig) != 64:
                    return holds(public, signature.sig, message)
                return verifies(public, signature.sig, message)
        return False


def envelope_digest(data: bytes) -> str:
    """`sha256:<hex>` of an envelope's stored bytes: its name in chains, receipts and views."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is really signed."""
    return b"%b%d %b" % (_before(payload_type), len(payload), payload)


@lru_cache(maxsize=8)
def _before(payload_type: str) -> bytes:
    kind = payload_type.encode()
    return b"DSSEv1 %d %b " % (len(kind), kind)


@cache
def _in_usual_spelling() -> Callable[[bytes], Opened | None]:
    with late.importing:
        from answerable import usual
    return usual.opened


def _decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"not base64: {error}") from None
    # Re-encoding refuses the second spellings that base64's spare bits allow.
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64 that is not in its one canonical form")
    return data
