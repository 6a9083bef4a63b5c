"""From one person's outcome back to what stands behind it."""

from __future__ import annotations

import contextlib
from datetime import datetime

import attrs

from answerable.errors import MalformedError, NotFoundError
from answerable.history import Beside, Catalogue
from answerable.lineage import AccountabilityTrace, Explanation, Found, explain
from answerable.model import Erasure, Outcome, Outcomes
from answerable.outcomes.disclosure import checked_token, read, split
from answerable.outcomes.leaves import Leaf
from answerable.outcomes.tree import opened, sealing
from answerable.reading.finding import find
from answerable.reading.governed import as_of_time, holders
from answerable.reading.proving import prove
from answerable.reading.stitching import trace
from answerable.statement import timestamp


def explain_outcome(catalogue: Catalogue, id: str, at: str | datetime | None = None) -> Explanation:
    """From the outcome of that id to what stood behind it, then and as it is known by `at`."""
    batch_id, number = split(id)
    with _beside(catalogue) as beside:
        kept = beside.of(batch_id)
    try:
        batch = catalogue.get(batch_id)
    except NotFoundError:
        hint = "a batch is sealed within a second" if kept else None
        told = "is not sealed" if number < len(kept) else "is not known"
        raise NotFoundError(f"the outcome {id} {told}", hint=hint) from None
    if not isinstance(batch, Outcomes) or number >= batch.size:
        raise NotFoundError(f"no outcome {id}", hint=f"{batch_id} seals none of that number")
    as_of = as_of_time(at)
    if batch.recorded_at > as_of:
        raise NotFoundError(f"{id} was recorded only at {timestamp(batch.recorded_at)}")
    found = _found_in(catalogue, batch, number, kept)
    happened = batch.decided_at if found.outcome is None else found.outcome.decided_at
    then = _traced(catalogue, batch.deployment, happened)
    explained = explain(found, then, _traced(catalogue, batch.deployment, as_of))
    return attrs.evolve(explained, holders=holders(catalogue, (batch, *explained.decisions)))


def outcomes_of(catalogue: Catalogue, subject: str) -> list[Outcome]:
    """The outcomes of one person (the pseudonym), oldest first, as they are kept."""
    token = checked_token(subject)
    found = []
    with _beside(catalogue) as beside:
        for leaf in beside.holding(f'"subject":"{token}"'):
            with contextlib.suppress(MalformedError):
                outcome = read(leaf.disclosure or b"")
                found += [outcome] if outcome.subject == token else []
    found = [outcome for outcome in found if _erasure(catalogue, outcome.id) is None]
    return sorted(found, key=lambda outcome: (outcome.decided_at, outcome.id))


def _found_in(catalogue: Catalogue, batch: Outcomes, number: int, kept: list[Leaf]) -> Found:
    id = f"{batch.id}.{number}"
    erasure = _erasure(catalogue, id)
    seal = outcome = fault = None
    try:
        seal = sealing(number, kept)
        if erasure is not None:  # whatever is still there is not shown
            seal = attrs.evolve(seal, disclosure=None)
        outcome = opened(batch, seal)
        if outcome is None and erasure is None:
            fault = "it is gone, and no erasure is recorded"
    except MalformedError as error:
        fault = error.message
    return Found(
        id=id,
        batch=batch,
        outcome=outcome,
        fault=fault,
        erasure=erasure,
        sealing=seal,
        log_proof=prove(catalogue, batch.id).to_bytes(),
        vkey=catalogue.ledger.verifier.vkey(),
    )


def _erasure(catalogue: Catalogue, id: str) -> Erasure | None:
    """The first record that says that the outcome is erased."""
    batch, number = split(id)
    found = [
        record
        for record in find(catalogue, {"type": "erasure", "artifact": f"record:{batch}"})
        if isinstance(record, Erasure)
        and record.field == str(number)
        and record.custody is not None
        and record.custody.verified
    ]
    return min(found, key=lambda record: record.recorded_at, default=None)


def _traced(
    catalogue: Catalogue, deployment: str, at: datetime | None
) -> AccountabilityTrace | None:
    try:
        return trace(catalogue, deployment, at)
    except NotFoundError:
        return None


def _beside(catalogue: Catalogue) -> Beside:
    return Beside(catalogue.ledger.uri, catalogue.home)
