"""A record that has been given into custody: signed by now, or in its turn."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from answerable.errors import AnswerableError, IncompleteDecisionError
from answerable.model import Custody, Emission, Record
from answerable.recording import clock
from answerable.recording.receipt import Place, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

_R = TypeVar("_R", bound=Record)


@attrs.define
class Sealed:
    """What signing made of a record: its place in the chain, and the envelope."""

    emission: Emission
    envelope: bytes
    digest: str


@attrs.define(eq=False)
class Kept(Generic[_R]):
    """`given` is the record as it was when its custody began, which is `recorded_at`.

    `sign_now` signs what was given before it, and it.
    """

    given: _R
    sign_now: Callable[[], object]
    recorded_at: datetime = attrs.field(factory=clock.now)
    place: Place = attrs.field(factory=Place)
    sealed: Sealed | None = None
    fault: AnswerableError | None = None
    _record: _R | None = None
    _pid: int = attrs.field(factory=os.getpid)

    @property
    def record(self) -> _R:
        """The record as it was signed, with its custody. Raises what kept it from being signed."""
        if self._record is None:
            sealed = self.signed()
            self._record = attrs.evolve(
                self.given,
                emission=sealed.emission,
                recorded_at=self.recorded_at,
                custody=Custody(
                    envelope=sealed.envelope,
                    digest=sealed.digest,
                    index=self.place.index,
                    verified=True,
                ),
            )
        return self._record

    @property
    def receipt(self) -> Receipt:
        """Where it is kept, as of whenever the receipt is asked."""
        return Receipt(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # In another process it is what it was: nothing there could sign it.
        known = (self.given, _nothing, self.recorded_at, self.place, self.signed())
        return Kept, known

    def signed(self) -> Sealed:
        """What was signed; signs it, where that has not been done yet."""
        if self.sealed is None and self.fault is None and self._pid == os.getpid():
            self.sign_now()
        if self.sealed is None:
            raise self.fault or IncompleteDecisionError(
                "the record is the parent's, which has not signed it yet",
                hint="ask before the fork, or in the parent",
            )
        return self.sealed


def _nothing() -> None:
    """What is signed is not signed again."""
