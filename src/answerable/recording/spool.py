"""Where envelopes wait that the ledger would not take: files, fsynced, drained in order.

The bytes are signed already, so waiting changes nothing about them. Draining the same file
twice is harmless: a ledger takes the same bytes once.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import attrs

from answerable import durable
from answerable.errors import CustodyError, MalformedError

# What waits must not fill the disk on which everything else runs.
MAX_BYTES = 1024 * 1024 * 1024


@attrs.define
class Spool:
    """The waiting envelopes of one ledger, under the home directory: at most `MAX_BYTES`."""

    folder: Path
    _last: int = 0
    _bytes: int | None = None

    @classmethod
    def of(cls, home: Path, ledger: str) -> Spool:
        """The spool of the ledger at that address."""
        return cls(home / "spool" / hashlib.sha256(ledger.encode()).hexdigest()[:32])

    def keep(self, envelope: bytes) -> Path:
        """Write the envelope durably; raises `CustodyError` if that fails too."""
        # Sorted by time of keeping, and a chain's envelopes are kept in the order of signing,
        # also while the clock stands still or goes back.
        self._last = max(self._last + 1, time.time_ns())
        self._require_room(len(envelope))
        place = self.folder / f"{self._last:020d}-{_mark(envelope)}.envelope"
        try:
            durable.replace(place, envelope)
        except OSError as error:
            raise CustodyError(
                f"the record could be kept neither in the ledger nor in {self.folder}: "
                f"{error.strerror}",
                hint="nothing holds this record: free space, or set ANSWERABLE_HOME elsewhere",
            ) from None
        return place

    def _require_room(self, more: int) -> None:
        if self._bytes is None or self._bytes + more > MAX_BYTES:
            # Others may have added to it, or drained it, since it was looked at.
            self._bytes = sum(path.stat().st_size for path in self.waiting())
        if self._bytes + more > MAX_BYTES:
            raise CustodyError(
                f"the record could not be kept: {self._bytes:,} bytes wait in {self.folder} already",
                hint="nothing holds this record: make the ledger reachable, then answerable flush",
            )
        self._bytes += more

    def waiting(self) -> list[Path]:
        """The files that wait, in the order in which they were kept."""
        # Somebody may have put a directory there, or a pipe, which would be read for ever.
        return sorted(path for path in self.folder.glob("*.envelope") if path.is_file())

    def drain(self, append: Callable[[bytes], object], damaged: Callable[[Path], object]) -> int:
        """Append what waits, oldest first, and return how many that were.

        Stops at the first that fails, and raises what `append` raised, or `CustodyError` where
        a file cannot be read or removed. A file whose bytes are not those that were kept, or are
        no record, would spoil the ledger for good: it is set aside under another name, which
        `damaged` is told.
        """
        drained = 0
        for place in self.waiting():
            try:
                envelope = place.read_bytes()
                if place.stem.rpartition("-")[2] != _mark(envelope) or not _is_record(envelope):
                    aside = f"{place.stem}.{secrets.token_hex(4)}.damaged"
                    damaged(place.rename(place.with_name(aside)))
                    continue
                append(envelope)
                place.unlink()
            except FileNotFoundError:  # another process drained it
                continue
            except OSError as error:
                raise CustodyError(f"cannot drain {place}: {error.strerror}") from None
            drained += 1
        return drained


def _is_record(data: bytes) -> bool:
    # Here: only a spool that is drained needs them.
    from answerable import statement
    from answerable.signing import Envelope

    try:
        statement.from_bytes(Envelope.from_bytes(data).payload)
    except MalformedError:
        return False
    return True


def _mark(envelope: bytes) -> str:
    return hashlib.sha256(envelope).hexdigest()[:16]
