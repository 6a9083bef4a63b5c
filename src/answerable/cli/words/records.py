"""One record in full, on a terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.panel import Panel
from rich.text import Text

from answerable import wording
from answerable.cli.pen import HUES, Drawn, Pen, Row, grid
from answerable.cli.words.people import decider
from answerable.cli.words.reasons import artifact, opinion, reasons
from answerable.model import Approval, Decision, Delegation, Dissent, PolicyVersion, Record, Step


def decision_panel(record: Record) -> RenderableType:
    """The full record of any type, in words."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        title = Text.assemble(pen.mark(record), " ", pen.text(wording.title(record), "bold"))
        return Panel(grid(full(record, pen)), title=title, title_align="left", padding=(1, 1, 0, 1))

    return Drawn(draw, wording.hues([wording.team(record)], len(HUES)))


def full(record: Record, pen: Pen) -> list[Row]:
    """Every field of the record that says something."""
    found: list[Row] = []
    if isinstance(record, Decision):
        found.append(("question", pen.text(record.question)))
        if record.abandoned is None:
            found.append(("chosen", pen.text(wording.value(record.chosen), "bold")))
        if record.previous is not None:
            found.append(("before", pen.text(wording.value(record.previous))))
        found += reasons(record, pen)
    elif isinstance(record, Approval | Dissent):
        found += opinion(record, pen)
    elif isinstance(record, Delegation):
        found += _delegation(record, pen)
    elif isinstance(record, PolicyVersion):
        found.append(("version", pen.text(str(record.version), "bold")))
        found += [("signed by", pen.text(each.key_id, "dim")) for each in record.endorsements]
    elif isinstance(record, Step):
        found.append(("started", pen.text(wording.moment(record.started_at))))
        if record.abandoned is not None:
            found.append(("ended", pen.text(wording.line(record.abandoned), "yellow")))
    else:
        found += [(label, pen.text(said)) for label, said in wording.details(record)]
    found += [("private", pen.text(told, "dim")) for told in wording.withheld(record)]
    found += [("team", pen.team(wording.team(record))), ("by", decider(record, pen))]
    if record.decided_by is not None:
        found.append(("", pen.text(wording.KNOWN_BY[record.decided_by.known_by], "dim")))
    if isinstance(record, Decision):
        answers = pen.text(wording.accountable(record), "" if record.accountable else "red")
        found.append(("accountable", answers))
        if record.authority:
            found.append(("authority", pen.text(record.authority)))
        found += _scope(record, pen)
    found += [(role, artifact(each, pen)) for role, each in wording.artifacts(record)]
    found += [("about", pen.text(ref)) for ref in record.about]
    found += [("replaces", pen.text(id)) for id in getattr(record, "supersedes", ())]
    return found + _where(record, pen) + _custody(record, pen)


def _delegation(record: Delegation, pen: Pen) -> list[Row]:
    span = f"{wording.moment(record.not_before)} to {wording.moment(record.not_after)}"
    return [
        ("speaks for", pen.text(wording.who(record.principal))),
        ("valid", pen.text(span)),
        ("session key", pen.text(record.session_key, "dim")),
        ("lent by key", pen.text(record.identity_key, "dim")),
    ]


def _scope(decision: Decision, pen: Pen) -> list[Row]:
    scope = decision.scope
    if scope is None:
        return []
    rows = [
        ("runs at", scope.deployment),
        ("purpose", scope.intended_purpose),
        ("population", scope.population),
    ]
    return [(label, pen.text(said)) for label, said in rows if said]


def _where(record: Record, pen: Pen) -> list[Row]:
    found: list[Row] = []
    ended = "ended" if isinstance(record, Step) else "decided"
    found.append((ended, pen.text(wording.moment(record.decided_at))))
    if record.signed_at != record.recorded_at:  # it waited
        found.append(("signed", pen.text(wording.moment(record.signed_at))))
    found.append(("recorded", pen.text(wording.moment(record.recorded_at))))
    if (capture := wording.capture(record)) is not None:
        found.append(("capture", pen.text(wording.CAPTURES[capture])))
    if place := wording.place(record):
        found.append(("source", pen.text(place)))
    named = [("step", record.step), ("within", record.within), ("run", record.run)]
    return found + [(label, pen.text(said, "dim")) for label, said in named if said]


def _custody(record: Record, pen: Pen) -> list[Row]:
    seal = wording.signature(record)
    style = {"verified": "green", "fault": "bold red", "unknown": "dim"}[seal.state]
    found: list[Row] = [("signature", pen.text(seal.words, style))]
    if record.emission is not None:
        found.append(("key", pen.text(record.emission.key_id, "dim")))
    if record.custody is not None:
        if record.custody.index is not None:
            found.append(("entry", pen.text(str(record.custody.index))))
        found.append(("digest", pen.text(record.custody.digest, "dim")))
    return [*found, ("id", pen.text(record.id, "dim"))]
