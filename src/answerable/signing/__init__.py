"""Signatures: DSSE envelopes, the keys that make them, and the session that holds one."""

from answerable.signing.dsse import PAYLOAD_TYPE, Envelope, Signature, envelope_digest, pae
from answerable.signing.ed25519 import verifies
from answerable.signing.keys import Keyring, key_id, low_order, raw
from answerable.signing.policy import Policy, Revoked, Rule, Signed, parse, satisfied
from answerable.signing.session import Session
from answerable.signing.signed import signed_of

__all__ = [
    "PAYLOAD_TYPE",
    "Envelope",
    "Keyring",
    "Policy",
    "Revoked",
    "Rule",
    "Session",
    "Signature",
    "Signed",
    "envelope_digest",
    "key_id",
    "low_order",
    "pae",
    "parse",
    "raw",
    "satisfied",
    "signed_of",
    "verifies",
]
