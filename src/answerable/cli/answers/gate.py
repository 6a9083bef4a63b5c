"""Open or closed."""

from __future__ import annotations

from rich.console import Group, RenderableType

from answerable import wording
from answerable.cli.answers.parts import gaps_below
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.cli.words import decider
from answerable.lineage import Gate


def gate_text(found: Gate) -> RenderableType:
    """Open or closed, and why."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        head = pen.text("open", "bold green") if found.open else pen.text("closed", "bold red")
        rows: list[Row] = [("", pen.text(wording.line(reason))) for reason in found.because]
        rows += [
            ("approval", pen.join([decider(a, pen), pen.text(a.id, "dim")]))
            for a in found.approvals
        ]
        return Group(head, grid(rows, indent=2), *gaps_below(found.gaps))

    return Drawn(draw)
