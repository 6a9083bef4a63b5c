"""From a record to a receipt: signed by this process's session key, and sent on its way."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from answerable import late
from answerable.configuration import Settings
from answerable.errors import InvalidValueError, UsageError
from answerable.model import Actor, Decision, Observed, Record, Step
from answerable.recording import callsite, clock, forking, onward
from answerable.recording.delivery import Delivery
from answerable.recording.grouping import Group
from answerable.recording.kept import Kept, Sealed
from answerable.recording.line import Line
from answerable.recording.quality import Lint
from answerable.recording.receipt import Place
from answerable.recording.weight import is_surely_signed

if TYPE_CHECKING:
    from answerable.ledger.checkpoint import Checkpoint
    from answerable.recording.batching import Batches
    from answerable.signing import Session
    from answerable.signing.keys import IdentityKey

_key_of_block: ContextVar[IdentityKey | None] = ContextVar("answerable key", default=None)
_R = TypeVar("_R", bound=Record)


class Custodian:
    """Signs and keeps the records of one process under one configuration. Thread-safe; in a
    forked child it begins anew, since two processes must never continue one chain."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lint = Lint(strict=settings.strict)
        self.lock = threading.RLock()
        self.onward = onward.of(settings)
        self._delivery, self._group, self._line = self._ways()
        self._session: Session | None = None
        self._observed: Observed | None = None
        self._principal: Actor | None = None
        self._closes_at_exit = False
        self._is_prepared = False
        self._is_finalized = False
        self._inherited: list[Delivery] = []
        self._outcomes: Batches | None = None
        forking.watch(self)

    @property
    def principal(self) -> Actor:
        """Who acts in this process."""
        if self._principal is None:
            with late.importing:
                from answerable import identity

            folder = self.settings.folder
            self._principal = identity.resolve(self.settings.actor, os.environ, folder)
        return self._principal

    @property
    def outcomes(self) -> Batches:
        """Where outcomes gather."""
        if self._outcomes is None:
            with self.lock:
                with late.importing:
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
            with late.importing:
                from answerable import signing  # noqa: F401
                from answerable.otel import live  # noqa: F401

            callsite.commit_of(str(self.settings.folder))
            self._identity_key()
            self._close_at_exit()
            self._delivery.prepare()
            self._is_prepared = True

    def keep(self, record: _R) -> Kept[_R]:
        """Sign the record and keep it; one that gathers may be signed later, in its turn.

        Raises `InvalidValueError` if it is too large, and else as `Delivery.deliver` does.
        """
        if not self._closes_at_exit:
            self._close_at_exit()
        group = self._group
        # What is said around decisions takes effect once it lies in the log.
        gathers = group is not None and isinstance(record, Decision | Step)
        # What might be refused is signed here, where whoever said it is told.
        if gathers and group is not None and group.has_room() and is_surely_signed(record):
            kept = Kept(record, self._sign_gathered)
            # The process may have ended its groups meanwhile.
            if not group.add(kept) or self._group is not group:
                self._commit(group)
            if not self._closes_at_exit:  # it was let go meanwhile, and is open again
                self._close_at_exit()
            if self.onward is not None:
                self.onward.gathered(record)
            return kept
        if group is None:
            # Nobody else signs with the key of a block.
            return self._line.keep(record, alone=_key_of_block.get() is not None)
        return self._kept(record, group, gathers=gathers)

    def _kept(self, record: _R, group: Group, *, gathers: bool) -> Kept[_R]:
        with self.lock:
            group.sign()
            kept = Kept(record, self._sign_gathered, clock.now())
            envelopes = self._noticed(kept)
            # As in signing: cut short here, the chain may not go on.
            session, self._session = self._session, None
            group.deliver(envelopes, kept.place, at_once=not gathers)
            self._session = session
            self._observed = _observed(self._delivery.head) or self._observed
            return kept

    def _noticed(self, kept: Kept[Any]) -> list[bytes]:
        """As `_sign`; views are told that it comes."""
        envelopes = self._sign(kept)
        if self.onward is not None:
            self.onward.notice(kept.given)
        return envelopes

    def _delivered(self, envelopes: Sequence[bytes]) -> list[Place]:
        # As in signing: cut short here, the chain may not go on.
        session, self._session = self._session, None
        places = self._delivery.deliver(*envelopes)
        self._session = session
        self._observed = _observed(self._delivery.head) or self._observed
        return places

    def _abandoned(self) -> None:
        self._session = None

    def _sign(self, kept: Kept[Any]) -> list[bytes]:
        """The record's envelope; before it a delegation, where it is a new session's first."""
        if kept.sealed is not None:
            return [kept.sealed.envelope]
        if self._delivery.has_lost_its_ledger():
            self._session = None
        # By its own time: a record must be neither older than the delegation that it is signed
        # under, nor younger than that lasts.
        session, introduction = self._introduced(kept.recorded_at)
        # If what follows is cut short, a place in the chain is perhaps taken, perhaps not. A chain
        # that went on would repeat a place or leave one out, so then another begins.
        self._session = None
        try:
            emission, envelope = session.seal(kept.given, self._observed, kept.recorded_at)
        except (UsageError, ValueError) as error:
            # Nothing is signed, so that an old chain goes on, and a new one never was.
            self._session = None if introduction else session
            if isinstance(error, UsageError):
                raise
            raise InvalidValueError("the record holds a character that is not text") from None
        kept.sealed = Sealed(emission, envelope, session.last)
        self._session = session
        return [*introduction, envelope]

    def _sign_gathered(self) -> None:
        with self.lock:
            if self._group is not None:
                self._group.sign()

    def _commit(self, group: Group) -> None:
        with self.lock:
            group.commit()

    def flush(self) -> int:
        """Append what waits, in its group or in the spool; raises `LedgerError` if the ledger
        still refuses."""
        flushed = self.commit()
        onward.flush([self.onward])
        return flushed

    def commit(self) -> int:
        """The same, and no view is let have it."""
        with self.lock:
            if self._outcomes is not None:
                self._outcomes.seal()
            flushed = self._group.commit() if self._group is not None else 0
            return flushed + self._delivery.flush()

    def close(self) -> None:
        """Let go of the ledger, and let views have what they have not."""
        self.let_go()
        onward.close([self.onward])  # last: by now all that gathered is in the ledger

    def let_go(self) -> None:
        """Let go of the ledger. What is recorded afterwards opens it again, and begins a new
        chain: by then it may be another ledger."""
        with self.lock:
            if self._outcomes is not None:
                self._outcomes.close()
            if self._group is not None:
                self._group.close()
            self._delivery.close()
            self._session = None
            self._is_prepared = False
            self._closes_at_exit = False
            atexit.unregister(self._end)

    def finish(self) -> None:
        """Before a fork: the child cannot sign what was the parent's, and may ask for it."""
        # What fails stays where it is, and is told to whoever asks next.
        with suppress(Exception):
            self._sign_gathered()

    def begin_anew(self) -> None:
        """As if nothing had been recorded yet. For a forked child: what was open stays open,
        because closing it would disturb the parent."""
        self._inherited.append(self._delivery)
        self._outcomes = None  # the parent seals them
        self.lock = threading.RLock()
        self._delivery, self._group, self._line = self._ways()
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
            # First: whoever adds to the group from now on sees that, and commits.
            group, self._group = self._group, None
            if group is not None:
                group.close()
            self.let_go()
        onward.close([self.onward], is_end=True)

    def _ways(self) -> tuple[Delivery, Group | None, Line]:
        delivery = Delivery(self.settings, self._announced, self.onward)
        line = Line(self.lock, self._noticed, self._delivered, self._abandoned, self._sign_gathered)
        if self.settings.durability != "group":
            return delivery, None, line
        raises = self.settings.on_failure == "raise"
        return delivery, Group(delivery, self.lock, self._sign, raises=raises), line

    def _announced(self, envelopes: Sequence[bytes], head: Checkpoint) -> bytes | None:
        """A delegation that is about the records in the envelopes: its session delivers them, now.

        Its own, since those envelopes may stand in this process's chain too, and come after it.
        """
        with late.importing:
            from answerable.recording.reissuing import ids
            from answerable.signing import Session

        if not (waited := ids(envelopes)):
            return None
        session = Session(self._identity_key(), self.principal, self.settings.team)
        return session.introduce(clock.unique_id(), clock.now(), _observed(head), waited)[1]

    def _introduced(self, now: datetime) -> tuple[Session, list[bytes]]:
        """The session; if it is a new one, also the delegation, which is to be kept first."""
        if self._session is not None and self._session.covers(now):
            return self._session, []
        with late.importing:
            from answerable.signing import Session

        session = Session(self._identity_key(), self.principal, self.settings.team)
        self._observed = _observed(self._delivery.newest())
        _, envelope = session.introduce(clock.unique_id(), now, self._observed)
        self._delivery.introduce(session.key_id, envelope)
        return session, [envelope]

    def _identity_key(self) -> IdentityKey:
        """The key that introduces the session: that of a block, else its principal's."""
        with late.importing:
            from answerable.signing import Keyring

        return _key_of_block.get() or Keyring(self.settings.home).identity(self.principal.id)


@contextmanager
def signing_with(key: IdentityKey) -> Iterator[None]:
    """For a block, sessions that begin are introduced by that key, whoever acts."""
    before = _key_of_block.set(key)
    try:
        yield
    finally:
        _key_of_block.reset(before)


def _observed(head: Checkpoint | None) -> Observed | None:
    return None if head is None else Observed(size=head.size, root=head.root.hex())
