"""The backward closure of a subject: every record that bears on it, as known at a time.

The walk only ever adds, so its end does not depend on the order it takes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

import attrs

from answerable.errors import InvalidReferenceError
from answerable.lineage.joins import produced, producers
from answerable.lineage.known import Known, order, took_effect
from answerable.lineage.trace import Link
from answerable.model import Artifact, Decision, Mandate, Record, Step, parse_ref
from answerable.model.artifacts import RECORD
from answerable.model.naming import replaces
from answerable.model.types import EVENTS, REMARKS


@attrs.frozen(kw_only=True)
class Closure:
    """What was reached from `subject`.

    `records` by id, oldest first. `refs` are the artifacts (and `record:<id>`s) reached.
    `causes` gives each record in force its links to what it used and to its authority.
    `makers` gives each ref the ids of the records in force that produced it. `unproduced`
    lists what was used (by the record of that id; None for the subject) and never produced.
    """

    subject: str
    known: Known
    records: Mapping[str, Record]
    refs: frozenset[str]
    causes: Mapping[str, frozenset[Link]]
    makers: Mapping[str, frozenset[str]]
    unproduced: tuple[tuple[str | None, Artifact], ...]


def closure(subject: str, known: Known) -> Closure:
    """Walk back from `subject`, an artifact's ref or `record:<id>`; empty if nothing names it.

    Raises `InvalidReferenceError` for what is no reference.
    """
    parse_ref(subject)
    walk = _Walk(known)
    walk.start(subject)
    walk.run()
    return Closure(
        subject=subject,
        known=known,
        records={r.id: r for r in sorted(walk.shown.values(), key=order)},
        refs=frozenset(walk.refs),
        causes={id: frozenset(links) for id, links in walk.causes.items()},
        makers={ref: frozenset(ids) for ref, ids in walk.makers.items()},
        unproduced=tuple(walk.unproduced),
    )


class _Walk:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.shown: dict[str, Record] = {}
        self.refs: set[str] = set()
        self.causes: dict[str, set[Link]] = {}
        self.makers: dict[str, set[str]] = {}
        self.unproduced: list[tuple[str | None, Artifact]] = []
        # Steps and decisions looked into: True if wholly, False if only around a record.
        self._opened: dict[str, bool] = {}
        self._held: list[tuple[Record, str]] = []
        self._queue: deque[tuple[Record, bool]] = deque()

    def start(self, subject: str) -> None:
        record = self.known.get(subject.removeprefix(RECORD)) if _is_record(subject) else None
        if record:
            self._reach(record)
        else:
            self._want(Artifact(ref=subject), None)

    def run(self) -> None:
        while self._queue or self._settle():
            self._visit(*self._queue.popleft())

    def _reach(self, record: Record, whole: bool = True) -> None:
        self._queue.append((record, whole))

    def _visit(self, record: Record, whole: bool) -> None:
        first = record.id not in self.shown
        if first:
            self.shown[record.id] = record
            self._name(RECORD + record.id)
            self._succession(record)
        # What is said of a system bears on it; what surrounds that made nothing of the system.
        if isinstance(record, REMARKS):
            if first and self.known.in_force(record):
                self._authority(record)
            return
        if self.known.in_force(record):
            if first:
                self._follow(record)
            self._open(record, whole)
        elif first and not took_effect(record):
            self._surroundings(record)

    def _succession(self, record: Record) -> None:
        """History stands behind its successor, so that each brings the other."""
        for later in (*self.known.replacing(record.id), *self.known.superseding(record.id)):
            self._reach(later)
        if took_effect(record):
            for id in (*replaces(record), getattr(record, "successor", None)):
                if other := self.known.get(id):
                    self._reach(other)

    def _follow(self, record: Record) -> None:
        for artifact, own in _needs(record):
            self._want(artifact, record, own=own)
        self._authority(record)
        self._surroundings(record)

    def _want(self, artifact: Artifact, user: Record | None, *, own: bool = True) -> None:
        joins = producers(artifact, self.known, user)
        self._name(artifact.ref)
        for join in joins:
            self._reach(join.record)
            alias = join.artifact.ref
            if "@" in alias:
                self._name(alias)
            if self.known.in_force(join.record):
                for ref in (artifact.ref, alias):
                    self.makers.setdefault(ref, set()).add(join.record.id)
                if user:
                    self._link(user, Link(to=join.record.id, role=artifact.ref, by=join.by))
        if own and not joins:
            self.unproduced.append((user.id if user else None, artifact))

    def _authority(self, record: Record) -> None:
        authority = getattr(record, "authority", None)
        if authority is None:
            return
        target = self.known.get(authority.removeprefix(RECORD))
        found = [target] if target and took_effect(target) else []
        if target is None and _is_ref(authority):
            self._name(authority)
            joins = producers(Artifact(ref=authority), self.known, record)
            found = [join.record for join in joins]
        for one in found:
            self._reach(one)
            # What was decided on a mandate was decided on it, whatever became of that later.
            if self.known.in_force(one) or isinstance(one, Mandate):
                self._link(record, Link(to=one.id, role="authority", by="authority"))

    def _link(self, record: Record, link: Link) -> None:
        if link.to != record.id:
            self.causes.setdefault(record.id, set()).add(link)

    def _surroundings(self, record: Record) -> None:
        for id in (record.within, record.step):
            around = self.known.get(id)
            if isinstance(around, Decision | Step):
                self._reach(around, whole=False)

    def _open(self, record: Record, whole: bool) -> None:
        """Bring what stands inside. A step that is only what surrounds a record brings no
        nested step with products of its own: those answer for what is made of them."""
        if self._opened.get(record.id, False) or self._opened.get(record.id) == whole:
            return
        self._opened[record.id] = whole
        for child in self.known.inside(record.id):
            # `about` narrows: such a record joins by what it is about, in `_name`.
            if child.about:
                continue
            if isinstance(child, (Decision, *EVENTS)) or (
                isinstance(child, Step) and (whole or not child.produced)
            ):
                self._reach(child, whole)

    def _name(self, ref: str) -> None:
        if ref in self.refs:
            return
        self.refs.add(ref)
        for record in self.known.about(ref):
            if not took_effect(record):
                continue
            maker = None if "@" in ref or _is_record(ref) else self._maker(record, ref)
            if maker is None:
                self._reach(record)
            else:
                self._held.append((record, maker))

    def _maker(self, record: Record, slot: str) -> str | None:
        """Which record, this one or one around it, filled the slot: it stands or falls with it."""
        waiting, seen = [record], set[str]()
        while waiting:
            one = waiting.pop()
            seen.add(one.id)
            if took_effect(one) and any(artifact.ref == slot for artifact in produced(one)):
                return one.id
            around = (self.known.get(id) for id in (one.step, one.within))
            waiting += [outer for outer in around if outer and outer.id not in seen]
        return None

    def _settle(self) -> bool:
        """Reach what had to wait for others; True if there was any."""
        for record, maker in self._held:
            if self._opened.get(maker) and record.id not in self.shown:
                self._reach(record)
        for id in self._opened:
            for child in self.known.inside(id):
                if took_effect(child) or child.id in self.shown:
                    continue
                if not child.about or self.refs.intersection(child.about):
                    self._reach(child, whole=False)
        return bool(self._queue)


def _needs(record: Record) -> Iterator[tuple[Artifact, bool]]:
    """What the record rests on, and whether a record of its making is to be expected."""
    for artifact in getattr(record, "used", ()):
        yield artifact, True
    # What vendors and third parties vouch for is made elsewhere.
    for evidence in getattr(record, "evidence", ()):
        yield evidence.artifact, evidence.kind == "own_test"


def _is_record(ref: str) -> bool:
    return ref.startswith(RECORD)


def _is_ref(text: str) -> bool:
    try:
        return parse_ref(text).kind != "record"
    except InvalidReferenceError:
        return False
