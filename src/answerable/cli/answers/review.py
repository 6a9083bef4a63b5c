"""The whole before the signature."""

from __future__ import annotations

import shlex

from rich.console import Group, RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.answers.beside import beside
from answerable.cli.answers.parts import briefly, gaps_below, hues, told
from answerable.cli.answers.voices import voices
from answerable.cli.pen import Drawn, Pen, Row, grid
from answerable.cli.words import names, verdict_style
from answerable.lineage import Review
from answerable.model import Decision


def review_text(found: Review, *, policy: str | None = None) -> RenderableType:
    """The whole: what was decided, what nobody decided, what it rests on, who has spoken. `policy`
    says whose signatures count."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        parts: list[RenderableType] = [
            pen.text(wording.line(found.subject), "bold"),
            pen.text(f"  as of {wording.moment(found.as_of)}", "dim"),
            pen.text(f"  {wording.VERDICTS[found.verdict]}", verdict_style(found.verdict)),
            *([grid([("policy", pen.text(policy))], indent=2)] if policy else []),
            *_counted(found, pen),
            pen.text(
                "  an approval signs this digest of all below, except approvals and objections:",
                "dim",
            ),
            pen.text(f"  {found.digest}", "bold"),  # on one line also where there are 80 columns
            "",
            *(Text.assemble("  ", each) for each in (pen.legend, *names(found.decisions, pen))),
        ]
        chosen = [d for d in found.decisions if d.capture != "default"]
        parts += ["", pen.text(f"{len(chosen)} decisions", "bold")]
        parts += [each for d in chosen for each in (*told(d, pen), *_missing(d, found, pen))]
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


def _missing(decision: Decision, found: Review, pen: Pen) -> list[RenderableType]:
    """What is missing at the decision, in a line: it is told in full below all of them."""
    gaps = [gap for gap in found.gaps if gap.record == decision.id]
    return [Text.assemble("    ", pen.gap(wording.short(gaps)))] if gaps else []


def _counted(found: Review, pen: Pen) -> list[RenderableType]:
    """How much of what there is: who signs should know before the first line of it."""
    present = sum(voice.is_present for voice in found.approvals)
    there = [
        _count(len(found.decisions), "decision"),
        f"{len(found.defaults):,} of them left to a default",
        _count(len(found.assumptions), "assumption"),
        _count(len(found.gaps), "gap"),
    ]
    said = [
        f"{_count(present, 'approval')} of this state",
        _count(len(found.opposition), "objection"),
    ]
    return [pen.text(f"  {', '.join(each)}") for each in (there, said)]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def signing(found: Review, ledger: str | None) -> str:
    """How to sign it, or to say no, in lines that can be copied; `ledger` is what they have to
    name, if anything."""
    subject = wording.line(shlex.quote(found.subject))
    where = f" --ledger {shlex.quote(ledger)}" if ledger else ""
    lines = (
        "to sign it, or to say no",
        f"  answerable approve {subject} --meaning approval --digest \\",
        f"  {found.digest}{where}",
        f"  answerable dissent {subject} --because REASON{where}",
    )
    return "\n".join(lines)


def _assumed(found: Review, pen: Pen) -> list[Row]:
    rows = []
    for held in found.assumptions:
        terms = [
            f"review by {held.assumption.review_by}" if held.assumption.review_by else "",
            f"while {held.assumption.holds_while}" if held.assumption.holds_while else "",
            wording.who(held.assumption.owner) if held.assumption.owner else "nobody watches it",
        ]
        said = pen.text(wording.line(held.assumption.statement))
        told = wording.line(f"({', '.join(t for t in terms if t)})")
        said.append_text(pen.text(f" {told}", "dim"))
        if held.state != "assumed":
            said.append_text(pen.text(f" {wording.ASSUMED[held.state]}", "bold red"))
        rows.append(("", said))
    return rows
