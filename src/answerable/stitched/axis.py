"""When each span is drawn.

Months between decisions make a linear time line unreadable, and stores lose spans that are old.
So the compressed axis gives each record one slot of a second, in the order in which they were
decided, and ends when the newest of them was recorded. The true axis draws the recorded times.
Times here are nanoseconds since 1970, whole microseconds, because Jaeger shows no less.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

from answerable.lineage.trace import PHASES, AccountabilityTrace, Gap, Placed
from answerable.model import Record, Step
from answerable.stitched.folding import Fold
from answerable.stitched.tree import ROOT, Node, phase_slot

TimeAxis: TypeAlias = Literal["compressed", "true"]
Interval: TypeAlias = tuple[int, int]

# A slot: some room for what starts here and encloses it, the record itself, some room for what
# ends here.
SLOT: Final = 1_000_000_000
_HEAD: Final = 200_000_000
_TAIL: Final = 200_000_000

_MICROSECOND: Final = 1_000
_MOMENT: Final = 1_000_000  # how long what happened at one instant is drawn on the true axis
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What a signed 64-bit count of nanoseconds holds, with room for what encloses it.
_EARLIEST: Final = 10**9
_LATEST: Final = 2**63 - 10**10


def intervals(
    nodes: Sequence[Node], trace: AccountabilityTrace, axis: TimeAxis
) -> dict[str, Interval]:
    """From when to when each slot is drawn; what stands under another lies strictly inside it."""
    if axis == "compressed":
        return _compressed(nodes, trace)
    return _true(nodes, trace)


def _compressed(nodes: Sequence[Node], trace: AccountabilityTrace) -> dict[str, Interval]:
    timed = _ranked(nodes)
    own = {node.slot: (n * SLOT + _HEAD, (n + 1) * SLOT - _TAIL) for n, node in enumerate(timed)}
    inside = _gaps_by_place(nodes)
    # Gaps of the whole come last, in a slot of their own.
    end = len(timed) + bool(inside[ROOT])
    room = {**own, ROOT: (len(timed) * SLOT + _HEAD, end * SLOT - _TAIL)}
    for place, gaps in inside.items():
        own |= _divided(room[place], [gap.slot for gap in gaps])
    levels = max(_heights(nodes).values()) + len(PHASES) + 2
    tick = max(_HEAD // levels // _MICROSECOND, 1) * _MICROSECOND
    drawn = _enclosed(nodes, own, tick)
    _in_order(drawn, tick)
    newest = max((p.record.recorded_at for p in trace.placed()), default=trace.as_of)
    # The root is drawn over everything, and the trace is over when its newest record was made.
    shift = max(ns(newest), end * SLOT + _EARLIEST) - max(b for _, b in drawn.values())
    return {slot: (a + shift, b + shift) for slot, (a, b) in drawn.items()}


def _true(nodes: Sequence[Node], trace: AccountabilityTrace) -> dict[str, Interval]:
    own: dict[str, Interval] = {}
    for node in nodes:
        if isinstance(node.shows, Placed):
            own[node.slot] = _lasting(node.shows.record)
        elif isinstance(node.shows, Fold):
            each = [_lasting(p.record) for p in node.shows.members]
            own[node.slot] = min(a for a, _ in each), max(b for _, b in each)
    latest = max((b for _, b in own.values()), default=ns(trace.as_of))
    for place, gaps in _gaps_by_place(nodes).items():
        at = own[place][1] if place in own else latest
        own |= {gap.slot: (at, at + _MOMENT) for gap in gaps}
    if not own:
        own[ROOT] = latest, latest + _MOMENT
    return _enclosed(nodes, own, _MICROSECOND)


def _ranked(nodes: Sequence[Node]) -> list[Node]:
    """What has a slot, in the order of decisions; of one instant, what is inside comes first."""
    heights = _heights([node for node in nodes if not isinstance(node.shows, Gap)])
    timed = [(n.shows.record, n) for n in nodes if isinstance(n.shows, Placed)]
    timed += [(n.shows.members[-1].record, n) for n in nodes if isinstance(n.shows, Fold)]
    timed.sort(key=lambda pair: (pair[0].decided_at, heights[pair[1].slot], pair[0].id))
    return [node for _, node in timed]


def _gaps_by_place(nodes: Iterable[Node]) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        if isinstance(node.shows, Gap):
            found[node.parent or ROOT].append(node)
    return found


def _divided(room: Interval, slots: Sequence[str]) -> dict[str, Interval]:
    """Equal parts of the room, one after the other, with a part free at either end."""
    start, end = room
    part = (end - start) // (len(slots) + 2) // _MICROSECOND * _MICROSECOND
    return {s: (start + part * n, start + part * (n + 1)) for n, s in enumerate(slots, 1)}


def _enclosed(nodes: Sequence[Node], own: Mapping[str, Interval], tick: int) -> dict[str, Interval]:
    """Each slot's own interval, widened until it reaches beyond all that stands under it."""
    drawn = dict(own)
    for node in reversed(nodes):  # what stands under another comes after it
        if node.parent is not None:
            start, end = drawn[node.slot]
            now = drawn.get(node.parent, (start, end))
            drawn[node.parent] = min(now[0], start - tick), max(now[1], end + tick)
    drawn.setdefault(ROOT, (0, SLOT))
    return drawn


def _in_order(drawn: dict[str, Interval], tick: int) -> None:
    """Let phases start in their own order, because Jaeger lists spans by their start."""
    earliest: int | None = None
    for slot in (phase_slot(phase) for phase in reversed(PHASES)):
        if slot in drawn:
            start, end = drawn[slot]
            if earliest is not None:
                start = min(start, earliest - tick)
            drawn[slot] = start, end
            earliest = start
    if earliest is not None:
        start, end = drawn[ROOT]
        drawn[ROOT] = min(start, earliest - tick), end


def _heights(nodes: Sequence[Node]) -> dict[str, int]:
    heights = {node.slot: 0 for node in nodes}
    for node in reversed(nodes):
        if node.parent is not None:
            heights[node.parent] = max(heights[node.parent], heights[node.slot] + 1)
    return heights


def _lasting(record: Record) -> Interval:
    end = ns(record.decided_at)
    start = min(ns(record.started_at), end) if isinstance(record, Step) else end
    return start, max(end, start + _MOMENT)


def ns(moment: datetime) -> int:
    """Nanoseconds since 1970, in whole microseconds and within what a span can say."""
    since = (moment - _EPOCH) // timedelta(microseconds=1) * _MICROSECOND
    return min(max(since, _EARLIEST), _LATEST)
