"""What several answers are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.pen import HUES, Pen, Row, grid
from answerable.cli.words import attribution, decider, gaps_text, reasons
from answerable.lineage import Gap
from answerable.model import Decision, Record
from answerable.model.kinds import question_of

_TITLE: Final = 80


def told(
    decision: Decision, pen: Pen, *, most: int | None = None, instead: Sequence[Row] = ()
) -> list[RenderableType]:
    """A decision with its reasons, who took it, and when; `instead` of the reasons of these labels.
    Without `most` nothing of it is left out or cut."""
    said = {label for label, _ in instead}
    rows = [row for row in reasons(decision, pen, most=most) if row[0] not in said]
    asked = [("question", pen.text(wording.line(decision.question)))]
    if most is None and len(wording.title(decision)) > _TITLE:
        asked.append(("chosen", pen.text(wording.value(decision.chosen), "bold")))
    when = pen.text(wording.moment(decision.decided_at)[:16] + "Z", "dim")
    about = [("when", when), ("id", pen.text(decision.id, "dim"))]
    return [
        titled(decision, pen),
        grid([("", attribution(decision, pen)), *asked, *rows, *instead, *about], indent=4),
    ]


def briefly(decisions: Iterable[Decision], pen: Pen) -> list[RenderableType]:
    """Decisions in two lines each."""
    parts: list[RenderableType] = []
    for decision in decisions:
        when = pen.text(wording.moment(decision.decided_at)[:16] + "Z", "dim")
        by = [when, pen.team(wording.team(decision)), decider(decision, pen)]
        parts.append(Text.assemble("  ", _asking(decision, pen)))
        parts.append(grid([("", pen.join([*by, pen.text(decision.id, "dim")]))], indent=4))
    return parts


def titled(decision: Decision, pen: Pen) -> Text:
    """Whether it verified, and what it is."""
    title = pen.text(wording.cut(wording.title(decision), _TITLE), "bold")
    return Text.assemble(pen.mark(decision), " ", title)


def _asking(decision: Decision, pen: Pen) -> Text:
    """`titled`, with the question where that is not its kind's own: one parameter of several."""
    said = titled(decision, pen)
    if decision.question != question_of(decision.kind):
        asked = wording.cut(wording.line(decision.question), _TITLE)
        said.append_text(pen.text(f"  {asked}", "dim"))
    return said


def gaps_below(gaps: Sequence[Gap]) -> list[RenderableType]:
    """The gaps under their own head; nothing where there are none."""
    return ["", Text("gaps", style="bold red"), gaps_text(gaps)] if gaps else []


def hues(records: Iterable[Record]) -> dict[str, int]:
    """The colour of each team."""
    return dict(wording.hues(map(wording.team, records), len(HUES)))
