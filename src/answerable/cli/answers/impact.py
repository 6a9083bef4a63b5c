"""What rests on something."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType

from answerable import wording
from answerable.cli.answers.parts import briefly, hues
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.lineage import Impact, Reached
from answerable.model import Record

_TITLE = 48


def impact_text(found: Impact) -> RenderableType:
    """Each thing that rests on it, with one way there; and the decisions."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        parts: list[RenderableType] = []
        if found.reached:
            number = len(found.reached)
            title = f"{number} {'rests' if number == 1 else 'rest'} on {found.ref}"
            over = {record.id: record for record in found.over}
            rows: list[Row] = [
                (
                    wording.line(each.subject),
                    pen.text(f"by {_way(each, over)}", "dim"),
                )
                for each in found.reached
            ]
            parts += [pen.text(wording.line(title), "bold"), grid(rows, indent=2)]
        else:
            parts.append(pen.text(wording.line(f"nothing rests on {found.ref}"), "green"))
        if found.decisions:
            parts += ["", pen.text("decisions", "bold"), *briefly(found.decisions, pen)]
        return Group(*parts)

    return Drawn(draw, hues(found.decisions))


def _way(reached: Reached, over: Mapping[str, Record]) -> str:
    """How one comes there: names as they are, records by their titles."""
    steps = (
        wording.cut(wording.title(over[each]), _TITLE) if each in over else wording.line(each)
        for each in reached.path[:-1]
    )
    return " > ".join(steps)
