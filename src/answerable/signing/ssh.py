"""Keys in the forms that OpenSSH reads."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from answerable.signing import fido
from answerable.signing.policy import Policy

NAMESPACE = "answerable"


def public_line(public: bytes) -> str:
    """`ssh-ed25519 AAAA…` (RFC 8709 section 4), or that of a key on a FIDO token."""
    if fido.parts(public):
        return f"{fido.KIND.decode()} {base64.b64encode(public).decode()}"
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", public))
    return "ssh-ed25519 " + base64.b64encode(blob).decode()


def allowed_signers(policy: Policy, known: Mapping[str, str]) -> Iterator[str]:
    """A line for each principal's key whose octets are known (`known`: hex by fingerprint), as in
    ssh-keygen(1), ALLOWED SIGNERS. Keys that are revoked are left out."""
    revoked = {each.key for each in policy.revoked}
    for principal in policy.principals:
        public = {**known, **principal.octets}
        name = (principal.actor or principal.name).partition(":")[2] or principal.name
        for key in principal.keys:
            if key in public and key not in revoked:
                line = public_line(bytes.fromhex(public[key]))
                yield f'{name.replace(" ", "_")} namespaces="{NAMESPACE}" {line}'
