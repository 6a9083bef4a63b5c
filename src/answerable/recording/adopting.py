"""A version of the trust policy comes into force: a record like any other."""

from __future__ import annotations

from collections.abc import Sequence

from answerable.model import Endorsement, PolicyVersion
from answerable.recording.saying import say


def adopt(version: int, text: str, endorsements: Sequence[Endorsement]) -> PolicyVersion:
    """Record that the policy comes into force. Whether it is entitled to is for its reader."""
    return say(
        PolicyVersion, "policy", version=version, text=text, endorsements=tuple(endorsements)
    )
