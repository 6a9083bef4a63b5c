"""What to do with a trace that is too large to be read: repeated leaves become counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import attrs

from answerable.lineage.trace import Gap, Phase, Placed
from answerable.model import Decision
from answerable.otel.attributes import span_name

_Key: TypeAlias = tuple[str, ...]


@attrs.frozen(kw_only=True)
class Fold:
    """Records of one team in one place that are drawn as one span: the defaults there, or
    decisions of the same outcome (`name`). Oldest first; `gaps` are those of its members."""

    members: tuple[Placed, ...]
    gaps: tuple[Gap, ...]
    parent: str | None
    name: str | None = None

    @property
    def phase(self) -> Phase:
        """Their phase."""
        return self.members[0].phase

    @property
    def slot(self) -> str:
        """Unique in the trace, since no record is in two folds."""
        return f"fold:{self.members[0].record.id}"


def fold(
    leaves: Sequence[Placed],
    parents: Mapping[str, str | None],
    gaps: Mapping[str | None, Sequence[Gap]],
    *,
    excess: int,
) -> list[Fold]:
    """Fold defaults, then repeated outcomes, as long as `excess` spans are too many.

    Defaults fold all together, so that the ones shown are never a mere selection.
    """
    folds: list[Fold] = []
    for key in (_default, _outcome):
        if excess <= 0:
            break
        done = {p.record.id for each in folds for p in each.members}
        groups = _grouped([p for p in leaves if p.record.id not in done], parents, key)
        for members in groups:
            inside = tuple(gap for p in members for gap in gaps.get(p.record.id, ()))
            made = Fold(
                members=tuple(members),
                gaps=inside,
                parent=parents[members[0].record.id],
                name=span_name(members[0].record) if key is _outcome else None,
            )
            folds.append(made)
            excess -= len(members) + len(inside) - 1
    return folds


def _grouped(
    leaves: Sequence[Placed],
    parents: Mapping[str, str | None],
    key: Callable[[Decision], str | None],
) -> list[list[Placed]]:
    groups: dict[_Key, list[Placed]] = defaultdict(list)
    for placed in leaves:
        record = placed.record
        # A record that did not verify is never one of many, nor is one with disclosures beside it.
        custody = record.custody
        alone = custody is not None and (custody.fault is not None or bool(custody.disclosures))
        if isinstance(record, Decision) and not alone and (same := key(record)) is not None:
            standing = f"{placed.standing} {placed.superseded_by is not None}"
            place = parents[record.id] or ""
            groups[place, placed.phase, record.team or "", standing, same].append(placed)
    return [members for members in groups.values() if len(members) > 1]


def _default(decision: Decision) -> str | None:
    return "" if decision.capture == "default" else None


def _outcome(decision: Decision) -> str | None:
    return span_name(decision)
