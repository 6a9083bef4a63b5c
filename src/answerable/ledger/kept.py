"""Checkpoints kept outside the ledger, so that a shortened or exchanged ledger is found out.

One file a size; the largest counts. New files only ever replace smaller ones, so concurrent
writers need no lock.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import attrs

from answerable import durable
from answerable.errors import LedgerError, MalformedError
from answerable.ledger.checkpoint import parse
from answerable.location import name_for


@attrs.frozen
class KeptCheckpoints:
    """The newest checkpoint this user saw of each log, under the home directory."""

    home: Path

    def newest(self, origin: str) -> bytes | None:
        """The signed note with the largest size, or None; raises `LedgerError` if it cannot be
        read, since a comparison that was left out must not look like one that held, and
        `MalformedError` where it is not the one that its name says."""
        gone = None
        while kept := self._all(origin):
            path = kept[-1][1]
            try:
                note = path.read_bytes()
            except OSError as error:
                if isinstance(error, FileNotFoundError) and path != gone:
                    gone = path  # another process has put a larger one in its place by now
                    continue
                raise LedgerError(
                    f"cannot read the checkpoint kept in {path}: {error.strerror}",
                    hint="set ANSWERABLE_HOME to a directory of your own",
                ) from error
            if (size := _size_in(note)) not in (None, kept[-1][0]):
                # Under a name that is too large it would count for ever, and none that is larger be kept.
                raise MalformedError(f"it is one of {size} entries, and kept as {path.name}")
            return note
        return None

    def keep(self, origin: str, size: int, note: bytes) -> None:
        """Keep the note unless a larger one is kept. A home that cannot be written is no error:
        what is not kept is only not compared later."""
        with contextlib.suppress(OSError):
            before = self._all(origin)
            if before and before[-1][0] >= size:
                return
            durable.replace(self._folder(origin) / f"{size}.checkpoint", note)
            for _, path in before:
                path.unlink(missing_ok=True)

    def _all(self, origin: str) -> list[tuple[int, Path]]:
        found = self._folder(origin).glob("*.checkpoint")
        # `isdigit` alone is true of characters that `int` refuses, or takes for another name.
        return sorted((int(p.stem), p) for p in found if p.stem.isascii() and p.stem.isdigit())

    def _folder(self, origin: str) -> Path:
        return self.home / "checkpoints" / name_for(origin)


def _size_in(note: bytes) -> int | None:
    """What it says of its size; None of what is no checkpoint, of which its reader tells."""
    try:
        return parse(note)[0].size
    except MalformedError:
        return None
