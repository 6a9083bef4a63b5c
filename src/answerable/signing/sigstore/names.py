"""Whom a Sigstore certificate names: `sigstore:ISSUER#IDENTITY`, as delegations and policies have it.

Nothing in it stands for anything else: the issuer is the one that the certificate names (Fulcio's extension
1.3.6.1.4.1.57264.1.8), the identity its one subject alternative name, both to the letter.
"""

from __future__ import annotations

import re
from typing import Final

from answerable.errors import MalformedError

PREFIX: Final = "sigstore:"
MAX_NAME: Final = 512
# Printable ASCII but for the star, which elsewhere stands for anything; an issuer has no fragment.
_NAME: Final = re.compile(r'sigstore:(https://[!"$-)+-~]+)#([!-)+-~]+)')


def is_name(told: str) -> bool:
    """True of what claims to be one, in its one spelling or not."""
    return told.startswith(PREFIX)


def checked(told: str) -> str:
    """The name, if it is one; raises `MalformedError`."""
    parts(told)
    return told


def parts(told: str) -> tuple[str, str]:
    """Issuer and identity; raises `MalformedError`."""
    found = _NAME.fullmatch(told) if len(told) <= MAX_NAME else None
    if found is None:
        raise MalformedError(
            f"no Sigstore identity: {told!r:.80}",
            hint="write sigstore:https://ISSUER#IDENTITY, in full: nothing in it stands for anything else",
        )
    return found[1], found[2]
