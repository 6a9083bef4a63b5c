"""What changed, and what without a decision."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.answers.parts import briefly, hues
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.cli.words import decider, gaps_text
from answerable.lineage import Change, Difference


def diff_text(found: Difference) -> RenderableType:
    """What changed by decision, what without, and which gaps closed and opened."""
    pairs = (*found.changed, *found.remade)
    records = (*found.added, *found.removed, *(r for p in pairs for r in (p.before, p.after)))

    def draw(pen: Pen, _width: int) -> RenderableType:
        head = pen.text(wording.line(f"{found.before}  to  {found.after}"), "bold")
        parts: list[RenderableType] = [head]
        times = [wording.moment(at) for at in (found.before_at, found.after_at) if at is not None]
        if times:
            parts.append(pen.text(f"  as of {' to '.join(dict.fromkeys(times))}", "dim"))
        if found.changed:
            parts += ["", pen.text("decided otherwise", "bold")]
            parts += [_changed(change, pen) for change in found.changed]
        for title, some in (("added", found.added), ("removed", found.removed)):
            if some:
                parts += ["", pen.text(title, "bold"), *briefly(some, pen)]
        if found.without_decision:
            parts += ["", pen.text("changed without a decision", "bold red")]
            rows = [
                (
                    wording.line(each.what),
                    pen.text(wording.line(f"{_or(each.before)}  to  {_or(each.after)}")),
                )
                for each in found.without_decision
            ]
            parts.append(grid(rows, indent=2))
        if found.remade:
            count = f"{len(found.remade)} decided anew, with the same choice"
            parts += ["", pen.text(count, "dim")]
        if same := [pair for pair in found.defaults if not pair.is_other]:
            count = f"{len(same)} left to the same default on both sides"
            parts += ["", pen.text(count, "dim")]
        if not (records or found.without_decision):
            parts += ["", pen.text("no decision differs", "dim")]
        for title, gaps in (("gaps closed", found.closed), ("gaps opened", found.opened)):
            if gaps:
                parts += ["", pen.text(title, "bold"), gaps_text(gaps)]
        return Group(*parts)

    return Drawn(draw, hues(records))


def _changed(change: Change, pen: Pen) -> RenderableType:
    rows: list[Row] = []
    for label, decision in (("before", change.before), ("after", change.after)):
        value = pen.text(wording.line(wording.value(decision.chosen)), "bold")
        said = [value, pen.team(wording.team(decision)), decider(decision, pen)]
        if decision.rationale:
            said.append(pen.text(wording.line(decision.rationale), "dim"))
        rows += [(label, pen.join(said)), ("", pen.text(decision.id, "dim"))]
    head = pen.text(wording.line(f"{change.after.kind}: {change.after.question}"))
    return Group(Text.assemble("  ", head), grid(rows, indent=4))


def _or(said: str | None) -> str:
    return "nothing" if said is None else said
