"""A background thread that follows a ledger, and the few calls that a pipeline makes of it."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from answerable import late
from answerable.errors import AnswerableError, NotFoundError
from answerable.outbox.cursor import Cursor
from answerable.outbox.resting import busy
from answerable.outbox.sending import Send, pass_on

if TYPE_CHECKING:
    from answerable.ledger import Ledger
    from answerable.model import Record

BATCH: Final = 256
LAST_SECONDS = 5.0  # how long an ending process waits for what is under way
_SHORTEST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
# Of several processes one sends; the others wait for that a little, and look again.
_OTHERS_SECONDS: Final = 2.0
_OTHERS_PAUSE: Final = 1.0
_GATHERING: Final = 0.2  # what comes close together goes together
_SLOW_SECONDS: Final = 0.5
_log = logging.getLogger(__name__)


class ExportWarning(UserWarning):
    """A view (Jaeger, MLflow) does not take what is sent to it in the background."""


class Outbox:
    """Sends what a ledger has on to one receiver, in the background, from where it left off.

    It queues nothing: a thread reads the ledger from a cursor, which moves when a batch is taken and
    outlives the process. So an outage costs no memory and loses nothing, a later process catches up,
    and of several processes one sends at a time. Nothing here ever raises or waits in the pipeline.

    `ledger` is the address, `home` where the cursor is kept. `receiver` names the receiver and the
    purpose (`"otlp http://localhost:4318"`): another name begins anew. Leave credentials out of it.

    `sender` is called once, in the thread, when there is first something to send, and makes `send`:
    what is slow to import is imported there. `send(ledger, entries)` gets the open ledger and up to
    `batch` entries in order, all kinds among them. It returns when they are taken, or need not be.
    To have the same entries again later it raises, best an `AnswerableError`, whose message is the
    one warning of an outage (`ExportWarning`). So what it sends must be harmless to send twice. It
    bounds its own requests in time, records nothing, and takes `busy()` around what is no network.

    `wanted` tells which records are worth waking for; the others go with the next that is.
    """

    def __init__(
        self,
        *,
        ledger: str,
        home: Path,
        receiver: str,
        sender: Callable[[], Send],
        wanted: Callable[[Record], bool] | None = None,
        batch: int = BATCH,
    ) -> None:
        self._ledger = ledger
        self._home = home
        self._receiver = receiver
        self._sender = sender
        self._batch = batch
        self.wants: Callable[[Record], bool] = wanted or (lambda _: True)
        self._send: Send | None = None
        self._failures = 0
        # It cannot be imported once the interpreter shuts down, and then something may be sent for the
        # first time.
        with late.importing:
            import concurrent.futures.thread  # noqa: F401

        self._begin()
        _alive.add(self)

    def _begin(self) -> None:
        self._state = threading.Condition()
        self._thread: threading.Thread | None = None
        self._asked = self._answered = 0
        self._begun = self._ended = 0
        self._due_at: float | None = None
        self._was_slow = False

    def wake(self, after: float | None = None) -> None:
        """There is something new in the ledger, or will be in so many seconds. Costs a few
        microseconds."""
        with self._state:
            self._asked += 1
            if self._due_at is None:
                self._due_at = time.monotonic() + (_GATHERING if after is None else after)
                if self._start():
                    self._state.notify_all()

    def flush(self, seconds: float | None = None) -> bool:
        """Try now, and wait for that, for at most `seconds` (`LAST_SECONDS`); True if the receiver has
        all of it."""
        return self.begin_flush()(end_in(seconds))

    def close(self, seconds: float | None = None) -> None:
        """A last try at what is unsent, and an end to the thread. A receiver that has just kept us
        waiting is not waited for again: the next process catches up. It may be woken again."""
        self.begin_close()(end_in(seconds))

    def begin_flush(self) -> Callable[[float], bool]:
        """The first part of `flush`, which waits for nothing. What it returns is the second, which waits
        until a time of `time.monotonic`: of several outboxes all can be trying meanwhile."""
        with self._state:
            self._asked += 1
            asked, is_over = self._asked, self._tried()

        def wait(end: float) -> bool:
            with self._state:
                self._state.wait_for(is_over, _left(end))
                return self._answered >= asked

        return wait

    def begin_close(self) -> Callable[[float], None]:
        """The first part of `close`, as of `flush`."""
        with self._state:
            is_over = self._tried(is_last=True) if self._answered < self._asked else _at_once

        def wait(end: float) -> None:
            with self._state:
                self._state.wait_for(is_over, _left(end))
                thread, self._thread, self._due_at = self._thread, None, None
                self._ended = self._begun
                self._state.notify_all()
            here = threading.current_thread()
            if thread is not None and thread is not here and not self._was_slow:
                thread.join(_left(end))

        return wait

    def _tried(self, *, is_last: bool = False) -> Callable[[], bool]:
        """One attempt from now on; returns whether it is over by then. The last is not made where it
        would take too long."""
        attempt = self._begun + 1

        def is_over() -> bool:
            made = self._ended >= attempt or self._thread is None
            return made or (is_last and self._was_slow)

        if is_last and self._was_slow:
            return _at_once
        self._due_at = 0.0
        if not self._start():
            return _at_once
        self._state.notify_all()
        return is_over

    def _start(self) -> bool:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="answerable outbox", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # the interpreter is shutting down, or has no thread left
                self._thread = self._due_at = None
        return self._thread is not None

    def _run(self) -> None:
        here = threading.current_thread()
        while True:
            with self._state:
                while self._thread is here and (left := self._time_left()) != 0.0:
                    self._state.wait(left)
                if self._thread is not here:
                    return
                self._begun += 1
                # What is asked for from here on is asked for again.
                asked, self._due_at = self._asked, None
            began = time.monotonic()
            found = self._attempt(here)
            with self._state:
                if self._thread is not here:
                    return
                self._ended += 1
                self._note(found, asked, took=time.monotonic() - began)
                self._state.notify_all()

    def _note(self, found: Exception | None, asked: int, took: float) -> None:
        """What the attempt came to: nothing is left, another process is at it, or it failed."""
        if found is None:
            self._answered, self._failures, self._was_slow = asked, 0, False
            return
        pause = _OTHERS_PAUSE
        if not isinstance(found, BlockingIOError):
            self._failures += 1
            self._was_slow = took > _SLOW_SECONDS
            pause = pause_after(self._failures)
            if self._failures == 1:
                _warn(found)
        if self._due_at != 0.0:
            self._due_at = time.monotonic() + pause

    def _time_left(self) -> float | None:
        """Seconds until the next attempt is due; None where nothing is asked for."""
        return None if self._due_at is None else max(self._due_at - time.monotonic(), 0.0)

    def _attempt(self, here: threading.Thread) -> Exception | None:
        """Send what is unsent; returns what went wrong, `BlockingIOError` if another process is at
        it."""
        try:
            with busy():
                with late.importing:
                    from answerable.ledger import Ledger  # here: it loads a database

                ledger = Ledger.open(self._ledger, self._home)
            try:
                return self._passed_on(ledger, here)
            finally:
                with busy():
                    ledger.close()
        except NotFoundError:  # no ledger yet: all that was recorded waits in the spool
            return None
        except Exception as error:  # noqa: BLE001  # of a sender: a view stops nothing
            return error

    def _passed_on(self, ledger: Ledger, here: threading.Thread) -> Exception | None:
        cursor = Cursor.of(self._home, ledger.origin, self._receiver)
        with cursor.alone(_OTHERS_SECONDS) as alone:
            if not alone:
                return BlockingIOError()
            send, ends = self._made(), lambda: self._thread is not here
            pass_on(ledger, cursor, send, batch=self._batch, ends=ends)
        return None

    def _made(self) -> Send:
        if self._send is None:
            with busy():
                self._send = self._sender()
        return self._send


def end_in(seconds: float | None = None) -> float:
    """The time of `time.monotonic` in so many seconds; by default in those of a last try."""
    return time.monotonic() + (LAST_SECONDS if seconds is None else seconds)


def _left(end: float) -> float:
    return max(end - time.monotonic(), 0.0)


def _at_once() -> bool:
    return True


def pause_after(failures: int) -> float:
    """Seconds until the next try: twice as long each time, up to a minute, and never the same for
    all processes, so that a receiver which comes back is not run over."""
    longest = min(_SHORTEST_PAUSE * 2.0 ** min(failures - 1, 16), _LONGEST_PAUSE)
    return longest * (0.5 + random.random() / 2)  # noqa: S311  # nothing secret


def _warn(error: Exception) -> None:
    told = (
        error.message if isinstance(error, AnswerableError) else f"{type(error).__name__}: {error}"
    )
    hint = f" ({error.hint})" if isinstance(error, AnswerableError) and error.hint else ""
    tell(f"{told}{hint}; what is unsent stays in the ledger, and is sent when that is over")


def tell(message: str) -> None:
    """Warn of what a receiver does, from the background."""
    try:
        warnings.warn(message, ExportWarning, stacklevel=2)
    except ExportWarning:  # where warnings are errors: nobody calls this thread
        _log.warning("%s", message)


_alive: weakref.WeakSet[Outbox] = weakref.WeakSet()

if hasattr(os, "register_at_fork"):

    def _begin_anew() -> None:
        # The thread is the parent's, and so is what it has under way: a child sends what it records.
        for outbox in list(_alive):
            outbox._begin()

    os.register_at_fork(after_in_child=_begin_anew)
