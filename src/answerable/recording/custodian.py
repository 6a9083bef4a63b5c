"""From a record to a receipt: signed by this process's session key, and sent on its way."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import weakref
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import attrs

from answerable.configuration import Settings
from answerable.errors import InvalidValueError, UsageError
from answerable.model import Actor, Custody, Decision, Observed, Record, Step
from answerable.recording import callsite, clock
from answerable.recording.delivery import Delivery
from answerable.recording.grouping import Group
from answerable.recording.quality import Lint
from answerable.recording.receipt import Receipt

if TYPE_CHECKING:
    from answerable.ledger.checkpoint import Checkpoint
    from answerable.recording.batching import Batches
    from answerable.signing import Session

_R = TypeVar("_R", bound=Record)


class Custodian:
    """Signs and keeps the records of one process under one configuration. Thread-safe; in a
    forked child it begins anew, since two processes must never continue one chain."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lint = Lint(strict=settings.strict)
        self.lock = threading.RLock()
        self._is_ending = False
        self._delivery = self._way()
        self._session: Session | None = None
        self._observed: Observed | None = None
        self._principal: Actor | None = None
        self._closes_at_exit = False
        self._is_prepared = False
        self._is_finalized = False
        self._inherited: list[Delivery | Group] = []
        self._outcomes: Batches | None = None
        _alive.add(self)

    @property
    def principal(self) -> Actor:
        """Who acts in this process."""
        if self._principal is None:
            from answerable import identity

            folder = self.settings.folder
            self._principal = identity.resolve(self.settings.actor, os.environ, folder)
        return self._principal

    @property
    def outcomes(self) -> Batches:
        """Where outcomes gather."""
        if self._outcomes is None:
            with self.lock:
                from answerable.recording.batching import Batches

                self._outcomes = self._outcomes or Batches(self)
        return self._outcomes

    def prepare(self) -> None:
        """Before anything runs that is to be recorded: raise what can never work, a place that
        holds something else, a home without a key that cannot be written. An outage is none."""
        if self._is_prepared:
            return
        with self.lock:
            # A child forked while another thread imports a module waits for that module for ever. A
            # fork waits for this lock, so what recording needs is imported, and run once, here.
            from answerable.otel import live  # noqa: F401
            from answerable.signing import Keyring

            callsite.commit_of(str(self.settings.folder))
            Keyring(self.settings.home).identity(self.principal.id)
            self._close_at_exit()
            self._delivery.prepare()
            self._is_prepared = True

    def keep(self, record: _R) -> tuple[_R, Receipt]:
        """Sign the record and keep it; gives it back with its emission and custody.

        Raises `InvalidValueError` if it is too large, and else as `Delivery.deliver` does.
        """
        with self.lock:
            self._close_at_exit()
            if self._delivery.has_lost_its_ledger():
                self._session = None
            emitted, envelope, receipt = self._kept(record)
            if isinstance(self._delivery, Group) and not isinstance(record, Decision | Step):
                self._delivery.commit()  # an approval takes effect once it lies in the log
        custody = Custody(
            envelope=envelope, digest=receipt.digest, index=receipt.index, verified=True
        )
        return attrs.evolve(emitted, custody=custody), receipt

    def _kept(self, record: _R) -> tuple[_R, bytes, Receipt]:
        # One time for both: a record must be neither older than the delegation that it is
        # signed under, nor younger than that lasts.
        now = clock.now()
        session, introduction = self._introduced(now)
        # If what follows is cut short, the envelope was perhaps appended, perhaps not. A chain
        # that went on would repeat a place or leave one out, so then another begins.
        self._session = None
        try:
            emitted, envelope = session.sign(record, self._observed, now)
        except (UsageError, ValueError) as error:
            # Nothing is signed, so that an old chain goes on, and a new one never was.
            self._session = None if introduction else session
            if isinstance(error, UsageError):
                raise
            raise InvalidValueError("the record holds a character that is not text") from None
        *_, place = self._delivery.deliver(*introduction, envelope)
        self._session = session
        self._observed = _observed(self._delivery.head) or self._observed
        return emitted, envelope, Receipt(session.last, place)

    def flush(self) -> int:
        """Append what waits, in its group or in the spool; raises `LedgerError` if the ledger
        still refuses."""
        with self.lock:
            if self._outcomes is not None:
                self._outcomes.seal()
            return self._delivery.flush()

    def close(self) -> None:
        """Let go of the ledger. What is recorded afterwards opens it again, and begins a new
        chain: by then it may be another ledger."""
        with self.lock:
            if self._outcomes is not None:
                self._outcomes.close()
            self._delivery.close()
            self._session = None
            self._is_prepared = False
            self._closes_at_exit = False
            atexit.unregister(self._end)

    def begin_anew(self) -> None:
        """As if nothing had been recorded yet. For a forked child: what was open stays open,
        because closing it would disturb the parent."""
        self._inherited.append(self._delivery)
        self._outcomes = None  # the parent seals them
        self.lock = threading.RLock()
        self._delivery = self._way()
        self._is_prepared = self._is_finalized = self._closes_at_exit = False
        self._session = None
        self._observed = None

    def _close_at_exit(self) -> None:
        if not self._closes_at_exit:
            self._closes_at_exit = True
            atexit.register(self._end)
            # A child of multiprocessing's ends without what atexit knows.
            if (util := sys.modules.get("multiprocessing.util")) and not self._is_finalized:
                self._is_finalized = True
                util.Finalize(self, self._end, exitpriority=0)

    def _end(self) -> None:
        """Close, as the process ends: nothing calls again, so that what comes now cannot gather."""
        with self.lock:
            self.close()
            self._is_ending = True
            self._delivery = self._way()

    def _way(self) -> Delivery | Group:
        delivery = Delivery(self.settings, self._announced)
        gathers = self.settings.durability == "group" and not self._is_ending
        return Group(delivery, self.lock) if gathers else delivery

    def _announced(self, envelopes: Sequence[bytes], head: Checkpoint) -> bytes | None:
        """A delegation that is about the records in the envelopes: its session delivers them, now.

        Its own, since those envelopes may stand in this process's chain too, and come after it.
        """
        from answerable.recording.reissuing import ids
        from answerable.signing import Keyring, Session

        if not (late := ids(envelopes)):
            return None
        key = Keyring(self.settings.home).identity(self.principal.id)
        session = Session(key, self.principal, self.settings.team)
        return session.introduce(clock.unique_id(), clock.now(), _observed(head), late)[1]

    def _introduced(self, now: datetime) -> tuple[Session, list[bytes]]:
        """The session; if it is a new one, also the delegation, which is to be kept first."""
        if self._session is not None and self._session.covers(now):
            return self._session, []
        from answerable.signing import Keyring, Session

        key = Keyring(self.settings.home).identity(self.principal.id)
        session = Session(key, self.principal, self.settings.team)
        self._observed = _observed(self._delivery.newest())
        _, envelope = session.introduce(clock.unique_id(), now, self._observed)
        self._delivery.introduce(session.key_id, envelope)
        return session, [envelope]


def _observed(head: Checkpoint | None) -> Observed | None:
    return None if head is None else Observed(size=head.size, root=head.root.hex())


_alive: weakref.WeakSet[Custodian] = weakref.WeakSet()

if hasattr(os, "register_at_fork"):
    # A fork waits until nobody is signing or writing: the child then finds every chain and every
    # database at rest, and no lock that a thread holds which it does not have.
    _forking = threading.Lock()
    _resting: list[Custodian] = []

    def _rest() -> None:
        _forking.acquire()
        _resting.extend(_alive)
        for custodian in _resting:
            custodian.lock.acquire()

    def _go_on() -> None:
        while _resting:
            _resting.pop().lock.release()
        _forking.release()

    def _begin_anew() -> None:
        global _forking  # noqa: PLW0603  # the one there is
        while _resting:
            _resting.pop().begin_anew()
        _forking = threading.Lock()

    os.register_at_fork(before=_rest, after_in_parent=_go_on, after_in_child=_begin_anew)
