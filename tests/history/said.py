"""An index that says what it is told to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from answerable.ledger import Fault


@attrs.frozen
class Said:
    """What an index says, whatever is true."""

    introduces: Sequence[int] = ()
    adopt: Sequence[int] = ()
    ids: dict[str, int] = attrs.field(factory=dict)

    def faults(self, progress: Callable[[int, int], None]) -> Sequence[Fault]:
        return ()

    def introducing(self, key: str) -> Sequence[int]:
        assert key.startswith("SHA256:")
        return self.introduces

    def policies(self) -> Sequence[int]:
        return self.adopt

    def first(self, id: str) -> int | None:
        return self.ids.get(id)
