"""Where envelopes wait that the ledger would not take: files, fsynced, checksummed, bounded, and
drained in order.

A file is named after the time of its keeping and the digest of its bytes. Its first line is JSON:
the delegation that introduces the session, and the log that was at the address when it was kept.
Each line after that is an envelope, signed already, so that waiting changes nothing about it.
Draining the same file twice is harmless: a ledger takes the same bytes once.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs

from answerable import durable, jsontext, late
from answerable.errors import CustodyError, MalformedError
from answerable.location import name_for, stable

_LINES = 4096  # more than a file of ours has
_COUNT_SECONDS = 1.0
_BATCH = 256


@attrs.frozen
class Parcel:
    """What waits in one file: envelopes of one session, in the order of signing.

    `delegation` is the envelope that introduces the session, `log` the origin of the log that was
    at the address; either is None where it was not known. `replaces` names files that this one
    stands for.
    """

    envelopes: tuple[bytes, ...]
    delegation: bytes | None = None
    log: str | None = None
    replaces: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        told = {
            "delegation": self.delegation.decode() if self.delegation else None,
            "log": self.log,
            "replaces": list(self.replaces),
        }
        return b"\n".join([jsontext.dumps(told), *self.envelopes])

    @classmethod
    def from_bytes(cls, data: bytes) -> Parcel:
        """Raises `MalformedError`, also where an envelope holds no record."""
        first, *envelopes = data.split(b"\n", _LINES)
        told = jsontext.loads(first, limit=8 * jsontext.MAX_BYTES)
        if not isinstance(told, dict):
            raise MalformedError("not a waiting record")
        if "payload" in told:  # as version 0.1.0 kept it: the envelope alone
            told, envelopes = {}, [first]
        if not envelopes:
            raise MalformedError("no waiting record")
        delegation, log = told.get("delegation"), told.get("log")
        replaces = told.get("replaces", [])
        if not all(each is None or isinstance(each, str) for each in (delegation, log, *replaces)):
            raise MalformedError("not a waiting record")
        for envelope in envelopes:
            _require_record(envelope)
        introduced = delegation.encode() if delegation else None
        return cls(tuple(envelopes), introduced, log, tuple(replaces))


@attrs.define
class Spool:
    """The waiting envelopes of one ledger, under the home directory; `limit` bounds its bytes."""

    folder: Path
    limit: int
    _last: int = 0
    _held: int = 0
    _count_at: float = 0.0

    @classmethod
    def of(cls, home: Path, ledger: str, limit: int) -> Spool:
        """The spool of the ledger at that address."""
        name = name_for(stable(ledger))
        return cls(home / "spool" / name, limit)

    def keep(self, parcel: Parcel) -> Path:
        """Write the parcel durably; raises `CustodyError` if that fails too, or if the spool
        would then hold more than its limit."""
        data = parcel.to_bytes()
        self._require_room(len(data))
        # Sorted by time of keeping, and a chain's envelopes are kept in the order of signing,
        # also while the clock stands still or goes back.
        self._last = max(self._last + 1, time.time_ns())
        place = self.folder / f"{self._last:020d}-{_mark(data)}.envelope"
        self._write(place, data)
        self._held += len(data)
        return place

    def waiting(self) -> list[Path]:
        """The files that wait, in the order in which they were kept."""
        return sorted(self._files("*.envelope"))

    def _files(self, named: str) -> Iterator[Path]:
        # Somebody may have put a directory there, or a pipe, which would be read for ever.
        return (path for path in self.folder.glob(named) if path.is_file())

    def parcels(self, damaged: Callable[[Path], object]) -> Iterator[tuple[Path, Parcel]]:
        """What waits, oldest first. Raises `CustodyError` where a file cannot be read.

        A file whose bytes are not those that were kept, or are no records, would spoil the ledger
        for good: it is set aside under another name, which `damaged` is told.
        """
        for place in self.waiting():
            with self._reading(place):
                if (parcel := self._parcel(place, damaged)) is not None:
                    yield place, parcel

    def drain(
        self, deliver: Callable[[Sequence[bytes]], object], damaged: Callable[[Path], object]
    ) -> int:
        """Deliver what waits, oldest first, some at once, and return how many envelopes that were.

        Stops at the first that fails, and raises what `deliver` raised, or `CustodyError` where
        a file cannot be read or removed.
        """
        drained, batch, places = 0, list[bytes](), list[Path]()
        for place, parcel in self.parcels(damaged):
            batch += parcel.envelopes
            places.append(place)
            if len(batch) >= _BATCH:
                drained += self._delivered(deliver, batch, places)
                batch, places = [], []
        if batch:
            drained += self._delivered(deliver, batch, places)
        self._count_at = 0.0
        return drained

    def _delivered(
        self, deliver: Callable[[Sequence[bytes]], object], batch: list[bytes], places: list[Path]
    ) -> int:
        deliver(batch)
        for place in places:
            with self._reading(place):
                place.unlink()
        return len(batch)

    def replace(
        self, places: list[Path], parcel: Parcel, damaged: Callable[[Path], object]
    ) -> None:
        """Put one parcel where several were, at once; raises `CustodyError`."""
        data = attrs.evolve(parcel, replaces=tuple(p.name for p in places)).to_bytes()
        since = places[0].stem.partition("-")[0]
        self._write(self.folder / f"{since}-{_mark(data)}.replacing", data)
        self.settle(damaged)

    def settle(self, damaged: Callable[[Path], object]) -> None:
        """Remove what was replaced, also where a crash came between. What replaces nothing, as its bytes are
        not those that were kept, is set aside, which `damaged` is told. Raises `CustodyError`."""
        for place in self._files("*.replacing"):
            with self._reading(place):
                if (parcel := self._parcel(place, damaged)) is None:
                    continue
                for name in parcel.replaces:
                    if "/" not in name and name.endswith(".envelope"):
                        (self.folder / name).unlink(missing_ok=True)
                place.rename(place.with_suffix(".envelope"))

    def _parcel(self, place: Path, damaged: Callable[[Path], object]) -> Parcel | None:
        """What is in the file; None of one that is set aside. Raises OSError."""
        data = place.read_bytes()
        try:
            if place.stem.rpartition("-")[2] not in (_mark(data), _mark(data)[:16]):
                raise MalformedError("not the bytes that were kept")
            return Parcel.from_bytes(data)
        except MalformedError:
            damaged(self.set_aside(place))
            return None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """No other process is in here meanwhile, where the system has such locks."""
        with durable.locked(self.folder / "lock"):
            yield

    def set_aside(self, place: Path) -> Path:
        """Under another name, where it is in nobody's way; raises OSError."""
        return place.rename(place.with_name(f"{place.stem}.{secrets.token_hex(4)}.damaged"))

    def _write(self, place: Path, data: bytes) -> None:
        try:
            durable.replace(place, data)
        except OSError as error:
            raise CustodyError(
                f"the record could be kept neither in the ledger nor in {self.folder}: "
                f"{error.strerror}",
                hint="nothing holds this record: free space, or set ANSWERABLE_HOME elsewhere",
            ) from None

    def _require_room(self, more: int) -> None:
        # Other processes keep theirs here too, and drain it: counted anew now and then.
        if time.monotonic() >= self._count_at:
            self._held, self._count_at = self._counted(), time.monotonic() + _COUNT_SECONDS
        if self._held + more > self.limit:
            raise CustodyError(
                f"the ledger is out of reach, and {self.folder} holds {self._held:,} bytes "
                f"already, of {self.limit:,} that it may",
                hint="nothing holds this record: bring the ledger back and run "
                "`answerable flush`, or allow more by ANSWERABLE_SPOOL_BYTES",
            )

    def _counted(self) -> int:
        held = 0
        for place in self.folder.glob("*.envelope"):
            with contextlib.suppress(OSError):  # drained meanwhile
                held += place.stat().st_size
        return held

    @contextlib.contextmanager
    def _reading(self, place: Path) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:  # another process drained it
            pass
        except OSError as error:
            raise CustodyError(f"cannot drain {place}: {error.strerror}") from None


def _require_record(data: bytes) -> None:
    # Here: only a spool that is drained needs them.
    with late.importing:
        from answerable import statement
        from answerable.signing import Envelope

    statement.from_bytes(Envelope.from_bytes(data).payload)


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
