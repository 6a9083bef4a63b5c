"""Gaps on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.pen import Drawn, Pen, grid
from answerable.lineage import Gap


def gaps_text(gaps: Sequence[Gap], *, brief: bool = False) -> RenderableType:
    """The gaps by code, most frequent first, each with what it says; `brief`: counts alone."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if not gaps:
            return pen.text("no gaps", "green")
        parts: list[RenderableType] = []
        for code, group in wording.by_code(gaps).items():
            head = pen.text(f"{len(group):>3}  {code}", "bold red")
            parts.append(pen.join([head, pen.text(wording.GAPS[code], "dim")], "  "))
            if not brief:
                parts.append(grid([("", _gap_line(gap, pen)) for gap in group], indent=4))
        return Group(*parts)

    return Drawn(draw)


def _gap_line(gap: Gap, pen: Pen) -> Text:
    said = pen.text(wording.line(gap.message))
    if gap.owner:
        said.append_text(pen.text(f" ({wording.who(gap.owner)})", "dim"))
    return said
