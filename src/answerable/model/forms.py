"""Which fields hold text of a form of its own; of a list, each item has it. By the name of the field,
or of its class and the field."""

from __future__ import annotations

from typing import Final

ACTORS: Final = frozenset(
    {
        "Actor.id",
        "Ballot.actor",
        "accountable",
        "addressees",
        "consulted",
        "drafted_by",
        "holder",
        "informed",
        "owner",
        "principal",
    }
)
DIGESTS: Final = frozenset({"Approval.digest", "Withheld.digest"})


def has(form: frozenset[str], cls: str, field: str) -> bool:
    """True if the field of that class is of the form."""
    return field in form or f"{cls}.{field}" in form
