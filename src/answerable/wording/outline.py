"""The trace in the order in which it is read: phases, the steps in them, what stands in those."""

from __future__ import annotations

from collections import defaultdict

import attrs

from answerable.lineage.trace import AccountabilityTrace, Gap, Phase, Placed
from answerable.model import Step
from answerable.statement import timestamp
from answerable.stitched import MAX_SPANS
from answerable.stitched.folding import Fold
from answerable.stitched.tree import Node, grow


@attrs.frozen(kw_only=True)
class Entry:
    """One line of the outline: what it shows, how deep, and the gaps at this very place.

    `depth` is 0 for the subject, 1 for phases. `parent` is the record it stands in, None if
    that is its phase.
    """

    shows: AccountabilityTrace | Phase | Placed | Fold
    depth: int
    gaps: tuple[Gap, ...] = ()
    parent: str | None = None


def outline(trace: AccountabilityTrace, *, limit: int = MAX_SPANS) -> tuple[Entry, ...]:
    """Depth first, oldest first; the subject is the first entry.

    Beyond `limit` entries, defaults and repeated outcomes are folded, as in Jaeger.
    """
    inside: dict[str | None, list[Node]] = defaultdict(list)
    gaps: dict[str | None, list[Gap]] = defaultdict(list)
    for node in grow(trace, limit):
        if isinstance(node.shows, Gap):
            gaps[node.parent].append(node.shows)
        else:
            inside[node.parent].append(node)
    found: list[Entry] = []
    waiting = [(node, 0) for node in inside[None]]
    while waiting:
        node, depth = waiting.pop()
        shown = node.shows
        assert not isinstance(shown, Gap)
        folded = shown.gaps if isinstance(shown, Fold) else ()
        found.append(
            Entry(
                shows=shown,
                depth=depth,
                gaps=(*gaps[node.slot], *folded),
                parent=_record(node.parent),
            )
        )
        # Phases stay in their order: `sorted` is stable, and all of theirs are equal.
        below = sorted(inside[node.slot], key=_when)
        waiting += [(each, depth + 1) for each in reversed(below)]
    return tuple(found)


def _record(slot: str | None) -> str | None:
    kind, _, id = (slot or "").partition(":")
    return id if kind == "record" else None


def _when(node: Node) -> tuple[str, str]:
    shown = node.shows.members[0] if isinstance(node.shows, Fold) else node.shows
    if not isinstance(shown, Placed):
        return "", ""
    record = shown.record
    start = record.started_at if isinstance(record, Step) else record.decided_at
    return timestamp(start), record.id
