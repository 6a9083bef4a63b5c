"""From one person's outcome back to who answers for it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.answers.parts import briefly, gaps_below, hues, told
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.cli.words import gaps_text
from answerable.lineage import Explanation
from answerable.model import Outcome, Record

_PARTS = {
    "decided": "the system decided",
    "recommended": "a person decided, on the system's recommendation",
    None: "not recorded",
}


def explanation_text(found: Explanation) -> RenderableType:
    """The outcome, who answers for it and how to contest it; then what led to it."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        parts: list[RenderableType] = [_head(found, pen), grid(_rows(found, pen), indent=2)]
        for title, some in (
            ("how to contest it", found.contest),
            ("human review", found.human_review),
            ("the threshold", found.thresholds),
            ("what was deployed", found.deployed),
        ):
            if some:
                parts += ["", pen.text(title, "bold")]
                for decision in some:
                    parts += told(decision, pen, instead=_holders(found, decision, pen), most=3)
                    if some in (found.contest, found.human_review):  # whole: it is what to do
                        whole = pen.text(wording.value(decision.chosen))
                        parts.append(grid([("says", whole)], indent=4))
        if found.others:
            parts += ["", pen.text("what else it rested on", "bold"), *briefly(found.others, pen)]
        parts += gaps_below(found.gaps)
        if found.learned:
            parts += ["", pen.text("learned since", "bold"), gaps_text(found.learned)]
        return Group(*parts)

    return Drawn(draw, hues(found.decisions))


def outcomes_text(found: Sequence[Outcome]) -> RenderableType:
    """When, what, and the id to ask `explain` for."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if not found:
            return pen.text("no outcomes", "dim")
        rows: list[Row] = []
        for each in found:
            said = pen.text(wording.cut(wording.line(wording.value(each.value)), 60), "bold")
            told = pen.join([said, pen.text(each.id, "dim")])
            rows.append((wording.moment(each.decided_at), told))
        return grid(rows)

    return Drawn(draw)


def _head(found: Explanation, pen: Pen) -> Text:
    if found.outcome is not None:
        said = wording.line(wording.value(found.outcome.value))
        return pen.text(f"{wording.line(found.outcome.subject)}: {said}", "bold")
    if found.erasure is not None:
        return pen.text(f"erased on {wording.moment(found.erasure.decided_at)}", "bold")
    return pen.text(wording.line(f"{found.id} does not verify"), "bold red")


def _rows(found: Explanation, pen: Pen) -> list[Row]:
    rows: list[Row] = []
    if found.outcome is not None:
        rows += _outcome(found.outcome, pen)
    answers = wording.who(found.accountable) if found.accountable else "nobody is named"
    rows += [
        ("deployment", pen.text(wording.line(found.batch.deployment))),
        ("accountable", pen.text(answers, "" if found.accountable else "red")),
    ]
    rows += _holders(found, found.batch, pen)
    if found.organisation not in (None, found.accountable):
        rows.append(("organisation", pen.text(wording.who(str(found.organisation)))))
    if found.verified:
        seal = pen.text(f"with {found.batch.size:,} outcomes, by entry {_entry(found)} of the log")
    else:
        seal = pen.text(wording.line(found.fault or "what it rests on does not verify"), "bold red")
    return [*rows, ("sealed", seal), ("id", pen.text(found.id, "dim"))]


def _holders(found: Explanation, record: Record, pen: Pen) -> list[Row]:
    rows: list[Row] = []
    for role, persons in found.holders.get(record.id, {}).items():
        said = f"{', '.join(map(wording.who, persons))}, as {role}" if persons else ""
        held = pen.text(wording.line(said or f"nobody filled {role}"), "" if said else "red")
        rows.append(("held by", held))
    return rows


def _outcome(outcome: Outcome, pen: Pen) -> list[Row]:
    rows = [
        ("when", pen.text(wording.moment(outcome.decided_at))),
        ("part", pen.text(_PARTS[outcome.part], "" if outcome.part else "red")),
    ]
    if outcome.elements:
        named = (f"{name} = {wording.value(value)}" for name, value in outcome.elements.items())
        rows.append(("weighed", pen.text(wording.line("; ".join(named)))))
    if outcome.model:
        rows.append(("model", pen.text(wording.line(outcome.model))))
    if outcome.reviewed_by:
        rows.append(("reviewed by", pen.text(wording.who(outcome.reviewed_by))))
    return rows


def _entry(found: Explanation) -> str:
    custody = found.batch.custody
    return "?" if custody is None or custody.index is None else str(custody.index)
