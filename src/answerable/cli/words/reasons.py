"""Why a decision was taken, over what, and within which bounds, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from answerable import wording
from answerable.cli.pen import Pen, Row
from answerable.model import Approval, Artifact, Considered, Decision, Dissent

_SHORT: Final = 60  # an option's value, and its reason, where not everything is told


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
