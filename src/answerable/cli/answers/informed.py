"""Who was told of a fact."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType

from answerable import wording
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.lineage import Hearing


def informed_text(fact: str, found: Sequence[Hearing]) -> RenderableType:
    """Each who was told of it or took note, when, and whether that was in time."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if not found:
            return pen.text(wording.line(f"nobody was informed of {fact}"), "red")
        rows: list[Row] = []
        for each in found:
            parts = [pen.text(each.how), pen.text(wording.moment(each.at), "dim")]
            if each.before is not None:
                timely = "before the decision" if each.before else "after the decision"
                parts.append(pen.text(timely, "green" if each.before else "yellow"))
            rows.append((wording.who(each.actor), pen.join([*parts, pen.text(each.record, "dim")])))
        return Group(pen.text(wording.line(fact), "bold"), grid(rows, indent=2))

    return Drawn(draw)
