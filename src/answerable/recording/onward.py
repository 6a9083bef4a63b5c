"""What the ledger has is sent on, to the views that the settings name.

Recording knows of a view that there is an outbox for it, and which records are worth waking it for; what
is sent, and how, is made where the outbox runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from answerable import late
from answerable.configuration import Settings
from answerable.errors import MissingExtraError
from answerable.model import Record, Step

if TYPE_CHECKING:
    from answerable.outbox import Outbox


_ends: tuple[int, float] | None = None


class Onward:
    """The outboxes of one configuration, told by a custodian, who holds its lock at `notice` and at
    `appended`."""

    def __init__(self, outboxes: tuple[Outbox, ...]) -> None:
        self.outboxes = outboxes
        # At first all of them: an earlier process may have left something unsent.
        self._due = set(outboxes)

    def notice(self, record: Record) -> None:
        """The record is about to go into the ledger, or to wait for its group."""
        for outbox in self.outboxes:
            if outbox not in self._due and outbox.wants(record):
                self._due.add(outbox)

    def gathered(self, record: Record) -> None:
        """The record waits for its group, which another thread may have committed by now: or, if
        not, says `appended` when it has."""
        for outbox in self.outboxes:
            if outbox not in self._due and outbox.wants(record):
                self._due.add(outbox)
                outbox.wake()

    def appended(self, *, late: bool = False) -> None:
        """The ledger has taken what was given to it; `late` is what another process noticed, if
        any."""
        if late:
            self._due.update(self.outboxes)
        while self._due:
            self._due.pop().wake()


def flush(all_of: Iterable[Onward | None]) -> None:
    """Let the receivers of all have what they have not, side by side, for a bounded time."""
    if outboxes := _outboxes(all_of):
        with late.importing:
            from answerable.outbox import flush_all

        flush_all(outboxes)


def close(all_of: Iterable[Onward | None], *, is_end: bool = False) -> None:
    """A last try for all, side by side, for a bounded time; `is_end` says that the process ends, which
    it does once: all that are closed then share that time."""
    if outboxes := _outboxes(all_of):
        with late.importing:
            from answerable.outbox import close_all

        close_all(outboxes, _end_of_process() if is_end else None)


def _outboxes(all_of: Iterable[Onward | None]) -> list[Outbox]:
    return [outbox for each in all_of if each is not None for outbox in each.outboxes]


def _end_of_process() -> float:
    global _ends  # noqa: PLW0603  # once in a process; a child that is forked has an end of its own
    if _ends is None or _ends[0] != os.getpid():
        with late.importing:
            from answerable.outbox import end_in

        _ends = os.getpid(), end_in()
    return _ends[1]


def of(settings: Settings) -> Onward | None:
    """What sends on for these settings; None where nothing does."""
    found = []
    if settings.stitch_to:
        with late.importing:
            from answerable.recording import stitched

        found.append(stitched.outbox(settings))
    if settings.mlflow:
        found.append(_in_mlflow(settings, settings.mlflow))
    if settings.timestamp_from:
        with late.importing:
            from answerable.recording import stamped

        found.append(stamped.outbox(settings))
    return Onward(tuple(found)) if found else None


def _in_mlflow(settings: Settings, uri: str) -> Outbox:
    with late.importing:
        from importlib.util import find_spec

        from answerable.exporters.mlflow.exporting import BATCH
        from answerable.exporters.mlflow.following import Follower
        from answerable.outbox import Outbox

    follower = Follower.of(uri)
    if not (find_spec("mlflow") and find_spec("opentelemetry.proto")):
        raise MissingExtraError("mlflow", "writing decisions to MLflow (mlflow)")
    return Outbox(
        ledger=settings.ledger,
        home=settings.home,
        receiver=f"mlflow {follower.place.name} {follower.experiment}",
        sender=lambda: follower,
        wanted=lambda record: not isinstance(record, Step),
        batch=BATCH,
    )
