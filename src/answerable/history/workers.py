"""Other processes that check shares of a ledger. Started by hand, and not by `multiprocessing`, which
would run the user's own program once more in each of them."""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import attrs

from answerable.errors import LedgerError, NotFoundError
from answerable.history.share import Found, Range, Share
from answerable.ledger import Ledger

_PROGRAM = "from answerable.history.workers import serve; serve()"
_AHEAD = 4  # shares a process that may be done before they are asked for


class Workers:
    """So many of them, for one ledger, beside this process, which does its part too: what none of them has
    begun when it is needed, and what one should have done that has ended."""

    def __init__(self, ledger: Ledger, number: int, *, indexing: bool = False) -> None:
        self._own = Share(ledger, indexing=indexing)
        self._workers = [_Worker(ledger, indexing) for _ in range(number)]
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(max(1, number))
        for worker in self._workers:
            self._free.put(worker)

    def know(self, introducing: Mapping[int, bytes]) -> None:
        """As `Share.know`, for each of them."""
        self._own.know(introducing)
        for worker in self._workers:
            worker.begin_with("know", introducing)

    def look(self, ranges: Iterable[Range]) -> Iterator[Found]:
        """As `Share.look` at each range, in their order."""
        parts = map(self._part, ranges)
        ahead = deque(itertools.islice(parts, _AHEAD * (len(self._workers) + 1)))
        while ahead:
            yield self._done(ahead)
            ahead.extend(itertools.islice(parts, 1))

    def _part(self, range: Range) -> _Part:
        return _Part(range, self._threads.submit(self._ask, range))

    def _done(self, ahead: deque[_Part]) -> Found:
        """The first of them, and others meanwhile."""
        first = ahead.popleft()
        for part in (first, *ahead):
            if first.is_done():
                break
            # Only what nobody has begun can be taken back.
            if part.found is None and part.asked.cancel():
                part.found = self._own.look(part.range)
        if first.found is None:
            first.found = first.asked.result() or self._own.look(first.range)
        return first.found

    def _ask(self, range: Range) -> Found | None:
        worker = self._free.get()
        try:
            return cast("Found | None", worker.ask("look", range))
        finally:
            self._free.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.end()
        self._threads.shutdown(cancel_futures=True)


@attrs.define
class _Part:
    """A range, who was asked to look at it, and what was found here."""

    range: Range
    asked: Future[Found | None]
    found: Found | None = None

    def is_done(self) -> bool:
        return self.found is not None or self.asked.done()


class _Worker:
    def __init__(self, ledger: Ledger, indexing: bool) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Whatever it has to complain about, this process finds too.
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._first: list[tuple[str, object]] = [("open", (ledger.uri, str(ledger.home), indexing))]

    def begin_with(self, what: str, about: object) -> None:
        """What it is told before it is asked for the first time: nobody waits until it has started."""
        self._first.append((what, about))

    def ask(self, what: str, about: object) -> Any:
        """Its answer; None of one that has ended, or could not do it."""
        process = self._process
        if process is None:
            return None
        assert process.stdin is not None and process.stdout is not None
        try:
            while self._first:
                _send(process.stdin, self._first.pop(0))
                _receive(process.stdout)
            _send(process.stdin, (what, about))
            return _receive(process.stdout)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            self.end()
            return None

    def end(self) -> None:
        """Its work is done."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def serve() -> None:
    """Do what standard input asks for, until it ends."""
    share: Share | None = None
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            what, about = _receive(sys.stdin.buffer)
            answer: object = None
            with contextlib.suppress(LedgerError, NotFoundError):
                if what == "open":
                    share = Share(Ledger.open(about[0], Path(about[1])), indexing=about[2])
                elif share is not None:
                    answer = getattr(share, what)(about)
            _send(sys.stdout.buffer, answer)


def _send(to: Any, what: object) -> None:
    data = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    to.write(len(data).to_bytes(8, "big") + data)
    to.flush()


def _receive(source: Any) -> Any:
    size = source.read(8)
    if len(size) != 8:
        raise EOFError
    # Only ever between a process and the one that it started itself.
    return cast(Any, pickle.loads(source.read(int.from_bytes(size, "big"))))  # noqa: S301
