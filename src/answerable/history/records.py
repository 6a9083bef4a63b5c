"""Records by place, id or name: found through the index, read from the ledger, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import attrs

from answerable.errors import MalformedError
from answerable.history import arrival
from answerable.history.authentication import Authenticator
from answerable.history.earlier import ByIndex
from answerable.history.index import Index, UnusableIndexError
from answerable.history.stored import Stored, stored
from answerable.ledger import Ledger, leaf_hash
from answerable.model import Artifact, Erasure, Record
from answerable.model.naming import names


class Records:
    """The records of one ledger. Serves as the `Lookup` that stitching asks.

    `doubt` is what stands against the ledger as a whole: then no record of it verifies. Every
    method raises `UnusableIndexError` where an entry is not the one that was indexed.
    """

    def __init__(self, ledger: Ledger, index: Index, doubt: str | None = None) -> None:
        self._ledger = ledger
        self._index = index
        self._doubt = doubt
        self._read: dict[int, Record] = {}
        self._alone: dict[int, Record] = {}
        self._in_vain: set[str] = set()
        self._authenticator = Authenticator(self._delegations, ledger.home)

    def places(
        self, where: str, parameters: Iterable[Any] = (), order: str = "ORDER BY idx"
    ) -> list[int]:
        """The places of the records for which a condition (`answerable.history.finding`) holds."""
        return self._index.places(where, parameters, order)

    def before(self) -> ByIndex:
        """Where things stand that a part of the ledger refers to."""
        return ByIndex(self._index)

    def at(self, place: int) -> Record:
        """The record at that place of the ledger."""
        return self._read.get(place) or next(self.each((place,)))

    def each(self, places: Iterable[int]) -> Iterator[Record]:
        """The records at those places, in that order. Their rows are fetched together; each is
        checked when its turn comes."""
        coming = iter(places)
        while group := list(islice(coming, _TOGETHER)):
            rows = stored(self._ledger, self._index, (p for p in group if p not in self._read))
            for place in group:
                if place not in self._read:
                    self._read[place] = self._checked(rows[place])
                yield self._read[place]

    def _checked(self, row: Stored) -> Record:
        record = self._itself(row)
        if not row.told:
            return record
        told = self._about(record, row.told)
        before = [each for place, each in zip(row.told, told, strict=True) if place < row.place]
        return _told_erased(arrival.arrived(record, before), told)

    def _itself(self, row: Stored) -> Record:
        """The record by itself, whatever others say of it."""
        if row.place not in self._alone:
            self._alone[row.place] = self._authentic(row)
        return self._alone[row.place]

    def _authentic(self, row: Stored) -> Record:
        place = row.place
        if row.envelope is None:
            raise UnusableIndexError(f"entry {place} is no more")
        if leaf_hash(row.envelope) != row.leaf:
            raise UnusableIndexError(f"entry {place} is not the one that was indexed")
        try:
            record = self._authenticator.authenticate(row.envelope, index=place)
        except MalformedError:
            raise UnusableIndexError(f"entry {place} is no record") from None
        if record.id != row.id:
            raise UnusableIndexError(f"entry {place} has another id than was indexed")
        fault = self._doubt
        if fault is None and row.first != place:
            fault = f"its id is that of entry {row.first}"
        if fault is None or record.custody is None:
            return record
        custody = attrs.evolve(record.custody, verified=False, fault=record.custody.fault or fault)
        return attrs.evolve(record, custody=custody)

    def _about(self, record: Record, places: Sequence[int]) -> list[Record]:
        """The records at those places, which are about that one, as the index says; each by itself: two
        that are about each other would else be asked for ever."""
        name = ("about", arrival.name(record.id))
        missing = [place for place in places if place not in self._alone]
        for start in range(0, len(missing), _TOGETHER):
            rows = stored(self._ledger, self._index, missing[start : start + _TOGETHER])
            for row in rows.values():
                self._itself(row)
        found = [self._alone[place] for place in places]
        for place, each in zip(places, found, strict=True):
            if name not in names(each):
                raise UnusableIndexError(f"entry {place} has not the name {name[1]!r:.80}")
        return found

    def as_of(self, at: datetime) -> Records:  # noqa: ARG002  # its order is that of arrival
        return self

    def get(self, id: str) -> Record | None:
        return next((self.at(p) for p in self._index.places("id = ?", [id], "ORDER BY idx")), None)

    def producing(self, artifact: Artifact) -> Sequence[Record]:
        return self._artifact("produced", artifact)

    def using(self, artifact: Artifact) -> Sequence[Record]:
        return self._artifact("used", artifact)

    def about(self, ref: str) -> Sequence[Record]:
        return self._first_of(self._named("about", ref))

    def inside(self, id: str) -> Sequence[Record]:
        return self._first_of(self._named("inside", id))

    def superseding(self, id: str) -> Sequence[Record]:
        return self._first_of(self._named("supersedes", id))

    def relying(self, name: str) -> Sequence[Record]:
        return self._first_of(self._named("authority", name))

    def versions(self, ref: str) -> Sequence[str]:
        return self._index.refs(f"{ref}@")

    def _artifact(self, role: str, artifact: Artifact) -> Sequence[Record]:
        found = self._named(role, artifact.ref)
        if artifact.digest:
            found |= self._named(role, artifact.digest)
        return self._first_of(found)

    def _named(self, role: str, name: str) -> dict[int, Record]:
        """The records that have the name in that role, by their places."""
        places = self._index.named(role, name)
        found = dict(zip(places, self.each(places), strict=True))
        for place, record in found.items():
            if (role, name) not in names(record):
                raise UnusableIndexError(f"entry {place} has not the name {name!r:.80}")
        return found

    def _first_of(self, found: dict[int, Record]) -> Sequence[Record]:
        # Whoever appends a second record under an id does not replace the first.
        return [
            found[place] for place in sorted(found) if self._index.first(found[place].id) == place
        ]

    def _delegations(self, key: str) -> Iterator[tuple[int | None, bytes]]:
        # Whoever has a session's key may introduce it as often as they like; the first that holds is all
        # that is asked for, and where none does, that is so for each record under it.
        if key in self._in_vain:
            return
        coming = iter(self._index.places("introduces = ?", [key], "ORDER BY idx"))
        while group := list(islice(coming, _TOGETHER)):
            for place, row in stored(self._ledger, self._index, group).items():
                if row.envelope is not None:
                    yield place, row.envelope
        self._in_vain.add(key)


def _told_erased(record: Record, told: Iterable[Record]) -> Record:
    """The record with which of its private fields were erased, and when."""
    if not (withheld := getattr(record, "withheld", ())) or record.custody is None:
        return record
    fields = {part.field for part in withheld}
    found: dict[str, datetime] = {}
    for each in told:
        holds = each.custody is not None and each.custody.verified
        if isinstance(each, Erasure) and holds and each.field in fields:
            found.setdefault(each.field, each.decided_at)
    custody = attrs.evolve(record.custody, erased=tuple(found.items()))
    return attrs.evolve(record, custody=custody)


# Few enough for one question to either database.
_TOGETHER = 250
