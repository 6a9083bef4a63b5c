"""What was shown to whoever approved."""

from __future__ import annotations

from rich.console import Group, RenderableType

from answerable import wording
from answerable.cli.answers.review import review_text
from answerable.cli.pen import Drawn, Pen, grid
from answerable.cli.words import decider, opinion
from answerable.lineage import Presented, review


def presented_text(found: Presented) -> RenderableType:
    """The approval, and the whole as it stood then; that it was read, nobody can tell."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        head = pen.join([pen.mark(found.approval), decider(found.approval, pen)])
        parts: list[RenderableType] = [head, grid(opinion(found.approval, pen), indent=4), ""]
        if found.trace is not None:
            note = "this was presented; whether it was read, nobody can tell"
            parts += [pen.text(note, "bold"), "", review_text(review(found.trace))]
        elif found.record is not None:
            note = f"one record alone was presented: {found.record}"
            parts.append(pen.text(wording.line(note), "bold"))
        else:
            note = "nothing that is recorded here has that digest: nobody can tell what was shown"
            parts.append(pen.text(note, "bold red"))
        return Group(*parts)

    return Drawn(draw)
