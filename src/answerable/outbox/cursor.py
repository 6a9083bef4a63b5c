"""How far a receiver has been sent what a ledger has: kept outside both, under the home directory.

One folder for each log and receiver. `cursor.json` in it is `{"next": N, "leaf": HEX}`: the place of
the first entry that is still to be sent, and the leaf hash of the one before it, so that a cursor of
another history is not believed. Losing a cursor loses nothing: all is sent again.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from answerable import durable, jsontext, late
from answerable.errors import MalformedError
from answerable.location import name_for

if TYPE_CHECKING:
    from answerable.ledger import Entry, Ledger

_LOOK_AGAIN: Final = 0.05
_held: set[int] = set()


@attrs.frozen
class Cursor:
    """The place of one receiver in one log. `folder` is for what a sender keeps of its own, too."""

    folder: Path

    @classmethod
    def of(cls, home: Path, origin: str, receiver: str) -> Cursor:
        """That of the log of that origin; `receiver` is the receiver's name, of which only a hash
        is kept."""
        return cls(home / "outbox" / name_for(origin) / name_for(receiver))

    def read(self, ledger: Ledger) -> int:
        """The place of the first entry that is to be sent; 0 where none was, or where the ledger
        has another entry than that which was sent. Raises `LedgerError`."""
        try:
            told = jsontext.loads((self.folder / "cursor.json").read_bytes())
        except (OSError, MalformedError):
            return 0
        place, leaf = (told.get("next"), told.get("leaf")) if isinstance(told, dict) else (0, "")
        if type(place) is not int or place < 1:
            return 0
        before = ledger.range(place - 1, place)
        return place if before and before[0].leaf.hex() == leaf else 0

    def write(self, sent: Entry) -> None:
        """All up to this entry is sent; raises OSError."""
        told = {"next": sent.index + 1, "leaf": sent.leaf.hex()}
        durable.replace(self.folder / "cursor.json", jsontext.dumps(told))

    @contextlib.contextmanager
    def alone(self, seconds: float = 0.0) -> Iterator[bool]:
        """Whether nobody else, of any process, is sending here, or is not any more within so many
        seconds; if so, nobody else will be during the block. Where the system has no such locks, or
        no place for one, it is True."""
        try:
            with late.importing:
                import fcntl

            durable.make_folder(self.folder)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except (ImportError, OSError):
            yield True
            return
        _held.add(handle)
        try:
            end = time.monotonic() + seconds
            while not _is_locked(handle):
                if time.monotonic() >= end:
                    yield False
                    return
                time.sleep(_LOOK_AGAIN)
            try:
                yield True
            finally:
                # A forked child has the handle too, so that closing it would let go of nothing.
                fcntl.flock(handle, fcntl.LOCK_UN)
        finally:
            _held.discard(handle)
            os.close(handle)


def _is_locked(handle: int) -> bool:
    with late.importing:
        import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


if hasattr(os, "register_at_fork"):

    def _let_go() -> None:
        # Else a child that outlives its killed parent would go on holding the lock.
        while _held:
            with contextlib.suppress(OSError):
                os.close(_held.pop())

    os.register_at_fork(after_in_child=_let_go)
