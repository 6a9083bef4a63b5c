"""What rests on something."""

from __future__ import annotations

from rich.console import Group, RenderableType

from answerable import wording
from answerable.cli.answers.parts import briefly, hues
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.lineage import Impact


def impact_text(found: Impact) -> RenderableType:
    """Each thing that rests on it, with one way there; and the decisions."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        parts: list[RenderableType] = []
        if found.reached:
            title = f"{len(found.reached)} rest on {found.ref}"
            rows: list[Row] = [
                (
                    wording.line(each.subject),
                    pen.text(wording.line("by " + " > ".join(each.path[:-1])), "dim"),
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
