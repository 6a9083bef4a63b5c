"""Signatures: DSSE envelopes, the keys that make them, and the session that holds one."""

from answerable.signing.dsse import PAYLOAD_TYPE, Envelope, Signature, envelope_digest
from answerable.signing.keys import Keyring, key_id, low_order, raw
from answerable.signing.session import Session

__all__ = [
    "PAYLOAD_TYPE",
    "Envelope",
    "Keyring",
    "Session",
    "Signature",
    "envelope_digest",
    "key_id",
    "low_order",
    "raw",
]
