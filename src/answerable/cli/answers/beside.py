"""What a reviewer is told beside the decisions: risks, controls, scopes, how it is all known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import RenderableType

from answerable import wording
from answerable.cli.pen import Pen, Row, grid
from answerable.lineage import Bypass, Certainty, Review, Risk, Within


def beside(found: Review, pen: Pen) -> list[RenderableType]:
    """Each under a head of its own; what there is none of is left out."""
    parts: list[RenderableType] = []
    for title, rows in (
        ("risks that stay", [_risk(each, pen) for each in found.risks]),
        ("controls that were bypassed", [_bypass(each, pen) for each in found.overrides]),
        ("meant for", [row for each in found.scopes for row in _scope(each, pen)]),
        ("known by", certainty_rows(found.certainty, pen)),
    ):
        if rows:
            parts += ["", pen.text(title, "bold"), grid(rows, indent=2)]
    return parts


def certainty_rows(found: Mapping[Certainty, Sequence[str]], pen: Pen) -> list[Row]:
    """How many records are known in each way; a way that there is none of is left out."""
    return [
        (word, pen.join([pen.text(str(len(ids))), pen.text(wording.CERTAINTIES[word], "dim")]))
        for word, ids in found.items()
        if ids
    ]


def _risk(risk: Risk, pen: Pen) -> Row:
    until = f"until {risk.until}" if risk.until else "without an end"
    parts = [
        pen.text(wording.line(risk.statement)),
        pen.text(wording.who(risk.owner)) if risk.owner else pen.text("nobody owns it", "red"),
        pen.text(until, "red" if risk.state == "lapsed" else "dim"),
        pen.text(f"watched by {_all(risk.monitors)}", "dim")
        if risk.monitors
        else pen.text("nothing watches it", "yellow"),
    ]
    return risk.state, pen.join(parts)


def _bypass(bypass: Bypass, pen: Pen) -> Row:
    parts = [pen.text(wording.line(bypass.control))]
    if bypass.actor:
        parts.append(pen.text(wording.who(bypass.actor)))
    parts.append(pen.text(wording.line(bypass.because), "dim"))
    if bypass.until:
        parts.append(pen.text(f"until {bypass.until}", "dim"))
    if bypass.reverted_at:
        parts.append(pen.text(wording.moment(bypass.reverted_at)[:16] + "Z", "dim"))
    return bypass.state, pen.join([*parts, pen.text(bypass.record, "dim")])


def _scope(within: Within, pen: Pen) -> list[Row]:
    rows: list[Row] = []
    for part, label in wording.SCOPE.items():
        if said := getattr(within.scope, part):
            other = part in within.differs
            text = pen.text(wording.line(said), "yellow" if other else "")
            notes = [text, pen.text(within.kind, "dim")]
            notes += [pen.text("not as first decided", "yellow")] if other else []
            rows.append((label, pen.join(notes)))
    return rows


def _all(ids: Iterable[str]) -> str:
    return ", ".join(ids)
