"""Answers to an investigator's and a reviewer's questions, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from answerable import wording
from answerable.cli.pen import HUES, Drawn, Pen, Row, grid
from answerable.cli.words import attribution, decider, gaps_text, opinion, reasons
from answerable.lineage import (
    Change,
    Difference,
    Gap,
    Gate,
    Hearing,
    Impact,
    Investigation,
    Review,
    Why,
)
from answerable.model import Decision, Record


def why_text(found: Why) -> RenderableType:
    """The decisions in force in full, what they replaced in a line each, and the gaps."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if not found.in_force:
            text = f"nobody decided {found.kind} behind {found.subject}"
            parts: list[RenderableType] = [pen.gap(wording.line(text))]
        else:
            parts = [each for d in found.in_force for each in _told(d, pen)]
        for title, some in (
            (wording.STANDINGS["over"], found.over),
            (wording.STANDINGS["to-come"], found.to_come),
            ("replaced or withdrawn", found.superseded),
        ):
            if some:
                parts += ["", pen.text(title, "bold"), *_briefly(some, pen)]
        return Group(*parts, *_gaps(found.gaps))

    return Drawn(draw, _hues((*found.in_force, *found.over, *found.to_come, *found.superseded)))


def diff_text(found: Difference) -> RenderableType:
    """What changed by decision, what without, and which gaps closed and opened."""
    pairs = (*found.changed, *found.remade)
    records = (*found.added, *found.removed, *(r for p in pairs for r in (p.before, p.after)))

    def draw(pen: Pen, _width: int) -> RenderableType:
        head = pen.text(wording.line(f"{found.before}  to  {found.after}"), "bold")
        parts: list[RenderableType] = [head]
        if found.changed:
            parts += ["", pen.text("decided otherwise", "bold")]
            parts += [_changed(change, pen) for change in found.changed]
        for title, some in (("added", found.added), ("removed", found.removed)):
            if some:
                parts += ["", pen.text(title, "bold"), *_briefly(some, pen)]
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
        if not (records or found.without_decision):
            parts += ["", pen.text("no decision differs", "dim")]
        for title, gaps in (("gaps closed", found.closed), ("gaps opened", found.opened)):
            if gaps:
                parts += ["", pen.text(title, "bold"), gaps_text(gaps)]
        return Group(*parts)

    return Drawn(draw, _hues(records))


def impact_text(found: Impact) -> RenderableType:
    """Each thing that rests on it, with one way there; and the decisions."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        parts: list[RenderableType] = []
        if found.reached:
            title = f"{len(found.reached)} rest on {found.ref}"
            rows: list[Row] = [
                (
                    wording.line(each.subject),
                    pen.text(wording.line("by " + " > ".join(each.path[:-1])), "dim"),
                )
                for each in found.reached
            ]
            parts += [pen.text(wording.line(title), "bold"), grid(rows, indent=2)]
        else:
            parts.append(pen.text(wording.line(f"nothing rests on {found.ref}"), "green"))
        if found.decisions:
            parts += ["", pen.text("decisions", "bold"), *_briefly(found.decisions, pen)]
        return Group(*parts)

    return Drawn(draw, _hues(found.decisions))


def informed_text(fact: str, found: Sequence[Hearing]) -> RenderableType:
    """Each who was told of it or took note, when, and whether that was in time."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if not found:
            return pen.text(wording.line(f"nobody was informed of {fact}"), "red")
        rows: list[Row] = []
        for each in found:
            parts = [pen.text(each.how), pen.text(wording.moment(each.at), "dim")]
            if each.before is not None:
                timely = "before the decision" if each.before else "after the decision"
                parts.append(pen.text(timely, "green" if each.before else "yellow"))
            rows.append((wording.who(each.actor), pen.join([*parts, pen.text(each.record, "dim")])))
        return Group(pen.text(wording.line(fact), "bold"), grid(rows, indent=2))

    return Drawn(draw)


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
        parts += [each for d in chosen for each in _told(d, pen, most=3)]
        if found.defaults:
            parts += ["", pen.text(f"{len(found.defaults)} defaults that nobody chose", "bold red")]
            parts += _briefly(found.defaults, pen)
        if found.assumptions:
            parts += ["", pen.text("assumed", "bold"), grid(_assumed(found, pen), indent=2)]
        if found.walls:
            parts += ["", pen.text("vendors, whose inside nobody here can see", "bold")]
            parts.append(grid([("", pen.text(wording.line(ref))) for ref in found.walls], indent=2))
        parts += [*_gaps(found.gaps), *_voices(found, pen)]
        return Group(*parts)

    return Drawn(draw, _hues(found.decisions))


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
        parts += ["", pen.text("in force at that time", "bold"), *_briefly(found.in_force, pen)]
        for title, people in (
            ("answers for it", found.accountable),
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
        if found.actions:
            done: list[Row] = [
                (a.state, pen.text(wording.line(a.statement), "" if a.state == "open" else "dim"))
                for a in found.actions
            ]
            parts += ["", pen.text("actions", "bold"), grid(done, indent=2)]
        return Group(*parts)

    return Drawn(draw, _hues(found.in_force))


def gate_text(found: Gate) -> RenderableType:
    """Open or closed, and why."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        head = pen.text("open", "bold green") if found.open else pen.text("closed", "bold red")
        rows: list[Row] = [("", pen.text(wording.line(reason))) for reason in found.because]
        rows += [
            ("approval", pen.join([decider(a, pen), pen.text(a.id, "dim")]))
            for a in found.approvals
        ]
        return Group(head, grid(rows, indent=2), *_gaps(found.gaps))

    return Drawn(draw)


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


def _voices(found: Review, pen: Pen) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if found.required is not None:
        of = ", ".join(found.required.principals)
        parts += [
            "",
            pen.text(wording.line(f"the policy asks for {found.required.threshold} of {of}")),
        ]
    for voice in found.approvals:
        state = (
            pen.text("of what is shown here", "green")
            if voice.is_present
            else pen.text("of what was there before", "bold red")
        )
        said = pen.join([decider(voice.approval, pen), state])
        head = Text.assemble(pen.mark(voice.approval), " ", said)
        parts += ["", head, grid(opinion(voice.approval, pen), indent=4)]
    for dissent in found.dissents:
        said = pen.join([decider(dissent, pen), pen.text("dissents", "yellow")])
        head = Text.assemble(pen.mark(dissent), " ", said)
        parts += ["", head, grid(opinion(dissent, pen), indent=4)]
    if not found.approvals:
        parts += ["", pen.text("nobody has approved it", "yellow")]
    return parts


def _told(decision: Decision, pen: Pen, *, most: int | None = None) -> list[RenderableType]:
    """A decision with its reasons, who took it, and when."""
    rows = reasons(decision, pen, most=most)
    when = pen.text(wording.moment(decision.decided_at)[:16] + "Z", "dim")
    about = [("when", when), ("id", pen.text(decision.id, "dim"))]
    return [
        _title(decision, pen),
        grid([("", attribution(decision, pen)), *rows, *about], indent=4),
    ]


def _briefly(decisions: Iterable[Decision], pen: Pen) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for decision in decisions:
        when = pen.text(wording.moment(decision.decided_at)[:16] + "Z", "dim")
        by = [when, pen.team(wording.team(decision)), decider(decision, pen)]
        parts.append(Text.assemble("  ", _title(decision, pen)))
        parts.append(grid([("", pen.join([*by, pen.text(decision.id, "dim")]))], indent=4))
    return parts


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


def _title(decision: Decision, pen: Pen) -> Text:
    title = pen.text(wording.cut(wording.title(decision), 80), "bold")
    return Text.assemble(pen.mark(decision), " ", title)


def _gaps(gaps: Sequence[Gap]) -> list[RenderableType]:
    return ["", Text("gaps", style="bold red"), gaps_text(gaps)] if gaps else []


def _or(said: str | None) -> str:
    return "nothing" if said is None else said


def _hues(records: Iterable[Record]) -> dict[str, int]:
    return dict(wording.hues(map(wording.team, records), len(HUES)))
