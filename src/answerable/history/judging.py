"""What stands against a log's records, each as the one after those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from answerable.errors import LedgerError, NotFoundError
from answerable.history.authentication import Authenticator
from answerable.history.brief import Brief, Link, Sight
from answerable.history.checking import Checked, Introductions
from answerable.history.governing import Governor
from answerable.history.witnessing import Cosigned
from answerable.ledger import Fault
from answerable.model import PolicyVersion

RootAt = Callable[[int], bytes]


class Before(Protocol):
    """What went before the first entry that is looked at."""

    def first(self, id: str) -> int | None:
        """Where a record of that id stands already."""
        ...

    def introducing(self, key: str) -> list[tuple[int | None, bytes]]:
        """The delegations of a session key that was at work already, in the log's order."""
        ...


class Judge:
    """Takes a log's entries in their order, all of them unless there is a `before`. `root_at` gives
    the root over the first so many; `home` is as in `Authenticator`."""

    def __init__(
        self,
        governor: Governor,
        cosigned: Cosigned,
        root_at: RootAt,
        before: Before | None = None,
        home: Path | None = None,
    ) -> None:
        self._before = before
        self._governor = governor
        self._cosigned = cosigned
        self._root_at = root_at
        self._met = Introductions()
        self._authenticator = Authenticator(self._introducing, home)
        self._chains: dict[str, tuple[int, str]] = {}
        self._ids: dict[str, int] = {}

    def faults(self, checked: Checked) -> Iterator[Fault]:
        """What stands against the entry."""
        index = checked.index
        if checked.malformed is not None:
            yield Fault("malformed", checked.malformed, index)
            return
        self._met.take(checked)
        if checked.recorded_at is not None:
            self._cosigned.passed(index, checked.recorded_at)
        if checked.fault is not None:
            yield Fault("signature", checked.fault, index, checked.id)
        yield from self._governed(checked)
        first = self._ids.setdefault(checked.id, index)
        if self._before is not None and (place := self._before.first(checked.id)) is not None:
            first = place
        if first != index:
            yield Fault("repeated-id", f"the id of entry {first}", index, checked.id)
        if checked.key_id is not None:
            yield from self._chain(checked, checked.key_id)
            yield from self._observed(checked)

    def takes(self, brief: Brief) -> bool:
        """True if nothing stands against any of those entries, which are then taken in. Else nothing is,
        and each of them has to be looked at. They are in the tree already."""
        ids = dict(zip(brief.ids, range(brief.start, brief.end), strict=True))
        if (
            len(ids) != len(brief.ids)
            or not ids.keys().isdisjoint(self._ids.keys())
            or any(map(self._stood_before, brief.ids))
            or any(noted.whole is not None and not noted.introduces for noted in brief.noted)
            or not all(map(self._governor.permits, brief.signings))
            or not all(map(self._links, brief.links))
            or not all(map(self._is_past, brief.sights))
            or not self._cosigned.passes(brief.start, brief.end, brief.first)
        ):
            return False
        self._ids |= ids
        self._chains |= {link.key_id: (link.last, link.digest) for link in brief.links}
        for noted in brief.noted:
            self._met.take(noted)
        return True

    def _links(self, link: Link) -> bool:
        if self._goes_on(link.key_id):
            return True
        last, digest = self._chains.get(link.key_id, (-1, None))
        return (link.seq, link.prev) == (last + 1, digest)

    def _goes_on(self, key: str) -> bool:
        """True of a chain that began before the first entry, and of which nothing was met since."""
        if key in self._chains or self._before is None:
            return False
        return bool(self._before.introducing(key))

    def _stood_before(self, id: str) -> bool:
        return self._before is not None and self._before.first(id) is not None

    def _is_past(self, seen: Sight) -> bool:
        try:
            return seen.size <= seen.index and self._root_at(seen.size).hex() == seen.root
        except (LedgerError, NotFoundError):
            return False

    def _governed(self, checked: Checked) -> Iterator[Fault]:
        if checked.whole is not None and not checked.introduces:
            record = self._authenticator.authenticate(checked.whole, index=checked.index)
            if isinstance(record, PolicyVersion):
                yield from self._governor.faults(record, checked.index)
                return
        if checked.signed is not None and (found := self._governor.objects(checked.signed)):
            yield Fault(*found, checked.index, checked.id)

    def _introducing(self, key: str) -> list[tuple[int | None, bytes]]:
        earlier = [] if self._before is None else self._before.introducing(key)
        return [*earlier, *self._met.of(key)]

    def _chain(self, checked: Checked, key: str) -> Iterator[Fault]:
        """Each emitter numbers its records and names the one before: what is left out shows."""
        if self._goes_on(key):
            self._chains[key] = (checked.seq, checked.digest)
            return  # what it was at then is not looked at
        last, digest = self._chains.get(key, (-1, None))
        self._chains[key] = (checked.seq, checked.digest)
        if checked.seq != last + 1:
            told = f"number {checked.seq} of its emitter follows number {last}"
            told = told if last >= 0 else f"{told} (none)"
            yield Fault("sequence", told, checked.index, checked.id)
        elif checked.prev != digest:
            told = "does not name the record that its emitter made before"
            yield Fault("chain", told, checked.index, checked.id)

    def _observed(self, checked: Checked) -> Iterator[Fault]:
        """What an emitter knew of the log when it signed must be the log's own past."""
        seen, index = checked.observed, checked.index
        if seen is None:
            return
        if seen.size > index:
            told = f"signed with {seen.size} entries in sight, and stands at place {index}"
            yield Fault("observed", told, index, checked.id)
            return
        try:
            root = self._root_at(seen.size)
        except (LedgerError, NotFoundError):
            return  # entries are missing, which is reported as such
        if root.hex() != seen.root:
            told = f"its emitter saw another history of the first {seen.size} entries"
            yield Fault("observed", told, index, checked.id)
