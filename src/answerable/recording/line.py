"""Threads that record durably at once share a commit: whoever is first in the line keeps what all have brought.

While one of them waits for the disk, the others can only wait, each for a commit of its own. Instead each puts its
record into the line, and waits for its turn at the lock. Whoever has that next signs and delivers all that came
meanwhile, in their order, in one transaction; the others find theirs kept. Nothing is acknowledged before.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import attrs

from answerable.model import Record
from answerable.recording import clock
from answerable.recording.kept import Kept
from answerable.recording.receipt import Place

_R = TypeVar("_R", bound=Record)


@attrs.define(eq=False)
class _Turn:
    """A record in the line: `kept` once it is signed, `is_done` once it is kept or is not to be (`error`)."""

    record: Record
    kept: Kept[Any] | None = None
    together: _Together | None = None
    error: Exception | None = None
    is_done: bool = False

    def end(self, error: Exception | None = None) -> None:
        """Nobody has to do anything about it any more."""
        self.error, self.is_done = error, True
        self.together = None  # which refers to it: else both would wait for a collector


@attrs.define(eq=False)
class _Together:
    """What is signed to be delivered as one. Once it `is_signed`, it stays that: an interrupted delivery
    is made again by whoever waits, with the same bytes, which a ledger takes once."""

    turns: list[_Turn] = attrs.field(factory=list)
    envelopes: list[bytes] = attrs.field(factory=list)
    places: list[int] = attrs.field(factory=list)
    is_signed: bool = False


class Line:
    """Stands before a `Delivery`, and holds its owner's `lock` while it signs and delivers."""

    def __init__(
        self,
        lock: threading.RLock,
        sign: Callable[[Kept[Any]], list[bytes]],
        deliver: Callable[[Sequence[bytes]], list[Place]],
        abandon: Callable[[], None],
        again: Callable[[], object],
    ) -> None:
        """`sign` gives a record's envelope, after those that must come before it; `abandon` ends the chain
        in which it does so; `again` is what signs for a `Kept`."""
        self._lock = lock
        self._sign = sign
        self._deliver = deliver
        self._abandon = abandon
        self._again = again
        # Each appends on the right, whoever holds the lock takes from the left: neither needs another.
        self._coming: deque[_Turn] = deque()
        self._here: set[_Turn] = set()
        self._is_signing = False

    def keep(self, record: _R, *, alone: bool = False) -> Kept[_R]:
        """The record, kept. `alone` is one that nobody else can sign, as it is signed by a key of its own.
        Raises what signing or delivering it does."""
        turn = _Turn(record)
        try:
            self._here.add(turn)
            if not alone:
                self._coming.append(turn)
            with self._lock:
                if not turn.is_done:
                    self._serve(turn, alone=alone)
        except BaseException:
            # Interrupted before its turn: as if it had not come, unless somebody has taken it already.
            with suppress(ValueError):
                self._coming.remove(turn)
            raise
        finally:
            self._here.discard(turn)
        if self._here:
            # A lock goes to whoever asks while the others wake up: without a pause this thread would be back
            # with its next record, and those who find theirs kept could not go and fetch theirs.
            time.sleep(0)
        if turn.error is not None:
            raise turn.error
        assert turn.kept is not None
        return turn.kept

    def _serve(self, turn: _Turn, *, alone: bool) -> None:
        together = turn.together
        if together is None or not together.is_signed:
            together = self._signed([turn] if alone else self._come(turn))
        try:
            places = self._deliver(together.envelopes) if together.envelopes else []
        except Exception as error:  # noqa: BLE001  # each of them is told, by its own thread
            for each in together.turns:
                if not each.is_done:
                    each.end(error)
            return
        for each, number in zip(together.turns, together.places, strict=True):
            assert each.kept is not None
            found = places[number]
            # The index last: it is what says that the rest is there.
            each.kept.place.checkpoint, each.kept.place.index = found.checkpoint, found.index
            each.end()

    def _come(self, turn: _Turn) -> Iterable[_Turn]:
        """All that have come, in their order; that one in any case, which who was interrupted may have lost."""
        found = []
        while self._coming:
            found.append(self._coming.popleft())
        return found if turn in found else [*found, turn]

    def _signed(self, turns: Iterable[_Turn]) -> _Together:
        if self._is_signing:
            self._abandon()  # somebody was interrupted at this: what they signed was never delivered
        self._is_signing = True
        together = _Together()
        for turn in turns:
            turn.together = together
            # By its own time: a chain is in the order of signing.
            turn.kept = Kept(turn.record, self._again, clock.now())
            try:
                together.envelopes += self._sign(turn.kept)
            except Exception as error:  # noqa: BLE001  # it is told by its own thread
                turn.end(error)
                continue
            together.turns.append(turn)
            together.places.append(len(together.envelopes) - 1)
        together.is_signed = True
        self._is_signing = False
        return together
