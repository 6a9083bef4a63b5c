"""Versions of a policy, put in force by whoever signs them."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable import statement
from answerable.model import PolicyVersion
from answerable.signing import Envelope
from answerable.signing.endorsing import endorse
from answerable.signing.keys import IdentityKey
from tests.history.forging import Forger, name_of

STRANGER = Ed25519PrivateKey.generate()


def text(forger: Forger, version: int = 1, *, threshold: int = 1, more: str = "") -> str:
    """A policy whose root keys are the forger's and a stranger's."""
    own, other = name_of(forger.identity), name_of(STRANGER)
    return f"""
version = {version}
[root]
threshold = {threshold}
keys = ["{own}", "{other}"]
[principals.ana]
keys = ["{own}"]
[principals.stranger]
keys = ["{other}"]
{more}
"""


def adopt(forger: Forger, told: str, *keys: IdentityKey, version: int = 1, **changes: Any) -> int:
    """Append a version of the policy, endorsed by those keys."""
    common = forger.decision()
    record = PolicyVersion(
        id=common.id,
        decided_at=common.decided_at,
        recorded_at=common.recorded_at,
        decided_by=common.decided_by,
        team=common.team,
        emission=common.emission,
        version=version,
        text=told,
        endorsements=tuple(endorse(changes.get("signed", told), key) for key in keys),
    )
    signer = [(name_of(forger.session), changes.get("by", forger.session))]
    return forger.append(Envelope.sign(statement.to_bytes(record), signer).to_bytes())


def id_of(number: int) -> str:
    """The id of the forger's record of that number, from 1 on."""
    return f"00000000-0000-7000-8000-{number:012d}"
