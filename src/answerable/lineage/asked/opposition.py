"""Who spoke or voted against something, and whether anybody answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import attrs

from answerable.lineage.asked.whole import in_force, verifies
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import (
    Acknowledgement,
    Approval,
    Decision,
    Dissent,
    Record,
    Revocation,
    Supersession,
)
from answerable.model.artifacts import RECORD

# What is said of an objection and is no answer to it.
_NO_ANSWER = (Approval, Dissent, Revocation, Supersession)


@attrs.frozen(kw_only=True)
class Opposed:
    """`actor` spoke against it (`dissent`), or voted `against` it or with neither side (`abstain`),
    in the record of that id. `about` is what it concerns.

    `answered_by` are the ids of the records in force that answer, and verify: what is about the
    dissent, an acknowledgement only if it says something. A vote is answered where the same actor's dissent is.
    """

    record: str
    actor: str | None
    how: Literal["dissent", "against", "abstain"]
    because: str | None
    about: tuple[str, ...]
    answered_by: tuple[str, ...]


def opposition(trace: AccountabilityTrace) -> Iterator[Opposed]:
    """Dissents in force, and votes of decisions in force that were not for them, oldest first."""
    answers = [
        record
        for record in in_force(trace, Record)
        if not isinstance(record, _NO_ANSWER)
        and verifies(record)
        and not (isinstance(record, Acknowledgement) and not record.rationale)
    ]
    dissents = {d.id: d for d in in_force(trace, Dissent)}
    answered = {id: _about(id, answers) for id in dissents}
    for record in in_force(trace, Record):
        if isinstance(record, Dissent):
            yield Opposed(
                record=record.id,
                actor=record.decided_by.id if record.decided_by else None,
                how="dissent",
                because=record.rationale,
                about=record.about,
                answered_by=answered[record.id],
            )
        elif isinstance(record, Decision):
            for ballot in record.votes:
                if ballot.vote != "for":
                    spoken = _dissents(record, ballot.actor, dissents.values())
                    found = dict.fromkeys(id for d in spoken for id in answered[d.id])
                    yield Opposed(
                        record=record.id,
                        actor=ballot.actor,
                        how=ballot.vote,
                        because=ballot.because,
                        about=record.about,
                        answered_by=tuple(found),
                    )


def _about(id: str, records: Iterable[Record]) -> tuple[str, ...]:
    return tuple(record.id for record in records if RECORD + id in record.about)


def _dissents(decision: Decision, actor: str, dissents: Iterable[Dissent]) -> list[Dissent]:
    return [
        d
        for d in dissents
        if d.decided_by is not None
        and d.decided_by.id == actor
        and (RECORD + decision.id in d.about or d.within == decision.id)
    ]
