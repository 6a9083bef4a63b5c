"""Group commit: records gather in memory, are signed in the order in which they came, and share one
transaction and one checkpoint.

For volume: an append that is durable costs a sync of the disk, however many it appends.
"""

from __future__ import annotations

import threading
import warnings
from collections import deque
from collections.abc import Callable
from typing import Any

from answerable.errors import AnswerableError, InvalidValueError
from answerable.recording import callsite
from answerable.recording.delivery import Delivery
from answerable.recording.kept import Kept
from answerable.recording.receipt import CustodyWarning, Place

# What makes a group, and how long a reader waits for it. A crash can take two groups: the one that
# is being signed, and the one that gathers meanwhile.
RECORDS = 256
SECONDS = 1.0


class Group:
    """Stands before a `Delivery`. `lock` is its owner's, who holds it at each call but `add`; a
    thread of the group's own takes it, signs by `sign`, and commits."""

    def __init__(
        self,
        delivery: Delivery,
        lock: threading.RLock,
        sign: Callable[[Kept[Any]], list[bytes]],
        *,
        raises: bool,
    ) -> None:
        """`sign` gives the record's envelope, after those that must come before it; `raises`
        says that who records is to be told of an outage."""
        self._delivery = delivery
        self._lock = lock
        self._sign = sign
        # The one takes from the left what others append on the right; neither needs a lock.
        self._coming: deque[Kept[Any]] = deque()
        self._signed: list[tuple[bytes, Place]] = []
        self._committer: _Committer | None = None
        self._room = RECORDS if raises else 2 * RECORDS

    def has_room(self) -> bool:
        """True if one more may wait unsigned. Where an outage is to be raised, the record that
        fills a group is told of it; elsewhere another group may gather while that is signed."""
        return self._count() + 1 < self._room

    def add(self, kept: Kept[Any]) -> bool:
        """Let a record wait for its group, unsigned. Its owner need not hold the lock, which a
        thread that signs holds for long. False if nobody else would commit it."""
        self._coming.append(kept)
        committer = self._committer
        if committer is None:
            return self._will_be_committed()
        if self._count() >= RECORDS:
            committer.is_due.set()
        return True

    def deliver(self, envelopes: list[bytes], place: Place, *, at_once: bool) -> None:
        """Let a signed record, and what must come before it, wait for their group; the one that
        fills it commits it. All that came earlier is signed.

        Raises as `Delivery.deliver`; then these envelopes are not kept, while those that waited
        before them go on waiting.
        """
        self._take(envelopes, place)
        if at_once or len(self._signed) >= RECORDS or not self._will_be_committed():
            try:
                self._deliver()
            except BaseException:
                del self._signed[-len(envelopes) :]
                raise

    def sign(self) -> None:
        """Sign what has come, in order. Raises what `sign` does; what could not be signed waits."""
        while self._coming:
            kept = self._coming[0]
            # Whatever interrupts this leaves the record where it is, or in both places: it is
            # signed once, and the ledger takes the same bytes once.
            try:
                self._take(self._sign(kept), kept.place)
            except InvalidValueError as error:
                # It was weighed before it came; were it not, it would keep back all that follow.
                kept.fault = error
                self._coming.popleft()
                self._warn(f"a record could not be signed, and is lost: {error}")
            else:
                self._coming.popleft()

    def commit(self) -> int:
        """Sign and deliver what waits, and return how many that were; raises as
        `Delivery.deliver`."""
        self.sign()
        return self._deliver()

    def close(self) -> None:
        """Commit. What can be kept nowhere is warned of."""
        if self._committer is not None:
            self._committer.dismiss()
            self._committer = None
        try:
            self.commit()
        except AnswerableError as error:
            self._warn(f"{self._count()} records are lost: {error}")

    def commit_as_due(self, committer: _Committer) -> bool:
        """For the group's own thread: commit. False if that is no longer its task."""
        with self._lock:
            if self._committer is not committer:
                return False  # closed meanwhile
            committer.is_due.clear()
            try:
                self.commit()
            except AnswerableError as error:
                self._warn(f"{self._count()} records wait in memory: {error}")
            else:
                if self._coming:
                    return True
            self._committer = None
        # One that came just now has seen the committer still there.
        if self._coming and self._committer is None:
            self._will_be_committed()
        return False

    def _take(self, envelopes: list[bytes], place: Place) -> None:
        *before, envelope = envelopes
        self._signed += [*((each, Place()) for each in before), (envelope, place)]

    def _deliver(self) -> int:
        waiting = self._signed
        if waiting:
            places = self._delivery.deliver(*(envelope for envelope, _ in waiting))
            self._signed = []
            for (_, place), found in zip(waiting, places, strict=True):
                # The index last: it is what says that the rest is there.
                place.checkpoint, place.index = found.checkpoint, found.index
        return len(waiting)

    def _will_be_committed(self) -> bool:
        if self._committer is None:
            committer = _Committer(self)
            try:
                committer.start()
            except RuntimeError:  # the interpreter is shutting down, or has no thread left
                return False
            self._committer = committer
        return True

    def _count(self) -> int:
        return len(self._coming) + len(self._signed)

    def _warn(self, told: str) -> None:
        warnings.warn(told, CustodyWarning, stacklevel=callsite.stack_level())


class _Committer:
    """The thread of a group: it commits when the group is full, and otherwise in time."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self.is_due = threading.Event()
        self._is_dismissed = False

    def start(self) -> None:
        """Raises `RuntimeError` where no thread can be had."""
        threading.Thread(target=self._run, name="answerable-group", daemon=True).start()

    def dismiss(self) -> None:
        """Let it end without another commit."""
        self._is_dismissed = True
        self.is_due.set()

    def _run(self) -> None:
        while True:
            self.is_due.wait(SECONDS)
            if self._is_dismissed or not self._group.commit_as_due(self):
                return
