"""What was known at a time, and what of it was in force: a `Lookup` as of `at`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from answerable.lineage.circles import circles
from answerable.lineage.expiry import passed, to_come
from answerable.lineage.lookup import Lookup
from answerable.lineage.trace import Standing
from answerable.model import (
    Artifact,
    Delegation,
    PolicyVersion,
    Record,
    Revocation,
    Supersession,
)


def order(record: Record) -> tuple[datetime, str]:
    """Oldest first: by the time of the decision, then by id."""
    return record.decided_at, record.id


def took_effect(record: Record) -> bool:
    """False for a decision or step that was abandoned: it produced and replaced nothing."""
    return getattr(record, "abandoned", None) is None


def _is_undone_by(record: Record, replaced: Record | None) -> bool:
    """Of two that withdraw each other the later one counts, so that this comes to an end."""
    return isinstance(replaced, _WITHDRAWABLE) and order(record) < order(replaced)


# What says of other records that they are no longer in force, and may be said to be wrong.
_WITHDRAWABLE = (Revocation, Supersession)


class Known:
    """Answers from what was recorded by `at`, oldest first. It puts each question to the
    lookup once. What is said of keys (delegations, policies) is never among the answers."""

    def __init__(self, lookup: Lookup, at: datetime) -> None:
        self.at = at
        self._lookup = lookup.as_of(at)
        self._answers: dict[tuple[str, ...], tuple[Record, ...]] = {}
        self._heirs: dict[str, tuple[Record, ...]] = {}
        self._circular: dict[str, bool] = {}
        # Of all that supersedes a record, directly or through others.
        self._newest: dict[str, Record] = {}

    def get(self, id: str | None) -> Record | None:
        """The record of that id."""
        if id is None:
            return None
        found = self._ask(("get", id), lambda: filter(None, (self._lookup.get(id),)))
        return found[0] if found else None

    def producing(self, artifact: Artifact) -> tuple[Record, ...]:
        """Records that took effect and produced this ref, or this digest under any ref."""
        question = ("producing", artifact.ref, artifact.digest or "")
        return self._ask(question, lambda: filter(took_effect, self._lookup.producing(artifact)))

    def using(self, artifact: Artifact) -> tuple[Record, ...]:
        """Records that used this ref, or this digest under any ref."""
        question = ("using", artifact.ref, artifact.digest or "")
        return self._ask(question, lambda: self._lookup.using(artifact))

    def about(self, ref: str) -> tuple[Record, ...]:
        """Records about this ref, or about `record:<id>`."""
        return self._ask(("about", ref), lambda: self._lookup.about(ref))

    def inside(self, id: str) -> tuple[Record, ...]:
        """Records that stand in this step or decision."""
        return self._ask(("inside", id), lambda: self._lookup.inside(id))

    def replacing(self, id: str) -> tuple[Record, ...]:
        """Other records that say that this one is replaced or withdrawn, whether or not that has
        an effect by now; those that were abandoned said nothing."""
        found = self._ask(("superseding", id), lambda: self._lookup.superseding(id))
        return tuple(r for r in found if r.id != id and took_effect(r))

    def superseding(self, id: str) -> tuple[Record, ...]:
        """What stands in this record's place, oldest first: records that supersede it, that a
        supersession puts there, or revocations."""
        # What withdraws it may itself be withdrawn, and so on, further than calls may be nested.
        waiting = [id]
        while waiting:
            one = waiting[-1]
            if one in self._heirs:
                waiting.pop()
            elif later := [r for r in self._withdrawing(one) if r not in self._heirs]:
                waiting += later
            else:
                heirs = {heir.id: heir for r in self.replacing(one) if (heir := self._heir(r, one))}
                self._heirs[one] = tuple(sorted(heirs.values(), key=order))
        return self._heirs[id]

    def _withdrawing(self, id: str) -> list[str]:
        """The ids of what withdraws the record, and would have to be in force for that."""
        replaced = self.get(id)
        return [
            r.id
            for r in self.replacing(id)
            if isinstance(r, _WITHDRAWABLE) and not _is_undone_by(r, replaced)
        ]

    def _heir(self, record: Record, id: str) -> Record | None:
        """Which record is in the place of `id` because of this one; None if none is."""
        if not isinstance(record, _WITHDRAWABLE):
            return record if self.has_begun(record) else None
        # One that was itself withdrawn, or replaced, has no effect.
        if _is_undone_by(record, self.get(id)):
            return None
        if self.superseding(record.id):
            return None
        if not isinstance(record, Supersession):
            return record
        heir = self.get(record.successor)
        if heir is None:
            return record  # what takes its place is recorded elsewhere
        return heir if heir.id != id and took_effect(heir) and self.has_begun(heir) else None

    def has_begun(self, record: Record) -> bool:
        """False for what is to hold only from a later time."""
        return not to_come(getattr(record, "valid_from", None), self.at)

    def relying(self, name: str) -> tuple[Record, ...]:
        """Records whose authority is the record of that id, or this ref."""
        return self._ask(("relying", name), lambda: self._lookup.relying(name))

    def versions(self, ref: str) -> tuple[str, ...]:
        """This ref with every version that is known."""
        return tuple(
            name
            for name in self._lookup.versions(ref)
            if self.using(Artifact(ref=name))
            or self.producing(Artifact(ref=name))
            or self.about(name)
        )

    def successor(self, record: Record) -> Record | None:
        """The newest record that supersedes this one; None if nothing does.

        Records that supersede each other in a circle all give way to the newest of them.
        """
        direct = self.superseding(record.id)
        if not direct:
            return None
        if not self.circular(record):
            return direct[-1]
        newest = self._newest[record.id]
        return None if newest.id == record.id else newest

    def circular(self, record: Record) -> bool:
        """True if the record supersedes, over any number of others, itself."""
        if record.id not in self._circular:
            for together in circles(record.id, self._above, self._circular):
                direct = [r for one in together for r in self.superseding(one)]
                above = [*direct, *(self._newest[r.id] for r in direct if r.id in self._newest)]
                if above:
                    self._newest.update(dict.fromkeys(together, max(above, key=order)))
        return self._circular[record.id]

    def _above(self, id: str) -> list[str]:
        return [r.id for r in self.superseding(id)]

    def in_force(self, record: Record) -> bool:
        """True if the record took effect, nothing replaced it, and it is not of a later time. One
        whose time is over still is what the rest was made by: see `standing`."""
        return took_effect(record) and self.has_begun(record) and self.successor(record) is None

    def standing(self, record: Record) -> Standing:
        """How it stands at this time."""
        if not took_effect(record):
            return "abandoned"
        if (successor := self.successor(record)) is not None:
            return "revoked" if isinstance(successor, Revocation) else "superseded"
        if not self.has_begun(record):
            return "to-come"
        ends = (getattr(record, name, None) for name in ("valid_to", "valid_until"))
        return "over" if any(passed(end, self.at) for end in ends) else "in-force"

    def _ask(
        self, question: tuple[str, ...], answer: Callable[[], Iterable[Record]]
    ) -> tuple[Record, ...]:
        if question not in self._answers:
            known = {
                r.id: r
                for r in answer()
                if r.recorded_at <= self.at and not isinstance(r, Delegation | PolicyVersion)
            }
            self._answers[question] = tuple(sorted(known.values(), key=order))
        return self._answers[question]
