"""What is left open around decisions: mandates that had lapsed, controls still bypassed, facts that
nobody acknowledged, assumptions that did not hold, actions overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from answerable.lineage.assumed import broken, is_due
from answerable.lineage.closure import Closure
from answerable.lineage.expiry import passed
from answerable.lineage.known import Known
from answerable.lineage.mandates import objections
from answerable.lineage.trace import Gap, GapCode
from answerable.lineage.wording import named, short
from answerable.model import (
    Acknowledgement,
    Action,
    AssumptionEvent,
    Decision,
    Notice,
    Override,
    Record,
    Revocation,
)
from answerable.model.artifacts import RECORD


class Made(Protocol):
    """Makes a gap at a record."""

    def __call__(
        self,
        code: GapCode,
        text: str,
        record: Record | None,
        *,
        ref: str | None = None,
        owner: str | None = None,
    ) -> Gap: ...


def around(record: Record, closure: Closure, gap: Made) -> Iterator[Gap]:
    """The gaps of one record in force that other records, or the time, make."""
    known = closure.known
    if isinstance(record, Decision):
        yield from _ended(record, known, gap)
        yield from _assumed(record, known, gap)
    elif isinstance(record, Override) and (record.until is None or passed(record.until, known.at)):
        until = f"since {record.until} " if record.until else ""
        text = f"the control {short(record.control)} is {until}bypassed, and nobody reverted that"
        yield gap("open-override", text, record)
    elif isinstance(record, Notice):
        heard = set(_heard(record, known))
        for actor in record.addressees:
            if actor not in heard:
                text = f"{actor} has not acknowledged: {short(record.statement)}"
                yield gap("unacknowledged", text, record, owner=actor)
    elif isinstance(record, Action) and record.state == "open" and passed(record.due, known.at):
        text = f"the action {short(record.statement)} was due by {record.due}"
        yield gap("open-action", text, record, owner=record.owner)
    for text, holder in objections(record, known):
        yield gap("orphaned", f"{named(record)} {text}", record, owner=holder)


def withdrawn(
    records: Iterable[Record], makers: Mapping[str, Iterable[str]], known: Known, gap: Made
) -> Iterator[Gap]:
    """Decisions that somebody withdrew, and nothing took their place: what rested on them still
    does. One that filled a slot gives way to what was there before."""
    for record in records:
        if not isinstance(record, Decision) or not isinstance(known.successor(record), Revocation):
            continue
        anew = any(not isinstance(r, Revocation) for r in known.superseding(record.id))
        filled = [artifact.ref for artifact in record.produced]
        if not anew and not (filled and all(makers.get(ref) for ref in filled)):
            text = f"{named(record)} was withdrawn, and nothing has taken its place"
            yield gap("lapsed", text, record)


def _ended(decision: Decision, known: Known, gap: Made) -> Iterator[Gap]:
    name = named(decision)
    if passed(decision.valid_to, known.at):
        yield gap("lapsed", f"{name} held until {decision.valid_to}", decision)
    for risk in decision.residual_risk:
        if risk.owner is None:
            text = f'nobody owns the risk that {name} leaves: "{short(risk.statement)}"'
            yield gap("unassigned", text, decision)
        if passed(risk.until, known.at):
            text = f'the risk "{short(risk.statement)}" of {name} was accepted until {risk.until}'
            yield gap("lapsed", text, decision, owner=risk.owner)


def _assumed(decision: Decision, known: Known, gap: Made) -> Iterator[Gap]:
    name = named(decision)
    told: dict[str, list[AssumptionEvent]] = {a.statement: [] for a in decision.assumptions}
    for event in known.about(RECORD + decision.id):
        if isinstance(event, AssumptionEvent) and known.in_force(event):
            told.setdefault(event.assumption, []).append(event)
    owners = {a.statement: a.owner for a in decision.assumptions}
    for statement, events in told.items():
        if (against := broken(events)) is not None:
            state = "was violated" if against.state == "violated" else "has lapsed"
            text = f'the assumption "{short(statement)}" of {name} {state}'
            yield gap("violated-assumption", text, decision, owner=owners.get(statement))
    for assumption in decision.assumptions:
        if is_due(assumption, told[assumption.statement], known.at):
            text = (
                f'the assumption "{short(assumption.statement)}" of {name} '
                f"was to be reviewed by {assumption.review_by}"
            )
            yield gap("expired-assumption", text, decision, owner=assumption.owner)


def _heard(notice: Notice, known: Known) -> Iterator[str]:
    """Who has taken note of it: whoever says so, and the team in which that was recorded."""
    for one in known.about(RECORD + notice.id):
        if isinstance(one, Acknowledgement) and known.in_force(one):
            if one.decided_by is not None:
                yield one.decided_by.id
            if one.team:
                yield "team:" + one.team.removeprefix("team:")
