"""Signatures under a policy's text, by its root keys: DSSE's encoding, with a type of its own, so
that none of them is taken for a record's."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from answerable import jsontext
from answerable.errors import MalformedError
from answerable.model import Endorsement
from answerable.signing.dsse import pae
from answerable.signing.ed25519 import verifies
from answerable.signing.identities import can_be_trusted
from answerable.signing.keys import IdentityKey, key_id, octets_of
from answerable.signing.policy import Policy
from answerable.signing.sshsig import holds

POLICY_TYPE = "application/vnd.answerable.policy+toml"


def endorse(text: str, key: IdentityKey) -> Endorsement:
    """The key's signature under the policy."""
    public = octets_of(key)
    sig = key.sign(pae(POLICY_TYPE, text.encode()))
    return Endorsement(
        key_id=key_id(public), public_key=public.hex(), sig=base64.b64encode(sig).decode()
    )


def endorsers(text: str, endorsements: Iterable[Endorsement]) -> set[str]:
    """The ids of the keys whose signature under the text verifies."""
    return {each.key_id for each in endorsements if _holds(text, each)}


def is_in_force_by(policy: Policy, endorsed: Iterable[str], index: int | None = None) -> bool:
    """True if enough of the policy's root keys are among those, for a version that stands at
    `index` (None: after all there is). Two keys of one principal are one person's word, and a key
    that is revoked by then is nobody's."""
    people = {
        owner.name if (owner := policy.principal_of(key)) else key
        for key in set(endorsed) & set(policy.root.keys)
        if policy.revocation_of(key, index) is None
    }
    return len(people) >= policy.root.threshold


def to_bytes(endorsement: Endorsement) -> bytes:
    """An endorsement as a file: JSON with `key_id`, `public_key`, `sig`."""
    return jsontext.dumps(
        {
            "key_id": endorsement.key_id,
            "public_key": endorsement.public_key,
            "sig": endorsement.sig,
        }
    )


def from_bytes(data: bytes) -> Endorsement:
    """Read one; raises `MalformedError`."""
    found = jsontext.loads(data)
    names = {"key_id", "public_key", "sig"}
    if not isinstance(found, dict) or set(found) != names:
        raise MalformedError("not a signature under a policy")
    if not all(isinstance(value, str) for value in found.values()):
        raise MalformedError("not a signature under a policy")
    return Endorsement(**found)


def _holds(text: str, each: Endorsement) -> bool:
    try:
        public = bytes.fromhex(each.public_key)
        sig = base64.b64decode(each.sig, validate=True)
        # One spelling each: else one key, or one signature, could be counted as two.
        if public.hex() != each.public_key or not can_be_trusted(public):
            return False
        if key_id(public) != each.key_id:
            return False
    except (ValueError, binascii.Error):
        return False
    message = pae(POLICY_TYPE, text.encode())
    return verifies(public, sig, message) if len(sig) == 64 else holds(public, sig, message)
