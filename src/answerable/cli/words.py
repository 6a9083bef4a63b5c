"""Records, gaps and verdicts on a terminal: of any width and encoding, with colour or without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from answerable import wording
from answerable.cli.pen import HUES, Drawn, Pen, Row, grid
from answerable.history import Verdict
from answerable.lineage import Gap
from answerable.model import (
    Approval,
    Artifact,
    Considered,
    Decision,
    Delegation,
    Dissent,
    PolicyVersion,
    Record,
    Step,
)

_SHORT: Final = 60  # an option's value, and its reason, where not everything is told


def decision_panel(record: Record) -> RenderableType:
    """The full record of any type, in words."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        title = Text.assemble(pen.mark(record), " ", pen.text(wording.title(record), "bold"))
        return Panel(grid(full(record, pen)), title=title, title_align="left", padding=(1, 1, 0, 1))

    return Drawn(draw, wording.hues([wording.team(record)], len(HUES)))


def decisions_table(records: Sequence[Record]) -> RenderableType:
    """Records, one a row; on a narrow terminal one a block. Ids are always whole."""

    def draw(pen: Pen, width: int) -> RenderableType:
        if not records:
            return pen.text("no decisions", "dim")
        return _table(records, pen) if width >= 150 else _blocks(records, pen)

    return Drawn(draw, wording.hues(map(wording.team, records), len(HUES)))


def gaps_text(gaps: Sequence[Gap], *, brief: bool = False) -> RenderableType:
    """The gaps by code, most frequent first, each with what it says; `brief`: counts alone."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        if not gaps:
            return pen.text("no gaps", "green")
        parts: list[RenderableType] = []
        for code, group in wording.by_code(gaps).items():
            head = pen.text(f"{len(group):>3}  {code}", "bold red")
            parts.append(pen.join([head, pen.text(wording.GAPS[code], "dim")], "  "))
            if not brief:
                parts.append(grid([("", _gap_line(gap, pen)) for gap in group], indent=4))
        return Group(*parts)

    return Drawn(draw)


_COMPARED = "compared: what is missing and what was added is among the faults"
_NOT_COMPARED = "not named (--ledger): what was taken away or added as a whole would not be seen"


def verdict_text(
    verdict: Verdict, copy: str | None = None, *, compared: bool = False
) -> RenderableType:
    """What was checked, what that leaves open, and each fault. `copy` names a copy outside the
    ledger, and `compared` says whether it was compared with the ledger."""

    def draw(pen: Pen, _width: int) -> RenderableType:
        good = verdict.holds
        style = (
            "bold green" if verdict.verdict == "valid" else "bold yellow" if good else "bold red"
        )
        if copy is None:
            rows = [
                ("log", pen.text(verdict.origin or "unknown")),
                ("checked", pen.text(_checked(verdict))),
                ("root", pen.text(verdict.root or "cannot be computed", "dim")),
                ("policy", pen.text(_policy(verdict))),
                ("window", pen.text(_window(verdict))),
            ]
        else:
            rows = [
                ("copy", pen.text(copy)),
                ("checked", pen.text(_checked_copy(verdict))),
                ("ledger", pen.text(_COMPARED if compared else _NOT_COMPARED)),
                ("policy", pen.text(_policy(verdict))),
            ]
        if verdict.exchanged_from:
            rows.append(("before", pen.text(_exchanged(verdict), "bold yellow")))
        parts: list[RenderableType] = [
            pen.text(wording.VERDICTS[verdict.verdict], style),
            grid(rows, indent=2),
        ]
        if verdict.faults:
            parts.append(pen.text(f"{len(verdict.faults):,} found wrong", "bold red"))
            faults = [
                (
                    f"entry {fault.index}" if fault.index is not None else "the whole",
                    Text.assemble(
                        pen.text(fault.code, "red"),
                        ": ",
                        pen.text(wording.line(fault.message)),
                        pen.text(f"  {wording.line(fault.id)}" if fault.id else "", "dim"),
                    ),
                )
                for fault in verdict.faults
            ]
            parts.append(grid(faults, indent=2))
        return Group(*parts)

    return Drawn(draw)


def attribution(record: Record, pen: Pen) -> Text:
    """The team, who decided and how that is known, who answers for it."""
    parts = [pen.team(wording.team(record)), decider(record, pen)]
    if isinstance(record, Decision):
        style = "" if record.accountable else "red"
        answers = pen.text(wording.accountable(record), style)
        parts.append(Text.assemble(("answers: ", "dim"), answers))
    return pen.join(parts)


def decider(record: Record, pen: Pen) -> Text:
    """Who decided, and how that is known."""
    said = pen.text(wording.decided_by(record), "" if record.decided_by else "red")
    if record.decided_by is not None:
        said.append_text(pen.text(f" ({record.decided_by.known_by})", "dim"))
    return said


def reasons(decision: Decision, pen: Pen, *, most: int | None = None) -> list[Row]:
    """Why, over what, on which evidence and assumptions; `most` of each at the longest."""
    found: list[Row] = []
    if decision.abandoned is not None:
        found.append(("ended", pen.text(wording.line(decision.abandoned), "yellow")))
    if decision.rationale:
        found.append(("why", pen.text(decision.rationale)))
    options = [
        _option(option, pen, None if most is None else _SHORT) for option in decision.considered
    ]
    if options:
        found.append((f"not ({len(options)})", _listed(options, pen, most)))
    evidence = [
        Text.assemble(
            pen.text(each.artifact.ref) if most is not None else artifact(each.artifact, pen),
            pen.text(f" ({wording.EVIDENCE[each.kind]}", "dim"),
            pen.text(f", until {each.valid_until})" if each.valid_until else ")", "dim"),
        )
        for each in decision.evidence
    ]
    if evidence:
        found.append(("evidence", _listed(evidence, pen, most)))
    assumptions = [
        Text.assemble(
            pen.text(wording.line(each.statement)),
            pen.text(_terms(each.review_by, each.holds_while, each.owner), "dim"),
        )
        for each in decision.assumptions
    ]
    if assumptions:
        found.append(("assumes", _listed(assumptions, pen, most)))
    ballots = [
        Text.assemble(
            pen.text(f"{wording.who(each.actor)} {each.vote}", "yellow" * (each.vote != "for")),
            pen.text(f": {wording.line(each.because)}" if each.because else "", "dim"),
        )
        for each in decision.votes
    ]
    if ballots:
        found.append(("votes", _listed(ballots, pen, None)))
    return found + _people(decision, pen) + _bounds(decision, pen)


def _people(decision: Decision, pen: Pen) -> list[Row]:
    rows = [("consulted", decision.consulted), ("informed", decision.informed)]
    found = [
        (label, pen.text(", ".join(map(wording.who, actors)))) for label, actors in rows if actors
    ]
    if decision.drafted_by:
        drafted = f"by {wording.who(decision.drafted_by)}: its words, until a person confirms them"
        found.append(("drafted", pen.text(drafted, "yellow")))
    return found


def _bounds(decision: Decision, pen: Pen) -> list[Row]:
    """What stays at risk, by which law, and from when to when."""
    found = [
        (
            "at risk",
            Text.assemble(
                pen.text(wording.line(risk.statement)),
                pen.text(_terms(risk.until, None, risk.owner).replace("review by", "until"), "dim"),
            ),
        )
        for risk in decision.residual_risk
    ]
    rows = [
        ("law", ", ".join(decision.legal_refs)),
        ("holds from", decision.valid_from),
        ("holds to", decision.valid_to),
        ("may change", decision.pre_determined_change),
    ]
    return found + [(label, pen.text(wording.line(said))) for label, said in rows if said]


def opinion(record: Approval | Dissent, pen: Pen) -> list[Row]:
    """What an approval binds or a dissent says."""
    found: list[Row] = []
    if isinstance(record, Approval):
        found.append(("means", pen.text(wording.MEANINGS[record.meaning])))
        found.append(("binds", pen.text(record.digest, "dim")))
    if record.rationale:
        found.append(("why", pen.text(record.rationale)))
    return found


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
    found += [("team", pen.team(wording.team(record))), ("by", decider(record, pen))]
    if record.decided_by is not None:
        found.append(("", pen.text(wording.KNOWN_BY[record.decided_by.known_by], "dim")))
    if isinstance(record, Decision):
        answers = pen.text(wording.accountable(record), "" if record.accountable else "red")
        found.append(("answers", answers))
        if record.authority:
            found.append(("authority", pen.text(record.authority)))
        found += _scope(record, pen)
    found += [(role, artifact(each, pen)) for role, each in wording.artifacts(record)]
    found += [("about", pen.text(ref)) for ref in record.about]
    found += [("replaces", pen.text(id)) for id in getattr(record, "supersedes", ())]
    return found + _where(record, pen) + _custody(record, pen)


def artifact(artifact: Artifact, pen: Pen) -> Text:
    """Its reference, digest and place."""
    said = pen.text(artifact.ref)
    for more in (artifact.digest, artifact.uri):
        if more:
            said.append_text(pen.text(f"\n{wording.line(more)}", "dim"))
    return said


def _option(option: Considered, pen: Pen, length: int | None) -> Text:
    value = wording.line(wording.value(option.value))
    because = f": {wording.line(option.because)}" if option.because else ""
    if length is not None:
        value, because = wording.cut(value, length), wording.cut(because, length)
    return Text.assemble(pen.text(value, "bold dim"), pen.text(because, "dim"))


def _listed(items: Sequence[Text], pen: Pen, most: int | None) -> Text:
    if most is None:
        return pen.join(items, "\n")
    shown = [*items[:most]]
    if len(items) > most:
        shown.append(pen.text(f"and {len(items) - most} more", "dim"))
    return pen.join(shown, "; ")


def _terms(review_by: str | None, holds_while: str | None, owner: str | None) -> str:
    parts = [
        f"review by {review_by}" if review_by else "",
        f"while {holds_while}" if holds_while else "",
        wording.who(owner) if owner else "",
    ]
    said = ", ".join(wording.line(part) for part in parts if part)
    return f" ({said})" if said else ""


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
        ("over", scope.population),
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


def _table(records: Sequence[Record], pen: Pen) -> RenderableType:
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    made.add_column("decided", no_wrap=True)
    made.add_column("decision", overflow="fold", ratio=1)
    made.add_column("team", overflow="fold", max_width=20)
    made.add_column("by", overflow="fold", max_width=44)
    made.add_column("id", no_wrap=True, min_width=36)
    for record in records:
        made.add_row(
            pen.text(wording.moment(record.decided_at)[:16] + "Z"),
            _heading(record, pen),
            pen.team(wording.team(record)),
            decider(record, pen),
            pen.text(record.id, "dim"),
        )
    return made


def _blocks(records: Sequence[Record], pen: Pen) -> RenderableType:
    parts: list[RenderableType] = []
    for record in records:
        parts.append(_heading(record, pen))
        when = pen.text(wording.moment(record.decided_at)[:16] + "Z")
        by = [when, pen.team(wording.team(record)), decider(record, pen)]
        parts.append(grid([("", pen.join([*by, pen.text(record.id, "dim")]))], indent=2))
    return Group(*parts)


def _heading(record: Record, pen: Pen) -> Text:
    title = pen.text(wording.cut(wording.title(record), 80), "bold")
    return Text.assemble(pen.mark(record), " ", title)


def _gap_line(gap: Gap, pen: Pen) -> Text:
    said = pen.text(wording.line(gap.message))
    if gap.owner:
        said.append_text(pen.text(f" ({wording.who(gap.owner)})", "dim"))
    return said


def _checked(verdict: Verdict) -> str:
    return (
        f"{verdict.size:,} entries: every byte, signature, delegation and emitter's own chain,"
        " the tree over them and its signed checkpoint"
    )


def _checked_copy(verdict: Verdict) -> str:
    return (
        f"{verdict.size:,} records: every signature and delegation, and all that is shown against"
        " the bytes that were signed"
    )


def _policy(verdict: Verdict) -> str:
    if verdict.policy is None:
        return "none: any key is accepted, so that a signature shows which key, not whose"
    return f"version {verdict.policy}"


def _exchanged(verdict: Verdict) -> str:
    count = len(verdict.exchanged_from)
    return (
        f"this address held {'another log' if count == 1 else f'{count} other logs'} when it was"
        f" seen from here before ({verdict.exchanged_from[-1]}): was it begun anew, or exchanged?"
    )


def _window(verdict: Verdict) -> str:
    if verdict.unwitnessed_since is None:
        return "closed" if verdict.size else "nothing recorded yet"
    return (
        f"whoever holds the ledger's key could have rewritten what was recorded since"
        f" {verdict.unwitnessed_since}: no quorum of witnesses has seen it"
    )
