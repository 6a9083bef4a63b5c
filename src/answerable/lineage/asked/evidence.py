"""On what evidence a decision was taken, who produced it, and whether it still holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from answerable.lineage.expiry import passed
from answerable.lineage.joins import producers
from answerable.lineage.known import Known
from answerable.model import Artifact, Decision
from answerable.model.records import EvidenceKind


@attrs.frozen(kw_only=True)
class Rest:
    """One piece of evidence of the decision `decision` (an id).

    `kind` says whose word it is. `valid` is whether it holds at the time asked for, `then` whether
    it held when the decision was taken. `produced_by` are the ids of the records that produced it,
    `by` the actors who made these; both are empty where nothing recorded did.
    """

    decision: str
    artifact: Artifact
    kind: EvidenceKind
    valid_until: str | None
    then: bool
    valid: bool
    produced_by: tuple[str, ...]
    by: tuple[str, ...]


def rests(decisions: Iterable[Decision], known: Known) -> Iterator[Rest]:
    """The evidence of each, in their order."""
    for decision in decisions:
        for each in decision.evidence:
            joins = producers(each.artifact, known, decision)
            made = [join.record for join in joins if known.in_force(join.record)]
            yield Rest(
                decision=decision.id,
                artifact=each.artifact,
                kind=each.kind,
                valid_until=each.valid_until,
                then=not passed(each.valid_until, decision.decided_at),
                valid=not passed(each.valid_until, known.at),
                produced_by=tuple(record.id for record in made),
                by=tuple(sorted({r.decided_by.id for r in made if r.decided_by})),
            )
