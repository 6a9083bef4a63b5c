"""Several outboxes at once: none waits for another's receiver, and all together no longer than one would."""

from __future__ import annotations

from collections.abc import Iterable

from answerable.outbox.outbox import Outbox, end_in


def flush_all(outboxes: Iterable[Outbox]) -> None:
    """`Outbox.flush` of each, side by side."""
    end = end_in()
    for wait in [each.begin_flush() for each in outboxes]:
        wait(end)


def close_all(outboxes: Iterable[Outbox], end: float | None = None) -> None:
    """`Outbox.close` of each, side by side, until a time of `time.monotonic` where one is given."""
    end = end_in() if end is None else end
    for wait in [each.begin_close() for each in outboxes]:
        wait(end)
