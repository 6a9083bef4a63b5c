"""The whole before the signature."""

from __future__ import annotations

from rich.console import Group, RenderableType

from answerable import wording
from answerable.cli.answers.beside import beside
from answerable.cli.answers.parts import briefly, gaps_below, hues, told
from answerable.cli.answers.voices import voices
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.lineage import Review


def review_text(found: Review) -> RenderableType:
    """The whole: what was decided, what nobody decided, what it rests on, who has spoken."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        parts: list[RenderableType] = [
            pen.text(wording.line(found.subject), "bold"),
            pen.text(f"  as of {wording.moment(found.as_of)}", "dim"),
            pen.text(
                "  an approval signs, by this digest, all that follows but the voices:", "dim"
            ),
            pen.text(f"  {found.digest}", "bold"),  # on one line also where there are 80 columns
        ]
        chosen = [d for d in found.decisions if d.capture != "default"]
        parts += ["", pen.text(f"{len(chosen)} decisions", "bold")]
        parts += [each for d in chosen for each in told(d, pen)]
        if found.defaults:
            parts += ["", pen.text(f"{len(found.defaults)} defaults that nobody chose", "bold red")]
            parts += briefly(found.defaults, pen)
        if found.assumptions:
            parts += ["", pen.text("assumed", "bold"), grid(_assumed(found, pen), indent=2)]
        if found.walls:
            parts += ["", pen.text("vendors, whose inside nobody here can see", "bold")]
            parts.append(grid([("", pen.text(wording.line(ref))) for ref in found.walls], indent=2))
        parts += [*beside(found, pen), *gaps_below(found.gaps), *voices(found, pen)]
        return Group(*parts)

    return Drawn(draw, hues(found.decisions))


def _assumed(found: Review, pen: Pen) -> list[Row]:
    rows = []
    for held in found.assumptions:
        terms = [
            f"review by {held.assumption.review_by}" if held.assumption.review_by else "",
            f"while {held.assumption.holds_while}" if held.assumption.holds_while else "",
            wording.who(held.assumption.owner) if held.assumption.owner else "nobody watches it",
        ]
        said = pen.text(wording.line(held.assumption.statement))
        said.append_text(pen.text(wording.line(f" ({', '.join(t for t in terms if t)})"), "dim"))
        rows.append(("", said))
    return rows
