"""The accountability trace on a terminal, as a tree, and that tree as a picture."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.text import Text
from rich.tree import Tree

from answerable import published, wording
from answerable.cli.pen import HUES, Drawn, Pen, Row, grid
from answerable.cli.words import (
    attribution,
    decision_panel,
    decisions_table,
    gaps_text,
    names,
    opinion,
    reasons,
    verdict_style,
    verdict_text,
)
from answerable.lineage import AccountabilityTrace, Gap, Placed
from answerable.model import Approval, Decision, Delegation, Dissent, Record, Step
from answerable.stitched.folding import Fold

__all__ = [
    "decision_panel",
    "decisions_table",
    "gaps_text",
    "render",
    "svg",
    "verdict_text",
    "write_svg",
]

_MOST: Final = 3  # considered options, assumptions, refs: the rest is counted
_LINE: Final = 60  # a reason in a brief tree
_DEEPEST: Final = 6  # further inside, there is no room left to indent

# rich's own template fetches its fonts from a content network.
_PICTURE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{
  font: {char_height}px/{line_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def render(
    trace: AccountabilityTrace, *, width: int | None = None, brief: bool = False
) -> RenderableType:
    """The trace as a tree, with its gaps at their places and again at the end.

    `width` bounds the lines (default: the terminal's). `brief` keeps a line for each reason and leaves out ids and more.
    """
    teams = [wording.team(placed.record) for placed in trace.placed()]
    hues = wording.hues(teams, len(HUES))

    def draw(pen: Pen, _width: int) -> RenderableType:
        parts: list[RenderableType] = [_tree(trace, pen, brief)]
        if trace.missing:
            parts += ["", Text("gaps", style="bold red"), gaps_text(trace.missing, brief=brief)]
        return Group(*parts)

    return Constrain(Drawn(draw, hues), width)


def svg(trace: AccountabilityTrace, title: str, *, width: int = 120, brief: bool = True) -> str:
    """What `render` prints, as a picture that asks nothing of a network: no font, no link."""
    console = Console(
        record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(render(trace, brief=brief))
    return console.export_svg(
        title=wording.line(title), code_format=_PICTURE, unique_id="answerable"
    )


def write_svg(trace: AccountabilityTrace, path: str | os.PathLike[str]) -> None:
    """Write the picture, whole or not at all; raises `ExportError` if it cannot be."""
    published.write(path, svg(trace, f"answerable trace {trace.subject}"))


def _tree(trace: AccountabilityTrace, pen: Pen, brief: bool) -> Tree:
    entries = wording.outline(trace)
    root = Tree(Group(*_head(trace, pen), *_missing(entries[0].gaps, pen)), guide_style="dim")
    above = [root]
    for entry in entries[1:]:
        del above[min(entry.depth, _DEEPEST) :]
        label = _label(entry.shows, trace, pen, brief)
        above.append(above[-1].add(Group(label, *_missing(entry.gaps, pen))))
    return root


def _head(trace: AccountabilityTrace, pen: Pen) -> list[Text]:
    decisions = sum(isinstance(placed.record, Decision) for placed in trace.records)
    teams = {wording.team(placed.record) for placed in trace.placed()}
    counted = [
        _count(decisions, "decision", pen),
        _count(len(trace.steps), "step", pen),
        _count(len(teams), "team", pen),
        _count(len(trace.missing), "gap", pen, "red" if trace.missing else "green"),
    ]
    about = [
        pen.text(f"as of {wording.moment(trace.as_of)}", "dim"),
        pen.text(f"revision {trace.revision[:12]}", "dim"),
    ]
    return [
        pen.text(trace.subject, "bold underline"),
        pen.text(wording.VERDICTS[trace.verdict], verdict_style(trace.verdict)),
        pen.join(about),
        pen.join(counted),
        pen.legend,
        *names((placed.record for placed in trace.placed()), pen),
    ]


def _count(number: int, what: str, pen: Pen, style: str = "") -> Text:
    return pen.text(f"{number:,} {what}{'' if number == 1 else 's'}", style)


def _label(shown: object, trace: AccountabilityTrace, pen: Pen, brief: bool) -> RenderableType:
    if isinstance(shown, Fold):
        named = f"{len(shown.members):,} times {shown.name}" if shown.name else ""
        said = named or f"{len(shown.members):,} defaults that nobody chose"
        return pen.join([pen.text(said, "bold"), pen.team(wording.team(shown.members[0].record))])
    if isinstance(shown, Placed):
        return _placed(shown, trace, pen, brief)
    return pen.text(str(shown).upper(), "bold")


def _placed(placed: Placed, trace: AccountabilityTrace, pen: Pen, brief: bool) -> RenderableType:
    record = placed.record
    style = "bold yellow" if isinstance(record, Dissent) else "bold"
    heading = [pen.mark(record), Text(" "), pen.text(wording.cut(wording.title(record), 80), style)]
    if isinstance(record, Decision):
        heading.append(pen.text(f"  {wording.line(record.question)}", "dim"))
    if isinstance(record, Step):
        heading += [Text("  "), pen.team(wording.team(record))]
        heading += [] if brief else [pen.text(f"  {record.id}", "dim")]
    rows = _rows(placed, trace, pen, brief)
    signature = wording.signature(record)
    if signature.state == "fault":
        rows.append(("", pen.text(signature.words, "bold red")))
    if placed.standing in ("over", "to-come"):
        style = "yellow" if placed.standing == "over" else "italic"
        heading.append(pen.text(f"  {wording.STANDINGS[placed.standing]}", style))
    if placed.superseded_by is not None:
        heading.append(pen.text("  history", "italic"))
        how = "withdrawn" if placed.standing == "revoked" else "replaced"
        rows.append((how, pen.text(f"by {placed.superseded_by}")))
        return Group(_dimmed(Text.assemble(*heading)), grid((a, _dimmed(b)) for a, b in rows))
    return Group(Text.assemble(*heading), grid(rows)) if rows else Text.assemble(*heading)


def _rows(placed: Placed, trace: AccountabilityTrace, pen: Pen, brief: bool) -> list[Row]:
    record = placed.record
    if isinstance(record, Step):
        return (
            []
            if brief
            else [
                (role, pen.text(_refs(record, role)))
                for role in ("used", "produced")
                if getattr(record, role)
            ]
        )
    rows: list[Row] = [("by", attribution(record, pen))]
    if brief:
        return rows + _briefly(record, pen)
    if isinstance(record, Decision):
        if record.previous is not None:
            rows.append(("before", pen.text(wording.cut(wording.value(record.previous), 80))))
        rows += reasons(record, pen, most=_MOST)
    elif isinstance(record, Approval):
        shown = record.digest == trace.digest
        rows += [row for row in opinion(record, pen) if row[0] != "binds"]
        bound = wording.bound(record, trace.subject, trace.digest)
        rows.append(("binds", pen.text(bound, "green" if shown else "red")))
    elif isinstance(record, Dissent):
        rows += opinion(record, pen)
    elif not isinstance(record, Delegation):
        rows += [(label, pen.text(said)) for label, said in wording.details(record)]
    else:
        rows.append(("valid", pen.text(f"until {wording.moment(record.not_after)}")))
    if (capture := wording.capture(record)) not in (None, "explicit", "default"):
        rows.append(("how", pen.text(wording.CAPTURES[capture], "dim")))
    return [*rows, ("id", pen.text(record.id, "dim"))]


def _briefly(record: Record, pen: Pen) -> list[Row]:
    """Why, and over how many others, on one line."""
    why = wording.cut(wording.line(getattr(record, "rationale", None) or ""), _LINE)
    others = len(getattr(record, "considered", ()))
    parts = [pen.text(why)] if why else []
    parts += [_count(others, "other option", pen, "dim")] if others else []
    return [("why", pen.join(parts))] if parts else []


def _refs(record: Step, role: str) -> str:
    refs = [artifact.ref for artifact in getattr(record, role)]
    more = [f"and {len(refs) - _MOST} more"] if len(refs) > _MOST else []
    return ", ".join(refs[:_MOST] + more)


def _missing(gaps: Iterable[Gap], pen: Pen) -> list[Text]:
    said = wording.short(gaps)
    return [pen.gap(said)] if said else []


def _dimmed(text: Text) -> Text:
    dimmed = text.copy()
    dimmed.stylize("dim")
    return dimmed
