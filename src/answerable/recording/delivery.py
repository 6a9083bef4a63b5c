"""Envelopes on their way: into the ledger, or into the spool for as long as it refuses them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from answerable import late, location
from answerable.configuration import Settings
from answerable.errors import (
    AnswerableError,
    ConfigurationError,
    CustodyError,
    LedgerError,
    MalformedError,
    MissingExtraError,
    NotALedgerError,
)
from answerable.recording import callsite
from answerable.recording.receipt import CustodyWarning, Place
from answerable.recording.spool import Parcel, Spool

if TYPE_CHECKING:
    from answerable.ledger import Ledger
    from answerable.ledger.checkpoint import Checkpoint
    from answerable.recording.onward import Onward

# A refusal that took this long (a locked database) is not asked for again at every record: a
# pipeline may lose a tenth of its time to it, not all of it.
_SLOW_SECONDS = 1.0
_PAUSE_PER_SECOND = 9.0
_PARCEL = 256


class Delivery:
    """The way to one ledger. Its owner sees to it that one thread at a time uses it."""

    def __init__(
        self,
        settings: Settings,
        announce: Callable[[Sequence[bytes], Checkpoint], bytes | None],
        onward: Onward | None = None,
    ) -> None:
        """`announce` gives the envelope that goes in before what was late: it says so. `onward` is
        told what the ledger has taken."""
        self._settings = settings
        self._announce = announce
        self._place = location.shown(settings.ledger)
        self._onward = onward
        self._spool = Spool.of(settings.home, settings.ledger, settings.spool_bytes)
        # By the session's key: they travel with what waits.
        self._delegations: dict[str, bytes] = {}
        # The newest checkpoint that the ledger gave here.
        self.head: Checkpoint | None = None
        self._ledger: Ledger | None = None
        self._origin: str | None = None
        # Once something waits, what follows waits behind it, so that the order is kept.
        self._waiting = False
        # Of what it was warned since the ledger last took a record: an outage, and what waits.
        self._warned = set[bool]()
        self._retry_at = 0.0

    def deliver(self, *envelopes: bytes) -> list[Place]:
        """Append the envelopes under one checkpoint, or spool them if the ledger is out of reach.

        Raises `CustodyError` if the spool fails too, `LedgerError` instead of spooling under
        `on_failure="raise"`. What can never work is no outage, and is raised: a place that
        holds something else (`NotALedgerError`), a setting (`ConfigurationError`).
        """
        began = time.monotonic()
        try:
            if began < self._retry_at:
                raise LedgerError("it refused an earlier one")
            ledger = self._open()
            if self._waiting:
                self._drain()
            kept = ledger.append_all(envelopes)
        except NotALedgerError:
            raise
        except (LedgerError, CustodyError) as error:
            if self._settings.on_failure == "raise":
                raise
            self._wait(envelopes, error, began)
            return [Place() for _ in envelopes]
        self._warned.clear()
        self.head = kept[-1].covers
        if self._onward is not None:
            self._onward.appended()
        return [Place(each.index, each.checkpoint) for each in kept]

    def introduce(self, key_id: str, delegation: bytes) -> None:
        """Know the delegation of a session whose envelopes will come, and perhaps wait."""
        # Where nothing waits, each that is refused ends a session, for as long as the outage lasts.
        if self._settings.on_failure != "raise":
            self._delegations[key_id] = delegation

    def prepare(self) -> None:
        """Open the ledger, or make it, before it is needed. Raises as `deliver` does for what can
        never work; an outage may be over when it is needed."""
        began = time.monotonic()
        if began < self._retry_at:
            return
        try:
            self._open()
        except NotALedgerError:
            raise
        except LedgerError:
            self._pause(began)

    def newest(self) -> Checkpoint | None:
        """The ledger's newest checkpoint; None while it is out of reach. Raises as `deliver`
        does for what can never work."""
        began = time.monotonic()
        if began < self._retry_at:
            return None
        try:
            ledger = self._open()
            return ledger.verifier.open(ledger.checkpoint())
        except NotALedgerError:
            raise
        except (LedgerError, MalformedError):
            self._pause(began)
            return None

    def flush(self) -> int:
        """Append what waits, and return how many that were.

        Raises `LedgerError` if the ledger still refuses, `CustodyError` if the spool cannot be
        read.
        """
        self._retry_at = 0.0
        self._waiting = bool(self._spool.waiting())
        return self._drain() if self._waiting else 0

    def has_lost_its_ledger(self) -> bool:
        """True if what was open is gone, or another, by now. The next delivery opens what is there
        instead."""
        if self._ledger is None or not self._ledger.is_lost():
            return False
        self._let_go()
        return True

    def close(self) -> None:
        """Let go of the ledger, after a last attempt at what waits. Never raises."""
        # If it waits on, the user has been warned, and the next process tries again.
        with suppress(AnswerableError):
            if self._waiting and not self._retry_at:
                self._drain()
        self._let_go()
        self._delegations.clear()

    def _open(self) -> Ledger:
        if self._ledger is None:
            with late.importing:
                from answerable.ledger import Ledger

            self._prepare_default_folder()
            self._ledger = Ledger.open_or_create(self._settings.ledger, self._settings.home)
            self._waiting = bool(self._spool.waiting())
            self._compare(self._ledger.origin)
        return self._ledger

    def _drain(self) -> int:
        with late.importing:
            from answerable.recording.reissuing import reissue

        ledger, home = self._open(), self._settings.home
        try:
            with self._spool.alone():
                reissue(
                    self._spool, ledger.origin, home, self._warn_of_damage, self._warn_of_renewal
                )
                drained = self._spool.drain(self._append_late, self._warn_of_damage)
        except (ConfigurationError, MissingExtraError) as error:
            # It takes a new session, and whose key introduces that is perhaps away. What is signed already
            # must not be lost to it.
            told = f"what waits cannot be announced: {error.message}"
            raise CustodyError(told, hint=error.hint) from None
        self._waiting = False
        return drained

    def _append_late(self, envelopes: Sequence[bytes]) -> None:
        ledger = self._open()
        said = self._announce(envelopes, ledger.verifier.open(ledger.checkpoint()))
        ledger.append_all([*([said] if said else []), *envelopes])
        if self._onward is not None:
            self._onward.appended(late=True)

    def _pause(self, began: float) -> None:
        taken = time.monotonic() - began
        if taken > _SLOW_SECONDS:
            self._retry_at = time.monotonic() + _PAUSE_PER_SECOND * taken

    def _wait(self, envelopes: Sequence[bytes], error: AnswerableError, began: float) -> None:
        self._pause(began)
        for key, ours in groupby(envelopes, _signer):
            place = self._keep(key, list(ours))
        self._waiting = True
        of_what_waits = isinstance(error, CustodyError)
        if of_what_waits not in self._warned:
            self._warned.add(of_what_waits)
            warnings.warn(
                f"the ledger refused a record ({error.message}); it waits in {place.parent}. "
                "It goes in with the next one that the ledger takes, or by `answerable flush`",
                CustodyWarning,
                stacklevel=callsite.stack_level(),
            )

    def _keep(self, key: str, envelopes: list[bytes]) -> Path:
        for start in range(0, len(envelopes), _PARCEL):
            some = tuple(envelopes[start : start + _PARCEL])
            place = self._spool.keep(Parcel(some, self._delegations.get(key), self._origin))
        return place

    def _compare(self, origin: str) -> None:
        before, self._origin = self._origin, origin
        if before not in (None, origin):
            warnings.warn(
                f"{self._place} is another ledger than the one this process recorded "
                "in before: was it removed, or exchanged?",
                CustodyWarning,
                stacklevel=callsite.stack_level(),
            )

    def _warn_of_damage(self, place: Path) -> None:
        warnings.warn(
            f"a record that waited has been damaged, and is set aside in {place}",
            CustodyWarning,
            stacklevel=callsite.stack_level(),
        )

    def _warn_of_renewal(self, count: int) -> None:
        warnings.warn(
            f"{count} records had waited for another ledger than {self._place} is now; "
            "they were signed anew for this one",
            CustodyWarning,
            stacklevel=callsite.stack_level(),
        )

    def _let_go(self) -> None:
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            with suppress(AnswerableError):
                ledger.close()

    def _prepare_default_folder(self) -> None:
        folder = self._settings.folder / ".answerable"
        if self._settings.ledger == f"sqlite:///{folder / 'ledger.db'}" and not folder.exists():
            try:
                folder.mkdir(exist_ok=True)
                # Else the ledger itself would make every working tree look changed.
                (folder / ".gitignore").write_text("*\n")
            except OSError as error:
                raise LedgerError(f"cannot make {folder}: {error.strerror}") from None


def _signer(envelope: bytes) -> str:
    """The key of the session whose chain the envelope stands in: a delegation's second."""
    with late.importing:
        from answerable.signing import Envelope

    return Envelope.from_bytes(envelope).signatures[-1].key_id
