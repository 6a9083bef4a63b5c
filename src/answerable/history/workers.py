"""Other processes that check shares of a ledger. Started by hand, and not by `multiprocessing`, which
would run the user's own program once more in each of them."""

from __future__ import annotations

import contextlib
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

from answerable.errors import LedgerError, NotFoundError
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.share import Range, Share
from answerable.ledger import Ledger

_PROGRAM = "from answerable.history.workers import serve; serve()"
_AHEAD = 4  # shares a process that may be done before they are asked for


class Workers:
    """A number of them, for one ledger. What one that has ended should have done is done here."""

    def __init__(self, ledger: Ledger, number: int) -> None:
        self._own = Share(ledger)
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._workers = [_Worker(ledger) for _ in range(number)]
        self._threads = ThreadPoolExecutor(number)
        for worker in self._workers:
            self._free.put(worker)

    def know(self, introducing: Mapping[int, bytes]) -> None:
        """As `Share.know`, for each of them."""
        self._own.know(introducing)
        for worker in self._workers:
            worker.ask("know", introducing)

    def introducing(self, ranges: Iterable[Range]) -> Iterator[list[tuple[int, bytes]]]:
        """As `Share.introducing` of each range, in their order."""
        return self._each("introducing", ranges)

    def look(self, ranges: Iterable[Range]) -> Iterator[Brief | list[Checked]]:
        """As `Share.look` at each range, in their order."""
        return self._each("look", ranges)

    def _each(self, what: str, ranges: Iterable[Range]) -> Iterator[Any]:
        asked: deque[tuple[Range, Future[Any]]] = deque()
        for each in ranges:
            asked.append((each, self._threads.submit(self._ask, what, each)))
            if len(asked) > _AHEAD * len(self._workers):
                yield self._answer(what, *asked.popleft())
        while asked:
            yield self._answer(what, *asked.popleft())

    def _ask(self, what: str, share: Range) -> Any:
        worker = self._free.get()
        try:
            return worker.ask(what, share)
        finally:
            self._free.put(worker)

    def _answer(self, what: str, share: Range, asked: Future[Any]) -> Any:
        found = asked.result()
        return getattr(self._own, what)(share) if found is None else found

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


class _Worker:
    def __init__(self, ledger: Ledger) -> None:
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
        self.ask("open", (ledger.uri, str(ledger.home)))

    def ask(self, what: str, about: object) -> Any:
        """Its answer; None of one that has ended, or could not do it."""
        if self._process is None:
            return None
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            _send(self._process.stdin, (what, about))
            return _receive(self._process.stdout)
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
                    share = Share(Ledger.open(about[0], Path(about[1])))
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
