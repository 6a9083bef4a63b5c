"""Where things stand in the picture: teams as lanes, phases from left to right. Pure geometry."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import Final, Self

import attrs

from answerable import wording
from answerable.lineage.trace import PHASES, AccountabilityTrace, Gap, Phase, Placed
from answerable.stitched.folding import Fold
from answerable.wording import Entry

# Beyond this many, repeated records are drawn as one: a picture of more is not read.
MAX_DRAWN: Final = 150

WIDTH: Final = 184
_GUTTER: Final = 46
LABEL: Final = 132
_HEAD: Final = 36
_PAD: Final = 10
_SPACE: Final = 7
_INSET: Final = 8
WHOLE: Final = "the whole"

Shown = Placed | Fold | Gap


@attrs.frozen(kw_only=True)
class Box:
    """One thing drawn: where, of which size, and what is missing there."""

    shows: Shown
    x: float
    y: float
    width: float
    height: float
    gaps: tuple[Gap, ...] = ()


@attrs.frozen(kw_only=True)
class Frame:
    """What encloses a step's own decisions."""

    team: str
    x: float
    y: float
    height: float


@attrs.frozen(kw_only=True)
class Lane:
    """A team's band across the picture."""

    team: str
    y: float
    height: float


@attrs.frozen(kw_only=True)
class Layout:
    """The whole picture. `columns` has the middle of each phase that there is."""

    width: float
    height: float
    lanes: tuple[Lane, ...]
    columns: tuple[tuple[Phase, float], ...]
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]

    @classmethod
    def of(cls, trace: AccountabilityTrace) -> Self:
        """Lay out the trace: one cell a team and phase, in it what was recorded, oldest first."""
        entries = wording.outline(trace, limit=MAX_DRAWN)
        cells = _cells(entries)
        phases = [phase for phase in PHASES if any(key[1] == phase for key in cells)]
        left = {phase: LABEL + n * (WIDTH + _GUTTER) for n, phase in enumerate(phases)}
        lanes: list[Lane] = []
        boxes: list[Box] = []
        frames: list[Frame] = []
        y: float = _HEAD
        for team in dict.fromkeys(team for team, _ in cells):
            tallest = 0.0
            for phase in phases:
                bottom = y + _PAD
                for block in cells.get((team, phase), ()):
                    bottom = _place(block, team, left[phase], bottom, boxes, frames) + _SPACE
                tallest = max(tallest, bottom - y)
            lanes.append(Lane(team=team, y=y, height=tallest + _PAD - _SPACE))
            y = lanes[-1].y + lanes[-1].height
        if whole := entries[0].gaps:
            right = left[phases[-1]] if phases else LABEL
            height = _whole(whole, right, y, boxes)
            lanes.append(Lane(team=WHOLE, y=y, height=height))
            y += height
        return cls(
            width=LABEL + max(len(phases), 1) * (WIDTH + _GUTTER),
            height=y + 1,
            lanes=tuple(lanes),
            columns=tuple((phase, x + WIDTH / 2) for phase, x in left.items()),
            boxes=tuple(boxes),
            frames=tuple(frames),
        )


def team_of(shown: Placed | Fold) -> str:
    """The team in whose lane it stands."""
    record = shown.members[0].record if isinstance(shown, Fold) else shown.record
    return wording.team(record)


def fit(text: str, width: float, size: float) -> str:
    """`text` cut to about that many pixels; the letters of CJK scripts are twice as wide."""
    room = width / (size * 0.62)  # a letter of a wide font, in bold
    for n, letter in enumerate(text):
        room -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if room < 0:
            return text[: max(n - 2, 1)].rstrip() + "..."
    return text


def _cells(entries: tuple[Entry, ...]) -> dict[tuple[str, Phase], list[list[Entry]]]:
    """Blocks by team and phase: a record, and what stands inside it in the same cell."""
    cells: dict[tuple[str, Phase], list[list[Entry]]] = defaultdict(list)
    block_of: dict[str, tuple[tuple[str, Phase], list[Entry]]] = {}
    for entry in entries:
        shown = entry.shows
        if not isinstance(shown, Placed | Fold):
            continue
        key = team_of(shown), shown.phase
        outer = block_of.get(entry.parent or "")
        if outer is not None and outer[0] == key:
            block = outer[1]
        else:
            block = []
            cells[key].append(block)
        block.append(entry)
        if isinstance(shown, Placed):
            block_of[shown.record.id] = key, block
    return cells


def _place(
    block: list[Entry], team: str, x: float, y: float, boxes: list[Box], frames: list[Frame]
) -> float:
    """Draw the block at that place; the y below it."""
    top = y
    for n, entry in enumerate(block):
        assert isinstance(entry.shows, Placed | Fold)
        inset = _INSET if n else 0
        box = Box(
            shows=entry.shows,
            x=x + inset,
            y=y,
            width=WIDTH - 2 * inset,
            height=56 if entry.gaps else 40,
            gaps=entry.gaps,
        )
        boxes.append(box)
        y = box.y + box.height + (_SPACE if len(block) > 1 else 0)
    if len(block) > 1:
        frames.append(Frame(team=team, x=x, y=top, height=y - top))
    return y


def _whole(gaps: tuple[Gap, ...], x: float, y: float, boxes: list[Box]) -> float:
    """Gaps of the whole, from the right; the height they need."""
    per_row = max(int((x - LABEL) // (WIDTH + _GUTTER)) + 1, 1)
    for n, gap in enumerate(gaps):
        row, column = divmod(n, per_row)
        boxes.append(
            Box(
                shows=gap,
                x=x - column * (WIDTH + _GUTTER),
                y=y + _PAD + row * (40 + _SPACE),
                width=WIDTH,
                height=40,
                gaps=(gap,),
            )
        )
    rows = (len(gaps) + per_row - 1) // per_row
    return rows * (40 + _SPACE) + 2 * _PAD - _SPACE
