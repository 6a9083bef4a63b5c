"""What recording gives back, and how it warns."""

from __future__ import annotations

import attrs


class CustodyWarning(UserWarning):
    """A record waits on disk because the ledger would not take it, or custody is in doubt."""


@attrs.frozen
class Receipt:
    """Where a record is kept: its place in the ledger, or `index` None while it is spooled.

    `digest` is that of its envelope; `checkpoint` the signed note that first covered it.
    """

    index: int | None
    digest: str
    checkpoint: bytes | None = attrs.field(default=None, repr=False)

    @property
    def durable(self) -> bool:
        """True when the ledger has it; a spooled record is on disk, but not yet in the log."""
        return self.index is not None
