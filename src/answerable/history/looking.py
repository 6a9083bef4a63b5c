"""Entries that are handed over one after the other, looked at some at a time: in brief where nothing is wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from answerable.history.authentication import Authenticator
from answerable.history.brief import Brief
from answerable.history.briefing import Briefing
from answerable.history.checking import Checked, Introductions, check, signed_in
from answerable.history.judging import Judge
from answerable.ledger import Entry, Fault
from answerable.signing import Signed

TOGETHER = 1024  # entries; the slow and exact way is gone for all of them if one is out of place


class Comparison(Protocol):
    """What lies beside a ledger, and is held against it."""

    def saw(self, checked: Checked) -> None:
        """Take note of an entry, in the ledger's order."""
        ...

    def asks(self, brief: Brief) -> bool:
        """True if it has to see each of those entries, and not only what is noted of them."""
        ...

    def faults(self) -> Iterable[Fault]:
        """Everything wrong, once all entries were seen."""
        ...


def asks(beside: Sequence[Comparison], brief: Brief) -> bool:
    """True if one of them does."""
    return any(kept.asks(brief) for kept in beside)


def see(beside: Sequence[Comparison], checked: Checked) -> None:
    """Each of them takes note of it."""
    for kept in beside:
        kept.saw(checked)


class Looking:
    """Takes entries in their order. `before` gives the delegations of a session key that came before the first
    of them; `take` puts an entry into a tree, and tells what stands against it there. `home` is as in `Authenticator`."""

    def __init__(
        self,
        judge: Judge,
        beside: Sequence[Comparison] = (),
        before: Callable[[str], list[tuple[int | None, bytes]]] = lambda _: [],
        take: Callable[[Entry], Iterable[Fault]] = lambda _: (),
        home: Path | None = None,
    ) -> None:
        self._judge = judge
        self._beside = beside
        self._take = take
        self._met = Introductions()
        self._authenticator = Authenticator(lambda key: [*before(key), *self._met.of(key)], home)

    def faults(self, entries: Iterable[Entry]) -> Iterator[Fault]:
        """What stands against them, in their order."""
        coming = iter(entries)
        while group := [*itertools.islice(coming, TOGETHER)]:
            taken = [(entry, [*self._take(entry)]) for entry in group]
            brief = self._brief(group)
            if brief is not None and not asks(self._beside, brief) and self._judge.takes(brief):
                yield from (fault for _, of_tree in taken for fault in of_tree)
                for noted in brief.noted:
                    see(self._beside, noted)
                continue
            for entry, of_tree in taken:
                yield from of_tree
                checked = check(entry, self._authenticator)
                self._met.take(checked)
                yield from self._judge.faults(checked)
                see(self._beside, checked)

    def again(self, entries: Iterable[Entry]) -> Iterator[tuple[str, Signed]]:
        """Of those of these entries that verify, all having been looked at: the id, and what their signature
        says."""
        for entry in entries:
            yield from signed_in(check(entry, self._authenticator))

    def _brief(self, group: Sequence[Entry]) -> Brief | None:
        briefing = Briefing(group[0].index, self._authenticator, self._met)
        return briefing.brief() if briefing.take(group) else None
