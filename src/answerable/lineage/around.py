"""What is left open around decisions: mandates that had lapsed, controls still bypassed, facts that
nobody acknowledged, assumptions that did not hold, actions overdue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from answerable.lineage.closure import RECORD, Closure
from answerable.lineage.expiry import expired_at, passed
from answerable.lineage.known import Known
from answerable.lineage.trace import Gap, GapCode
from answerable.lineage.wording import named, short
from answerable.model import (
    Acknowledgement,
    Action,
    Assumption,
    AssumptionEvent,
    Decision,
    Mandate,
    Notice,
    Override,
    Record,
)


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
        yield from _of_decision(record, known, gap)
    elif isinstance(record, Override) and (record.until is None or passed(record.until, known.at)):
        until = f"since {record.until} " if record.until else ""
        text = f"the control {short(record.control)} is {until}bypassed, and nobody reverted that"
        yield gap("open-override", text, record)
    elif isinstance(record, Notice):
        heard = {
            one.decided_by.id
            for one in known.about(RECORD + record.id)
            if isinstance(one, Acknowledgement) and one.decided_by and known.in_force(one)
        }
        for actor in record.addressees:
            if actor not in heard:
                text = f"{actor} has not acknowledged: {short(record.statement)}"
                yield gap("unacknowledged", text, record, owner=actor)
    elif isinstance(record, Action) and record.state == "open" and passed(record.due, known.at):
        text = f"the action {short(record.statement)} was due by {record.due}"
        yield gap("open-action", text, record, owner=record.owner)


def looked_at(decision: Decision, assumption: Assumption, known: Known) -> bool:
    """True if somebody has looked at the assumption since its date, and the next look is not
    due yet."""
    due = expired_at(assumption.review_by)
    return any(
        event.state == "reviewed"
        and due is not None
        and not passed(event.review_by, known.at)
        and (event.decided_at >= due or event.review_by is not None)
        for event in _events(decision, known)
        if event.assumption == assumption.statement
    )


def _of_decision(decision: Decision, known: Known, gap: Made) -> Iterator[Gap]:
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
    for event in _events(decision, known):
        if event.state != "reviewed":
            text = f'the assumption "{short(event.assumption)}" of {name} was {event.state}'
            yield gap("violated-assumption", text, decision)
    yield from _authority(decision, known, gap)


def _authority(decision: Decision, known: Known, gap: Made) -> Iterator[Gap]:
    mandate = known.get((decision.authority or "").removeprefix(RECORD))
    if not isinstance(mandate, Mandate):
        return
    name = named(decision)
    if passed(mandate.valid_until, decision.decided_at):
        text = f"{name} was taken on a mandate that had ended on {mandate.valid_until}"
        yield gap("orphaned", text, decision, owner=mandate.holder)
    elif mandate.kinds and decision.kind not in mandate.kinds:
        text = f"{name} was taken on a mandate for {', '.join(mandate.kinds)}"
        yield gap("orphaned", text, decision, owner=mandate.holder)
    elif decision.decided_by is not None and decision.decided_by.id != mandate.holder:
        text = f"{name} was taken on the mandate of {mandate.holder}"
        yield gap("orphaned", text, decision, owner=mandate.holder)


def _events(decision: Decision, known: Known) -> Iterator[AssumptionEvent]:
    for event in known.about(RECORD + decision.id):
        if isinstance(event, AssumptionEvent) and known.in_force(event):
            yield event
