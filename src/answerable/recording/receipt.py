"""What recording gives back, and how it warns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from answerable.recording.batching import Batch


class CustodyWarning(UserWarning):
    """A record waits on disk because the ledger would not take it, or custody is in doubt."""


@attrs.define(eq=False)
class Place:
    """Where a record has come to lie by now: filled in once the ledger has it."""

    index: int | None = None
    checkpoint: bytes | None = None


class _Sealed(Protocol):
    @property
    def digest(self) -> str: ...


class InCustody(Protocol):
    """A record that is signed now or later, and comes to lie somewhere."""

    place: Place

    def signed(self) -> _Sealed:
        """What was signed."""


@attrs.frozen
class Receipt:
    """Where a record is kept. It says so as of now: a record that waits (in the spool, or for
    its group) may have reached the ledger since."""

    _kept: InCustody = attrs.field(repr=False)

    @property
    def digest(self) -> str:
        """That of its envelope, `sha256:<hex>`. A record that waits for its group is signed for
        this, and those before it."""
        return self._kept.signed().digest

    @property
    def index(self) -> int | None:
        """The record's place in the ledger; None while it waits, and where another process
        delivered it."""
        return self._kept.place.index

    @property
    def checkpoint(self) -> bytes | None:
        """The signed note that first covered it."""
        return self._kept.place.checkpoint

    @property
    def durable(self) -> bool:
        """True when the ledger has it. A spooled record is on disk, but not yet in the log; one
        that waits for its group is in memory only."""
        return self._kept.place.index is not None


@attrs.define(eq=False)
class OutcomeReceipt:
    """Where an outcome is kept. It says so as of now: it is sealed with its batch, within a second.

    `str()` of it is its id, which `answerable explain` takes.
    """

    id: str
    _batch: Batch | None = attrs.field(default=None, repr=False)

    @property
    def sealed(self) -> bool:
        """True when the ledger has the record that seals it. Until then a crash can take it."""
        receipt = None if self._batch is None else self._batch.receipt
        return receipt is not None and receipt.durable

    @property
    def index(self) -> int | None:
        """The place in the ledger of the record that seals it; None before that."""
        receipt = None if self._batch is None else self._batch.receipt
        return None if receipt is None else receipt.index

    def __str__(self) -> str:
        return self.id
