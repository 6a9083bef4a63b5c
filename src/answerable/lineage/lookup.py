"""Where stitching finds records: one protocol, served from memory here and from the index of
a ledger in `answerable.history`. The closure asks only for what it follows, so a trace costs
what its subject's ancestry costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from answerable import statement
from answerable.model import Artifact, Record
from answerable.model.naming import names

_OF_ARTIFACTS = ("used", "produced", "about")


class Lookup(Protocol):
    """Finds records by what they name. Every answer is complete and free of repeats; its
    order means nothing. Records of every time are given: the caller applies its own."""

    def as_of(self, at: datetime) -> Lookup:
        """The lookup to ask for what was recorded by `at`: of several records under one id it
        gives the one that it would give had nothing been recorded later."""
        ...

    def get(self, id: str) -> Record | None:
        """The record of that id."""
        ...

    def producing(self, artifact: Artifact) -> Sequence[Record]:
        """Records that produced this very ref, or this digest under whatever ref."""
        ...

    def using(self, artifact: Artifact) -> Sequence[Record]:
        """Records that used this very ref, or this digest under whatever ref."""
        ...

    def about(self, ref: str) -> Sequence[Record]:
        """Records with this very ref in `about` (a record's own is `record:<id>`)."""
        ...

    def inside(self, id: str) -> Sequence[Record]:
        """Records that stand in this step (`step`) or decision (`within`)."""
        ...

    def superseding(self, id: str) -> Sequence[Record]:
        """Records that supersede the record of that id."""
        ...

    def relying(self, name: str) -> Sequence[Record]:
        """Records whose authority is the record of that id, or this very ref."""
        ...

    def versions(self, ref: str) -> Sequence[str]:
        """Every ref that was used, produced or spoken of, and is this one with a version."""
        ...


class MemoryLookup:
    """A `Lookup` over records at hand. Adding one twice changes nothing.

    Of different records under one id it gives one, whichever came first: a verified one if
    there is any, else the one recorded earliest; `as_of` a time, of those recorded by then.
    """

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._records: dict[str, Record] = {}
        self._by: dict[tuple[str, str], dict[str, Record]] = {}
        self._others: list[Record] = []  # under ids that others have
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Take in one record, in any order."""
        kept = self._records.get(record.id)
        if kept is not None:
            if _standing(kept) == _standing(record):
                return
            if _standing(kept) < _standing(record):
                self._others.append(record)
                return
            self._others.append(kept)
            for key in set(names(kept)):
                del self._by[key][kept.id]
        self._records[record.id] = record
        for key in names(record):
            self._by.setdefault(key, {})[record.id] = record

    def as_of(self, at: datetime) -> MemoryLookup:
        """Itself, unless what it gives for an id that several have was recorded later."""
        if all(self._records[other.id].recorded_at <= at for other in self._others):
            return self
        every = (*self._records.values(), *self._others)
        return MemoryLookup(record for record in every if record.recorded_at <= at)

    def get(self, id: str) -> Record | None:
        """The record of that id."""
        return self._records.get(id)

    def producing(self, artifact: Artifact) -> Sequence[Record]:
        """Records that produced this very ref, or this digest."""
        return self._artifact("produced", artifact)

    def using(self, artifact: Artifact) -> Sequence[Record]:
        """Records that used this very ref, or this digest."""
        return self._artifact("used", artifact)

    def about(self, ref: str) -> Sequence[Record]:
        """Records with this very ref in `about`."""
        return self._find(("about", ref))

    def inside(self, id: str) -> Sequence[Record]:
        """Records that stand in this step or decision."""
        return self._find(("inside", id))

    def superseding(self, id: str) -> Sequence[Record]:
        """Records that supersede this one."""
        return self._find(("supersedes", id))

    def relying(self, name: str) -> Sequence[Record]:
        """Records whose authority this is."""
        return self._find(("authority", name))

    def versions(self, ref: str) -> Sequence[str]:
        """This ref with every version."""
        return sorted(
            {
                name
                for (role, name), records in self._by.items()
                if role in _OF_ARTIFACTS and records and name.startswith(f"{ref}@")
            }
        )

    def _artifact(self, role: str, artifact: Artifact) -> Sequence[Record]:
        return self._find((role, artifact.ref), (role, artifact.digest or artifact.ref))

    def _find(self, *keys: tuple[str, str]) -> Sequence[Record]:
        found: dict[str, Record] = {}
        for key in keys:
            found.update(self._by.get(key, {}))
        return list(found.values())


def _standing(record: Record) -> tuple[bool, datetime, str, bytes]:
    custody = record.custody
    unverified = custody is None or not custody.verified
    digest = custody.digest if custody else ""
    return unverified, record.recorded_at, digest, statement.to_bytes(record)
