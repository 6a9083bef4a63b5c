"""A ledger's entries checked by several processes at once, and handed on in their order."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

from answerable.history.authentication import Authenticator
from answerable.history.checking import Checked, Introductions, check, check_all
from answerable.history.share import Range
from answerable.history.workers import Workers
from answerable.ledger import FIRST, Ledger

Progress = Callable[[int, int], None]
MANY = 4096  # entries, from which on the start of other processes pays
SHARE = 1024  # entries that a process is given at a time


def unwatched(_done: int, _of: int) -> None:
    """Nobody looks on."""


def checked_in(
    ledger: Ledger, workers: int | None = None, progress: Progress = unwatched
) -> Iterator[Checked]:
    """Every entry of a ledger that stands still, from its first; raises `LedgerError`."""
    end = ledger.end()
    if workers is None:
        workers = _cores() if end >= MANY else 0
    found = _spread(ledger, end, workers) if workers else check_all(ledger.entries(FIRST))
    for done, checked in enumerate(found):
        if not done % SHARE:
            progress(done, end)
        yield checked


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores if cores is not None and cores > 1 else 0


def _spread(ledger: Ledger, end: int, workers: int) -> Iterator[Checked]:
    met = Introductions()
    own = Authenticator(met.of)
    shares = _shares(end, ledger.size())
    alone = False
    with Workers(ledger, workers) as pool:
        known = dict(itertools.chain.from_iterable(pool.introducing(shares)))
        pool.know(known)
        for found in pool.check(shares):
            for each in found:
                # What does not verify is looked at again, under every delegation before it: the
                # other process knows those in their usual spelling only.
                again = alone or each.fault is not None
                checked = check(ledger.entry(each.index), own) if again else each
                alone = alone or (checked.introduces and checked.index not in known)
                met.take(checked)
                yield checked


def _shares(end: int, size: int) -> list[Range]:
    """Ranges of indices, all together those that a table can hold. One far beyond the number of
    entries is a fault, and no reason for more shares."""
    starts = [FIRST, *range(SHARE, min(end, size), SHARE)]
    return list(itertools.pairwise([*starts, end]))
