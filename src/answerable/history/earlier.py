"""Where things stand that a part of a ledger refers to, as the index says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from answerable.history.index import Index
from answerable.ledger import Fault

_OF_A_KEY = "introduces = ?"
_POLICIES = "type = 'policy'"


@attrs.frozen
class ByIndex:
    """Looks it up in an index. Raises `UnusableIndexError`."""

    _index: Index

    def faults(self, progress: Callable[[int, int], None]) -> Iterable[Fault]:  # noqa: ARG002  # who reads them tells of it
        """None: it looks at no entry."""
        return ()

    def introducing(self, key: str) -> Sequence[int]:
        """The delegations of that session key."""
        return sorted(self._index.places(_OF_A_KEY, [key]))

    def policies(self) -> Sequence[int]:
        """The records that put a policy in force."""
        return sorted(self._index.places(_POLICIES, ()))

    def first(self, id: str) -> int | None:
        """The first record of that id."""
        return self._index.first(id)
