"""A policy that says something of everything, and the keys in it."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.signing import key_id, raw
from answerable.signing.ssh import public_line

KEYS = [raw(Ed25519PrivateKey.generate().public_key()) for _ in range(4)]
ANA, BO, CY, ROOT = map(key_id, KEYS)

POLICY = f"""
version = 7
[root]
threshold = 1
keys = ["{ROOT}", "{ANA}"]
[principals.ana]
keys = ["{ANA}"]
actor = "ana@bank.example"
[principals.bo]
keys = ["{BO}"]
[principals.cy]
keys = ["{public_line(KEYS[2])} cy's laptop"]
[[rule]]
kind = "threshold"
team = "credit-risk"
principals = ["ana"]
from = "2026-01-01"
until = 2027-01-01
[[rule]]
kind = "deploy"
principals = ["ana", "bo", "cy"]
threshold = 2
[[role]]
name = "head-of-credit-risk"
principal = "ana"
until = 2026-06-01
[[role]]
name = "role:head-of-credit-risk"
principal = "bo"
from = 2026-06-01T00:00:00Z
[[revoked]]
key = "{BO}"
after_index = 100
"""
