"""Which decision set it."""

from __future__ import annotations

from rich.console import Group, RenderableType

from answerable import wording
from answerable.cli.answers.parts import briefly, gaps_below, hues, told
from answerable.cli.pen import Drawn, Pen
from answerable.lineage import Why


def why_text(found: Why) -> RenderableType:
    """The decisions in force in full, what they replaced in a line each, and the gaps."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if not found.in_force:
            text = f"nobody decided {found.kind} behind {found.subject}"
            parts: list[RenderableType] = [pen.gap(wording.line(text))]
        else:
            parts = [each for d in found.in_force for each in told(d, pen)]
        for title, some in (
            (wording.STANDINGS["over"], found.over),
            (wording.STANDINGS["to-come"], found.to_come),
            ("replaced or withdrawn", found.superseded),
        ):
            if some:
                parts += ["", pen.text(title, "bold"), *briefly(some, pen)]
        return Group(*parts, *gaps_below(found.gaps))

    return Drawn(draw, hues((*found.in_force, *found.over, *found.to_come, *found.superseded)))
