"""What rests on an artifact or a record, over any number of hops: the closure, forwards.

The walk goes to whatever may rest on it; whether it does is then asked of each one's own closure.
So that forwards and backwards are each other's inverse is no accident.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime

import attrs

from answerable import statement
from answerable.errors import NotFoundError
from answerable.lineage.closure import closure
from answerable.lineage.joins import produced, used
from answerable.lineage.known import Known, order
from answerable.lineage.lookup import Lookup
from answerable.model import Artifact, Decision, Record, Supersession, parse_ref
from answerable.model.artifacts import RECORD
from answerable.model.naming import replaces


@attrs.frozen(kw_only=True)
class Reached:
    """An artifact that rests on what was asked about, and one way there: refs and record ids in
    turn, from the one to the other."""

    subject: str
    path: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Impact:
    """What rests on `ref`: artifacts, nearest first, and the decisions in force, oldest first;
    among these are those that are about it. `over` are the records on the ways there."""

    ref: str
    reached: tuple[Reached, ...]
    decisions: tuple[Decision, ...]
    over: tuple[Record, ...] = ()


def impact(ref: str, lookup: Lookup, at: datetime) -> Impact:
    """What rests on `ref`, as known at `at`. Without a version, any version is meant.

    `record:<id>` asks what rests on a record. Raises `NotFoundError` if nothing recorded by then
    names it, `InvalidReferenceError` if it is no reference.
    """
    parse_ref(ref)
    known = Known(lookup, at)
    asked = {ref, *(known.versions(ref) if "@" not in ref else ())}
    if not any(_is_named(each, known) for each in asked):
        raise NotFoundError(f"nothing recorded by {statement.timestamp(at)} names {ref}")
    walk = _Walk(known)
    for each in sorted(asked):
        walk.start(each)
    walk.run()

    def rests(subject: str) -> bool:
        return not asked.isdisjoint(closure(subject, known).refs)

    about = {record.id: record for each in asked for record in known.about(each)}
    reached = tuple(
        Reached(subject=name, path=walk.path(name))
        for name in walk.refs
        if name not in asked and rests(name)
    )
    passed = {name for each in reached for name in each.path}
    return Impact(
        ref=ref,
        reached=reached,
        over=tuple(record for id, record in sorted(walk.records.items()) if id in passed),
        decisions=tuple(
            record
            for record in sorted((about | walk.records).values(), key=order)
            if isinstance(record, Decision)
            and RECORD + record.id not in asked
            and known.in_force(record)
            and (record.id in about or rests(RECORD + record.id))
        ),
    )


def _is_named(ref: str, known: Known) -> bool:
    artifact = Artifact(ref=ref)
    there = known.using(artifact) or known.producing(artifact) or known.about(ref)
    return bool(there or known.relying(ref) or known.get(ref.removeprefix(RECORD)))


class _Walk:
    """Breadth first, so that each way there is a shortest one."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.refs: dict[str, None] = {}
        self.records: dict[str, Record] = {}
        self._from: dict[str, str | None] = {}
        self._queue: deque[str] = deque()

    def start(self, ref: str) -> None:
        self._go(ref, None)

    def run(self) -> None:
        while self._queue:
            here = self._queue.popleft()
            if not here.startswith(RECORD):
                self.refs[here] = None
                self._from_ref(here)
            elif record := self.known.get(here.removeprefix(RECORD)):
                self.records[record.id] = record
                self._from_record(record, here)

    def path(self, end: str) -> tuple[str, ...]:
        """The way to `end`, from where the walk began."""
        found: list[str] = []
        here: str | None = end
        while here is not None:
            found.append(here.removeprefix(RECORD))
            here = self._from[here]
        return tuple(reversed(found))

    def _go(self, to: str, by: str | None) -> None:
        if to not in self._from:
            self._from[to] = by
            self._queue.append(to)

    def _from_ref(self, ref: str) -> None:
        """To whoever used it, or acted on its authority, and to what holds the same bytes."""
        users = self.known.using(Artifact(ref=ref))
        for record in (*users, *self.known.relying(ref)):
            if self.known.in_force(record):
                self._go(RECORD + record.id, ref)
        for record in (*users, *self.known.producing(Artifact(ref=ref))):
            for artifact in (*used(record), *produced(record)):
                if artifact.ref == ref and artifact.digest:
                    self._same_bytes(ref, artifact.digest)

    def _same_bytes(self, ref: str, digest: str) -> None:
        alike = Artifact(ref=ref, digest=digest)
        for record in (*self.known.using(alike), *self.known.producing(alike)):
            for artifact in (*used(record), *produced(record)):
                if artifact.digest == digest:
                    self._go(artifact.ref, ref)

    def _from_record(self, record: Record, here: str) -> None:
        """To what it made or is about, what it stands in, what stands in it, whoever acted on its
        authority, and what it replaced: that is shown with its successor."""
        for artifact in produced(record):
            self._go(artifact.ref, here)
            if artifact.digest:
                self._same_bytes(artifact.ref, artifact.digest)
        for ref in record.about:
            self._go(ref, here)
        successor = getattr(record, "successor", None)
        around = (record.step, record.within, successor, *replaces(record))
        inside = (child.id for child in self.known.inside(record.id))
        relying = (one.id for one in self.known.relying(record.id))
        later = (*self.known.replacing(record.id), *self.known.superseding(record.id))
        # A supersession is shown with both that it names.
        later += tuple(one for one in self.known.about(here) if isinstance(one, Supersession))
        for id in (*around, *inside, *relying, *(one.id for one in later)):
            if id:
                self._go(RECORD + id, here)
