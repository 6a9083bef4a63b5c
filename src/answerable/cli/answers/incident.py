"""Back from an incident."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.answers.parts import briefly, hues
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.cli.words import decider, gaps_text
from answerable.lineage import Course, Investigation


def investigation_text(found: Investigation) -> RenderableType:
    """The incident; what was in force and who answers; what did not hold; who responds."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        wrong = found.incident
        severity = f" ({wrong.severity})" if wrong.severity else ""
        rows: list[Row] = [
            ("happened", pen.text(wording.moment(wrong.occurred_at))),
            ("to", pen.text(wording.line(found.subject))),
            ("told by", decider(wrong, pen)),
        ]
        parts: list[RenderableType] = [
            pen.text(wording.line(wrong.statement + severity), "bold red"),
            grid(rows, indent=2),
        ]
        parts += ["", pen.text("in force at that time", "bold"), *briefly(found.in_force, pen)]
        for title, people in (
            ("accountable", found.accountable),
            ("responds", found.responding),
        ):
            told: list[Row] = [
                (wording.who(who), pen.text(f"{len(of)} of these", "dim")) for who, of in people
            ]
            nobody: list[Row] = [("", pen.text("nobody", "red"))]
            parts += ["", pen.text(title, "bold"), grid(told or nobody, indent=2)]
        if found.assumptions:
            parts += ["", pen.text("assumed, and not so", "bold")]
            broken: list[Row] = [
                (each.state, pen.text(wording.line(each.statement))) for each in found.assumptions
            ]
            parts.append(grid(broken, indent=2))
        for title, gaps in (
            ("made known, and not acknowledged", found.unheard),
            ("learned since", found.learned),
        ):
            if gaps:
                parts += ["", pen.text(title, "bold"), gaps_text(gaps)]
        if found.courses:
            done = [(each.state, _course(each, pen)) for each in found.courses]
            parts += ["", pen.text("actions", "bold"), grid(done, indent=2)]
        return Group(*parts)

    return Drawn(draw, hues(found.in_force))


def _course(course: Course, pen: Pen) -> Text:
    parts = [pen.text(wording.line(course.statement))]
    owner = wording.who(course.owner) if course.owner else "nobody owns it"
    parts.append(pen.text(owner, "" if course.owner else "red"))
    if course.due:
        parts.append(pen.text(f"due {course.due}", "red" if course.overdue else "dim"))
    right = f"by right of {course.right}" if course.right else "no right is named"
    parts.append(pen.text(wording.line(right), "dim" if course.right else "yellow"))
    if course.objection:
        parts.append(pen.text(wording.line(course.objection), "red"))
    if course.verified_by:
        own = "" if course.by_another else ", its owner"
        parts.append(pen.text(f"verified by {wording.who(course.verified_by)}{own}", "green"))
    return pen.join(parts)
