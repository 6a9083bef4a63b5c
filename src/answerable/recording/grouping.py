"""Group commit: envelopes gather in memory, and share one transaction and one checkpoint.

For volume: an append that is durable costs a sync of the disk, however many it appends.
"""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING

from answerable.errors import AnswerableError
from answerable.recording import callsite
from answerable.recording.delivery import Delivery
from answerable.recording.receipt import CustodyWarning, Place

if TYPE_CHECKING:
    from answerable.ledger.checkpoint import Checkpoint

# What a crash can take, and how long a reader waits.
RECORDS = 256
SECONDS = 1.0


class Group:
    """Stands before a `Delivery`, and is used like one. `lock` is its owner's, who holds it at
    each call; after `SECONDS` a thread of the group's own takes it, and commits."""

    def __init__(self, delivery: Delivery, lock: threading.RLock) -> None:
        self._delivery = delivery
        self._lock = lock
        self._waiting: list[tuple[bytes, Place]] = []
        self._timer: threading.Timer | None = None

    @property
    def head(self) -> Checkpoint | None:
        """The newest checkpoint that the ledger gave here."""
        return self._delivery.head

    def deliver(self, *envelopes: bytes) -> list[Place]:
        """Let the envelopes wait for their group; the one that fills it commits it.

        Raises as `Delivery.deliver`; then these envelopes are not kept, while those that waited
        before them go on waiting.
        """
        added = [(envelope, Place()) for envelope in envelopes]
        self._waiting += added
        if len(self._waiting) >= RECORDS or not self._will_be_committed():
            try:
                self.commit()
            except BaseException:
                del self._waiting[-len(added) :]
                raise
        return [place for _, place in added]

    def commit(self) -> int:
        """Deliver what waits, and return how many that were; raises as `Delivery.deliver`."""
        waiting = self._waiting
        if waiting:
            places = self._delivery.deliver(*(envelope for envelope, _ in waiting))
            self._waiting = []
            for (_, place), found in zip(waiting, places, strict=True):
                # The index last: it is what says that the rest is there.
                place.checkpoint, place.index = found.checkpoint, found.index
        return len(waiting)

    def introduce(self, key_id: str, delegation: bytes) -> None:
        """As `Delivery.introduce`."""
        self._delivery.introduce(key_id, delegation)

    def prepare(self) -> None:
        """As `Delivery.prepare`."""
        self._delivery.prepare()

    def newest(self) -> Checkpoint | None:
        """As `Delivery.newest`."""
        return self._delivery.newest()

    def flush(self) -> int:
        """Commit, and append what waits in the spool; raises as `Delivery.flush`."""
        return self.commit() + self._delivery.flush()

    def has_lost_its_ledger(self) -> bool:
        """As `Delivery.has_lost_its_ledger`."""
        return self._delivery.has_lost_its_ledger()

    def close(self) -> None:
        """Commit, and let go of the ledger. What can be kept nowhere is warned of."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            self.commit()
        except AnswerableError as error:
            self._warn(f"{len(self._waiting)} records are lost: {error}")
        self._delivery.close()

    def _will_be_committed(self) -> bool:
        if self._timer is None:
            timer = threading.Timer(SECONDS, self._is_due)
            timer.daemon = True
            try:
                timer.start()
            except RuntimeError:  # the interpreter is shutting down, or has no thread left
                return False
            self._timer = timer
        return True

    def _is_due(self) -> None:
        with self._lock:
            if self._timer is not threading.current_thread():
                return  # closed meanwhile
            self._timer = None
            try:
                self.commit()
            except AnswerableError as error:
                self._warn(f"{len(self._waiting)} records wait in memory: {error}")

    def _warn(self, told: str) -> None:
        warnings.warn(told, CustodyWarning, stacklevel=callsite.stack_level())
