"""What lies between two subjects: two versions of a model, two deployments, two times of one.

Swapping the two swaps the answer: added for removed, before for after, opened for closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime

import attrs

from answerable import jsontext
from answerable.lineage.asked.whole import in_force
from answerable.lineage.inputs import Changed, changed_inputs, changed_steps
from answerable.lineage.trace import AccountabilityTrace, Gap
from answerable.model import Decision, Record, Step


@attrs.frozen(kw_only=True)
class Change:
    """One question, answered on both sides by a decision of its own."""

    before: Decision
    after: Decision

    @property
    def is_other(self) -> bool:
        """True if another thing was chosen."""
        return jsontext.spelled(self.before.chosen) != jsontext.spelled(self.after.chosen)

    @property
    def is_nobodys(self) -> bool:
        """True if both were left to a default, which is no decision of anybody's."""
        return self.before.capture == self.after.capture == "default"


@attrs.frozen(kw_only=True)
class Difference:
    """What changed from `before` to `after` (subjects).

    `added`, `removed`: decisions in force on one side only. `changed`: the same question,
    another choice; `remade`: decided anew, with the same choice; `defaults`: left to its default
    on both sides, which is in neither of these. `without_decision`: what differs though no
    decision says so, such as a default that is another now. `closed`, `opened`: gaps on one side only, of which the
    others have no like. All are oldest first. `before_at` and `after_at` are the times as of which
    the two were compared.
    """

    before: str
    after: str
    added: tuple[Decision, ...]
    removed: tuple[Decision, ...]
    changed: tuple[Change, ...]
    remade: tuple[Change, ...]
    defaults: tuple[Change, ...]
    without_decision: tuple[Changed, ...]
    closed: tuple[Gap, ...]
    opened: tuple[Gap, ...]
    before_at: datetime | None = attrs.field(default=None, eq=False)
    after_at: datetime | None = attrs.field(default=None, eq=False)


def diff(before: AccountabilityTrace, after: AccountabilityTrace) -> Difference:
    """Compare two traces.

    A decision that both have is no difference. Others are paired by question: by kind, question,
    step and what they are about (versions left out), else by kind and question, else by kind
    where each side has just one left. What is left over was added or removed.
    """
    pairs, removed, added = _paired(_own(before, after), _own(after, before))
    chosen = [pair for pair in pairs if not pair.is_nobodys]
    defaults = [pair for pair in pairs if pair.is_nobodys]
    decided = [*added, *removed, *(d for pair in pairs for d in (pair.before, pair.after))]
    without = {
        *(_default(pair) for pair in defaults if pair.is_other),
        *changed_inputs(before, after, decided),
        *changed_steps(before, after),
    }
    return Difference(
        before=before.subject,
        after=after.subject,
        added=tuple(added),
        removed=tuple(removed),
        changed=tuple(pair for pair in chosen if pair.is_other),
        remade=tuple(pair for pair in chosen if not pair.is_other),
        defaults=tuple(defaults),
        without_decision=tuple(sorted(without, key=lambda c: (c.what, str(c.before)))),
        closed=_without_like(before, after),
        opened=_without_like(after, before),
        before_at=before.as_of,
        after_at=after.as_of,
    )


def _own(one: AccountabilityTrace, other: AccountabilityTrace) -> list[tuple[Decision, str]]:
    """The decisions in force that the other has not, each with the name of its step."""
    theirs = {record.id for record in in_force(other, Decision)}
    found = []
    for record in in_force(one, Decision):
        if record.id not in theirs:
            step = one.step(record.step)
            found.append((record, step.name if step else ""))
    return found


_Key = Callable[[tuple[Decision, str]], Hashable]


def _paired(
    before: list[tuple[Decision, str]], after: list[tuple[Decision, str]]
) -> tuple[list[Change], list[Decision], list[Decision]]:
    pairs: list[Change] = []
    keys: list[tuple[_Key, bool]] = [
        (lambda d: (d[0].kind, d[0].question, d[1], _slots(d[0])), False),
        (lambda d: (d[0].kind, d[0].question), False),
        (lambda d: d[0].kind, True),
    ]
    for key, alone in keys:
        ours, theirs = _grouped(before, key), _grouped(after, key)
        for same in ours.keys() & theirs.keys():
            if alone and not len(ours[same]) == len(theirs[same]) == 1:
                continue
            for one, other in zip(ours[same], theirs[same], strict=False):
                pairs.append(Change(before=one[0], after=other[0]))
                before.remove(one)
                after.remove(other)
    pairs.sort(
        key=lambda p: sorted([(p.before.decided_at, p.before.id), (p.after.decided_at, p.after.id)])
    )
    return pairs, [record for record, _ in before], [record for record, _ in after]


def _grouped(
    decisions: Iterable[tuple[Decision, str]], key: _Key
) -> dict[Hashable, list[tuple[Decision, str]]]:
    found: dict[Hashable, list[tuple[Decision, str]]] = defaultdict(list)
    for each in decisions:
        found[key(each)].append(each)
    return found


def _slots(record: Record) -> frozenset[str]:
    return frozenset(ref.partition("@")[0] for ref in record.about if not ref.startswith("record:"))


def _default(pair: Change) -> Changed:
    return Changed(what=pair.after.question, before=_json(pair.before), after=_json(pair.after))


def _json(decision: Decision) -> str:
    return jsontext.dumps(decision.chosen).decode()


def _without_like(one: AccountabilityTrace, other: AccountabilityTrace) -> tuple[Gap, ...]:
    """The gaps of one that the other has no like of: of the same code, at the same question,
    step or reference, whatever its version."""
    theirs = {_like(gap, other) for gap in other.gaps}
    return tuple(gap for gap in one.gaps if _like(gap, one) not in theirs)


def _like(gap: Gap, trace: AccountabilityTrace) -> Hashable:
    record = next((p.record for p in trace.placed() if p.record.id == gap.record), None)
    if isinstance(record, Decision):
        place: Hashable = (record.kind, record.question)
    else:
        place = record.name if isinstance(record, Step) else type(record).__name__
    return gap.code, (gap.ref or "").partition("@")[0], place
