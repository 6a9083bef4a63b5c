"""The trace at a glance, as inline SVG: who decided in which phase, and what crosses teams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from answerable import wording
from answerable.exporters.html.context import Context, anchor
from answerable.exporters.html.handovers import handovers
from answerable.exporters.html.layout import (
    LABEL,
    MAX_DRAWN,
    WHOLE,
    WIDTH,
    Box,
    Frame,
    Lane,
    Layout,
    fit,
    team_of,
)
from answerable.exporters.html.markup import Markup, join, tag
from answerable.lineage.trace import Gap, Placed
from answerable.model import Approval, Decision, Dissent, Step
from answerable.stitched.folding import Fold

_BEND: Final = 34
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_KEYS: Final = (
    "The arrow keys go from box to box: up and down through all of them, left and right to the"
    " phases beside; Enter leads to the record."
)

_SIDEWAYS: Final = (
    "A row for each team, a column for each phase. It goes on to the right where the window is"
    " narrower: scroll it sideways."
)


@attrs.frozen(kw_only=True)
class _Edge:
    """A cause and what it bears on, as numbers of boxes."""

    cause: int
    effect: int
    crosses: bool
    by_name: bool
    role: str


def picture(context: Context, marks: Mapping[str, str] = _NONE) -> Markup:
    """The figure: it scrolls where it is wider than the page. `marks` has a word for the records,
    by id, that are to stand out."""
    layout = Layout.of(context.trace)
    id, subject = f"{context.prefix}-picture", wording.line(context.trace.subject)
    edges = _edges(context, layout.boxes)
    crossing = sum(edge.crosses for edge in edges)
    drawn = tag(
        "svg",
        tag("title", f"Who decided what behind {subject}, by team and phase", id=f"{id}-title"),
        tag("desc", _description(layout, crossing), id=f"{id}-description"),
        tag("defs", _tip(f"{id}-tip", ""), _tip(f"{id}-tip-cross", " cross")),
        (_lane(context, lane, layout.width, n) for n, lane in enumerate(layout.lanes)),
        (tag("text", phase, class_="phase", x=x, y=22) for phase, x in layout.columns),
        (_frame(context, frame) for frame in layout.frames),
        # What crosses teams lies over the rest, and all of it under the boxes.
        (_path(edge, layout.boxes, id) for edge in sorted(edges, key=lambda edge: edge.crosses)),
        (_box(context, box, n, marks) for n, box in enumerate(layout.boxes)),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {layout.width:g} {layout.height:g}",
        width=layout.width,
        height=layout.height,
        role="group",
        id=id,
        class_="picture",
        aria_labelledby=f"{id}-title",
        aria_describedby=f"{id}-description",
    )
    return tag(
        "figure",
        tag("p", _SIDEWAYS, class_="keys"),
        tag(
            "div", drawn, tabindex=0, role="region", aria_label=f"Picture of the trace of {subject}"
        ),
        tag(
            "figcaption",
            tag("p", _caption(layout, crossing)),
            tag("p", _KEYS, class_="keys", hidden=True),
        ),
        handovers(context),
    )


def _description(layout: Layout, crossing: int) -> str:
    teams = sum(lane.team != WHOLE for lane in layout.lanes)
    return (
        f"{teams} teams as rows, phases as columns. Every box is a link to its record;"
        f" {crossing} arrows go from one team's record to another's. The records below say the"
        " same in words."
    )


def _caption(layout: Layout, crossing: int) -> str:
    folded = sum(isinstance(box.shows, Fold) for box in layout.boxes)
    note = (
        f" Beyond {MAX_DRAWN} boxes repeated records are drawn as one ({folded} such);"
        " below, each has its own entry."
        if folded
        else ""
    )
    return (
        f"Arrows go from a cause to what rests on it. The {crossing} strong ones cross from one"
        " team to another; broken ones are joined by name only. Red: something is missing there."
        " Broken border: a default that nobody chose. Struck through: history, replaced since."
        + note
    )


def _tip(id: str, more: str) -> Markup:
    path = tag("path", d="M0 0 8 4 0 8z", class_=f"tip{more}")
    return tag(
        "marker",
        path,
        id=id,
        viewBox="0 0 8 8",
        refX=8,
        refY=4,
        markerWidth=8,
        markerHeight=8,
        markerUnits="userSpaceOnUse",
        orient="auto",
    )


def _lane(context: Context, lane: Lane, width: float, number: int) -> Markup:
    shade = "lane even" if number % 2 else "lane"
    hue = context.hues.get(lane.team) if lane.team != WHOLE else None
    return join(
        tag("rect", class_=shade, x=0, y=lane.y, width=width, height=lane.height),
        tag(
            "text",
            tag("title", lane.team),
            fit(lane.team, LABEL - 14, 13),
            class_="label" if hue is None else f"label t{hue}",
            x=10,
            y=lane.y + 26,
        ),
    )


def _frame(context: Context, frame: Frame) -> Markup:
    return tag(
        "rect",
        class_=f"frame t{context.hues[frame.team]}",
        x=frame.x,
        y=frame.y,
        width=WIDTH,
        height=frame.height,
        rx=4,
    )


def _edges(context: Context, boxes: Sequence[Box]) -> list[_Edge]:
    """One for each two boxes; a shared digest says more than a shared name."""
    number: dict[str, int] = {}
    for n, box in enumerate(boxes):
        if isinstance(box.shows, Placed):
            number[box.shows.record.id] = n
        elif isinstance(box.shows, Fold):
            number |= {placed.record.id: n for placed in box.shows.members}
    found: dict[tuple[int, int], _Edge] = {}
    for placed in context.trace.placed():
        for edge in _causes(placed, number, context):
            pair = edge.cause, edge.effect
            if pair not in found or (found[pair].by_name and not edge.by_name):
                found[pair] = edge
    return list(found.values())


def _causes(placed: Placed, number: Mapping[str, int], context: Context) -> Iterator[_Edge]:
    here = number[placed.record.id]
    team = wording.team(placed.record)
    for link in placed.links:
        there = number.get(link.to)
        # That it stands in its parent, the frame says already.
        if there is None or there == here or (link.by == "inside" and link.to == placed.parent):
            continue
        yield _Edge(
            cause=there,
            effect=here,
            crosses=wording.team(context.placed[link.to].record) != team,
            by_name=link.by == "name",
            role=link.role,
        )


def _path(edge: _Edge, boxes: Sequence[Box], id: str) -> Markup:
    classes = ["edge"] + ["cross"] * edge.crosses + ["byname"] * edge.by_name
    return tag(
        "path",
        tag("title", f"{edge.role} (by name only)" if edge.by_name else edge.role),
        class_=" ".join(classes),
        d=_curve(boxes[edge.cause], boxes[edge.effect]),
        marker_end=f"url(#{id}-tip-cross)" if edge.crosses else f"url(#{id}-tip)",
        data_ends=f"{edge.cause} {edge.effect}",
    )


def _curve(cause: Box, effect: Box) -> str:
    """Out on the right, in on the left; within a column around the right, else back around."""
    y1, y2 = cause.y + cause.height / 2, effect.y + 20
    out, into = cause.x + cause.width, effect.x
    if out <= into:
        bend = max((into - out) / 2, _BEND)
        return f"M{out:g} {y1:g}C{out + bend:g} {y1:g} {into - bend:g} {y2:g} {into:g} {y2:g}"
    if abs(cause.x - effect.x) < _BEND:
        back = effect.x + effect.width
        bend = max(out, back) + _BEND
        return f"M{out:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {back:g} {y2:g}"
    back = effect.x + effect.width
    return f"M{cause.x:g} {y1:g}C{cause.x - _BEND:g} {y1:g} {back + _BEND:g} {y2:g} {back:g} {y2:g}"


def _box(context: Context, box: Box, number: int, marks: Mapping[str, str]) -> Markup:
    shown = box.shows
    if isinstance(shown, Gap):
        place = f"#{context.gap(shown)}"
        message = wording.line(shown.message)
        drawn = _drawn(box, shown.code, wording.GAPS[shown.code], "", message)
        return tag("a", drawn, href=place, class_="lacks", aria_label=message, data_node=number)
    members = shown.members if isinstance(shown, Fold) else (shown,)
    placed = members[0]
    name, small = _words(shown)
    marked = sorted({marks[p.record.id] for p in members if p.record.id in marks})
    small = ": ".join([*([", ".join(marked)] if marked else []), small])
    red = wording.short(box.gaps)
    title = f"{name}, {team_of(shown)}, {small}" + (f". Missing: {red}" if red else "")
    return tag(
        "a",
        _drawn(box, name, small, red, title),
        href=f"#{anchor(placed.record.id)}",
        class_=" ".join([*_classes(context, placed, box.gaps), *(["marked"] if marked else [])]),
        aria_label=title,
        data_node=number,
        data_of=" ".join(anchor(each.record.id) for each in members),
    )


def _drawn(box: Box, name: str, small: str, red: str, title: str) -> Markup:
    right = box.width - 16
    lines = ((name, "name", 12.5), (small, "small", 11), (red, "red", 11.5))
    return join(
        tag("title", title),
        tag("rect", class_="box", x=box.x, y=box.y, width=box.width, height=box.height, rx=3),
        tag("rect", class_="bar", x=box.x, y=box.y, width=4, height=box.height),
        (
            tag("text", fit(said, right, size), class_=style, x=box.x + 11, y=box.y + 16 * n)
            for n, (said, style, size) in enumerate(lines, 1)
            if said
        ),
    )


def _words(shown: Placed | Fold) -> tuple[str, str]:
    if isinstance(shown, Fold):
        count = len(shown.members)
        name = f"{count:,} x {shown.name}" if shown.name else f"{count:,} defaults"
        return wording.line(name), "folded"
    record = shown.record
    by = wording.decided_by(record)
    if isinstance(record, Approval | Dissent):
        what = record.meaning if isinstance(record, Approval) else "dissent"
        return what, by
    if isinstance(record, Step):
        return wording.title(record), f"step, {wording.moment(record.started_at)[:10]}"
    return wording.title(record), by


def _classes(context: Context, placed: Placed, gaps: tuple[Gap, ...]) -> list[str]:
    record = placed.record
    found = [context.colour(record)]
    if gaps:
        found.append("lacks")
    if isinstance(record, Step):
        found.append("step")
    if isinstance(record, Decision) and record.capture == "default":
        found.append("default")
    if placed.superseded_by:
        found.append("history")
    return found
