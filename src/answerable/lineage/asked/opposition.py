"""Who spoke or voted against something, and whether anybody answered."""

from __future__ import annotations

from collections import defaultdict
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
    answering = _answering(answers)
    answered = {id: tuple(answering.get(RECORD + id, ())) for id in dissents}
    spoken = _spoken(dissents.values())
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
                    own = spoken.get((ballot.actor, RECORD + record.id), ())
                    found = dict.fromkeys(id for d in own for id in answered[d.id])
                    yield Opposed(
                        record=record.id,
                        actor=ballot.actor,
                        how=ballot.vote,
                        because=ballot.because,
                        about=record.about,
                        answered_by=tuple(found),
                    )


def _answering(records: Iterable[Record]) -> dict[str, list[str]]:
    """The ids of those records by what they are about."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for record in records:
        for ref in dict.fromkeys(record.about):
            found[ref].append(record.id)
    return found


def _spoken(dissents: Iterable[Dissent]) -> dict[tuple[str, str], list[Dissent]]:
    """By who speaks, and against what, or inside of which decision."""
    found: defaultdict[tuple[str, str], list[Dissent]] = defaultdict(list)
    for each in dissents:
        if each.decided_by is not None:
            inside = () if each.within is None else (RECORD + each.within,)
            for ref in dict.fromkeys((*each.about, *inside)):
                found[each.decided_by.id, ref].append(each)
    return found
