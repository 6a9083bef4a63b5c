"""A ledger's entries looked at by several processes at once, and handed on in their order."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator

from answerable.history.authentication import Authenticator
from answerable.history.brief import Brief
from answerable.history.checking import Checked, Introductions, check, signed_in
from answerable.history.share import Found, Range, Share
from answerable.history.workers import Workers
from answerable.ledger import FIRST, Ledger
from answerable.signing import Signed

Progress = Callable[[int, int], None]
MANY = 8192  # entries; with half as many, another process is there when all is done
SHARE = 1024  # entries that a process is given at a time
_TWO = b'},{"keyid":'  # before the last of several signatures, in the usual spelling


def unwatched(_done: int, _of: int) -> None:
    """Nobody looks on."""


class Spread:
    """A ledger that stands still, looked at by this process and so many others: by default as many as there
    are cores beside the one that it has, where there are many entries."""

    def __init__(
        self,
        ledger: Ledger,
        workers: int | None = None,
        progress: Progress = unwatched,
        *,
        indexing: bool = False,
    ) -> None:
        self._ledger = ledger
        self._end = ledger.end()
        self._number = (_others() if self._end >= MANY else 0) if workers is None else workers
        self._progress = progress
        self._indexing = indexing
        self._met = Introductions()
        self._own = Authenticator(self._met.of, ledger.home)
        # The entries that introduce keys, as other processes were told of them; None without any.
        self._known: dict[int, bytes] | None = None
        self._distrusts = False

    def all(self) -> Iterator[Brief | Checked]:
        """Every entry, from the first, by itself or in brief; raises `LedgerError`."""
        shares = _shares(self._end, self._ledger.size())
        if not self._number:
            share = Share(self._ledger, learns=True, indexing=self._indexing)
            yield from self._in_order(map(share.look, shares))
            return
        with Workers(self._ledger, self._number, indexing=self._indexing) as pool:
            self._known = {each.index: each.envelope for each in self._ledger.ending_with(_TWO)}
            pool.know(self._known)
            yield from self._in_order(pool.look(shares))

    def each(self, brief: Brief) -> Iterator[Checked]:
        """Every entry of it by itself, looked at once more."""
        for entry in self._ledger.range(brief.start, brief.end):
            checked = check(entry, self._own)
            self._met.take(checked)
            yield checked

    def between(self, start: int, end: int) -> Iterator[tuple[str, Signed]]:
        """Of the records from the one place to before the other that verify, once all have been looked at: the
        id, and what their signature says."""
        for begin in range(start, end, SHARE):
            for entry in self._ledger.range(begin, min(begin + SHARE, end)):
                yield from signed_in(check(entry, self._own))

    def _in_order(self, found: Iterable[Found]) -> Iterator[Brief | Checked]:
        done = 0
        for share in found:
            self._progress(done, self._end)
            if not isinstance(share, Brief):
                done += len(share)
                yield from map(self._believed, share)
                continue
            done += len(share.leaves)
            if self._distrusts or any(map(self._is_news, share.noted)):
                self._distrusts = True
                yield from self.each(share)
                continue
            for noted in share.noted:
                self._met.take(noted)
            yield share

    def _believed(self, checked: Checked) -> Checked:
        # What does not verify is looked at again, under every delegation before it: another process
        # knows those in their usual spelling only.
        if self._distrusts or checked.fault is not None:
            checked = check(self._ledger.entry(checked.index), self._own)
        self._distrusts = self._distrusts or self._is_news(checked)
        self._met.take(checked)
        return checked

    def _is_news(self, checked: Checked) -> bool:
        return self._known is not None and checked.introduces and checked.index not in self._known


def _others() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (cores or 1) - 1


def _shares(end: int, size: int) -> list[Range]:
    """Ranges of indices, all together those that a table can hold. One far beyond the number of
    entries is a fault, and no reason for more shares."""
    starts = [FIRST, *range(SHARE, min(end, size), SHARE)]
    return list(itertools.pairwise([*starts, end]))
