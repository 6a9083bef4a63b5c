"""Which spans there are, and what each stands under: root, phases, steps, decisions, gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import attrs

from answerable.lineage.trace import PHASES, AccountabilityTrace, Gap, Phase, Placed
from answerable.stitched.folding import Fold, fold

# Beyond this a trace is slow to open in Jaeger and no longer read by anybody.
MAX_SPANS: Final = 2_000

ROOT: Final = "root"

Shown: TypeAlias = AccountabilityTrace | Phase | Placed | Gap | Fold


@attrs.frozen(kw_only=True)
class Node:
    """One span to be: what it shows, and the slot of what it stands under (None for the root).

    `slot` is unique in its trace; `digest` is that of the record's envelope, where there is one, and
    of the root the revision that the trace was before.
    """

    slot: str
    parent: str | None
    shows: Shown
    digest: str = ""


def grow(trace: AccountabilityTrace, limit: int = MAX_SPANS) -> tuple[Node, ...]:
    """The nodes of the trace, each after the one it stands under.

    Beyond `limit` spans, leaves that repeat each other are folded into one span each group.
    """
    placed = {p.record.id: p for p in trace.placed()}
    parents = _parents(placed)
    places = _places(trace, placed)
    at: dict[str | None, list[Gap]] = defaultdict(list)
    for gap, place in zip(trace.gaps, places, strict=True):
        at[place].append(gap)

    holding = set(parents.values())
    leaves = [p for id, p in placed.items() if id not in holding]
    # A record can stand in one of another phase, and then needs no span for its own.
    phases = {p.phase for id, p in placed.items() if parents[id] is None}
    size = 1 + len(phases) + len(placed) + len(trace.gaps)
    folds = fold(leaves, parents, at, excess=size - limit)
    folded = {p.record.id for each in folds for p in each.members}

    nodes = [Node(slot=ROOT, parent=None, shows=trace, digest=trace.predecessor or "")]
    nodes += [
        Node(slot=phase_slot(phase), parent=ROOT, shows=phase)
        for phase in PHASES
        if phase in phases
    ]
    for id in _outermost_first(parents):
        if id not in folded:
            within, shown = parents[id], placed[id]
            nodes.append(
                Node(
                    slot=record_slot(id),
                    parent=record_slot(within) if within else phase_slot(shown.phase),
                    shows=shown,
                    digest=shown.record.custody.digest if shown.record.custody else "",
                )
            )
    for each in folds:
        parent = record_slot(each.parent) if each.parent else phase_slot(each.phase)
        nodes.append(Node(slot=each.slot, parent=parent, shows=each))
    for number, (gap, place) in enumerate(zip(trace.gaps, places, strict=True)):
        if place not in folded:
            parent = record_slot(place) if place else ROOT
            nodes.append(Node(slot=f"gap:{number}:{gap.code}", parent=parent, shows=gap))
    return tuple(nodes)


def record_slot(id: str) -> str:
    """The slot of a record's own span."""
    return f"record:{id}"


def phase_slot(phase: str) -> str:
    """The slot of a phase's span."""
    return f"phase:{phase}"


def _parents(placed: Mapping[str, Placed]) -> dict[str, str | None]:
    """What each record stands in, if that is part of the trace; a circle is cut at its newest."""
    parents = {id: p.parent if p.parent in placed else None for id, p in placed.items()}
    sound: set[str] = set()
    for id in reversed(parents):
        path: dict[str, None] = {}
        here: str | None = id
        while here is not None and here not in sound and here not in path:
            path[here] = None
            here = parents[here]
        if here in path:
            # `placed` is oldest first, so the last of them in its order is the newest.
            circle = set(list(path)[list(path).index(here) :])
            parents[next(i for i in reversed(parents) if i in circle)] = None
        sound |= path.keys()
    return parents


def _outermost_first(parents: Mapping[str, str | None]) -> Iterable[str]:
    depths: dict[str, int] = {}
    for id in parents:
        path = []
        here: str | None = id
        while here is not None and here not in depths:
            path.append(here)
            here = parents[here]
        depth = depths[here] if here is not None else -1
        for above in reversed(path):
            depths[above] = depth = depth + 1
    return sorted(parents, key=depths.__getitem__)  # stable: oldest first within a depth


def _places(trace: AccountabilityTrace, placed: Mapping[str, Placed]) -> list[str | None]:
    """The record under which each gap stands: its own, else the oldest that names its reference;
    None for what concerns the subject, or nothing in the trace."""
    naming: dict[str, str] = {}
    for role in ("used", "evidence", "produced", "about"):
        for id, each in placed.items():
            for named in getattr(each.record, role, ()):
                ref = named if isinstance(named, str) else getattr(named, "artifact", named).ref
                naming.setdefault(ref, id)
    naming.pop(trace.subject, None)
    return [
        gap.record if gap.record in placed else naming.get(gap.ref) if gap.ref else None
        for gap in trace.gaps
    ]
