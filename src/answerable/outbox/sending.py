"""One pass: from the cursor to the ledger's end, some entries at once, each passed on before the
cursor moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from answerable.outbox.cursor import Cursor
from answerable.outbox.resting import busy

if TYPE_CHECKING:
    from answerable.ledger import Entry, Ledger

Send: TypeAlias = "Callable[[Ledger, Sequence[Entry]], None]"


def pass_on(
    ledger: Ledger, cursor: Cursor, send: Send, *, batch: int, ends: Callable[[], bool]
) -> int:
    """Send what the cursor has not passed; returns how many entries that were. Between two batches
    it stops if `ends` says so. Raises what `send` raises, and `LedgerError`."""
    place, sent = -1, 0
    while not ends():
        with busy():
            place = cursor.read(ledger) if place < 0 else place
            entries = list(islice(ledger.entries(place, batch), batch))
        if not entries:
            break
        send(ledger, entries)
        place, sent = entries[-1].index + 1, sent + len(entries)
        # A home that cannot be written is no outage: they are sent again another time.
        with suppress(OSError), busy():
            cursor.write(entries[-1])
    return sent
