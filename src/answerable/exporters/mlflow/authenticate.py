"""Whether copied envelopes are what was signed, by the copies alone.

The rule is that of `answerable.history.authentication`. Whose the identity key is that vouches
for all of it, only the ledger or a policy can say.
"""

from __future__ import annotations

from collections.abc import Iterable

from answerable.history.authentication import Authenticator, read
from answerable.model import Delegation, Record


def authenticate(envelopes: Iterable[bytes]) -> list[Record]:
    """The records of `envelopes`, in their order, each with its custody (`index` is None).

    The delegations among them are what the others are checked against. Raises
    `MalformedError` for bytes that hold no record.
    """
    whole = list(envelopes)
    introducing: dict[str, list[tuple[int | None, bytes]]] = {}
    for data in whole:
        record, _ = read(data)
        if isinstance(record, Delegation) and record.emission is not None:
            introducing.setdefault(record.emission.key_id, []).append((None, data))
    authenticator = Authenticator(lambda key: introducing.get(key, []))
    return [authenticator.authenticate(data) for data in whole]
