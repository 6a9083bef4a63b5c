"""From one person's outcome back to what stands behind it."""

from __future__ import annotations

import contextlib
from datetime import datetime

import attrs

from answerable.errors import MalformedError, NotFoundError
from answerable.history import Beside
from answerable.lineage import AccountabilityTrace, Explanation, Found, explain
from answerable.model import Erasure, Outcome, Outcomes
from answerable.outcomes.disclosure import checked_token, read, split
from answerable.outcomes.leaves import Leaf
from answerable.outcomes.tree import opened, sealing
from answerable.reading.governed import as_of_time
from answerable.reading.proving import Proving
from answerable.statement import timestamp


class Explaining(Proving):
    """Outcomes of single persons."""

    def explain(self, id: str, at: str | datetime | None = None) -> Explanation:
        """From the outcome of that id to the deployment, its threshold and who decided it, evidence,
        human review, who answers for it and how to contest it, as they were then; with the proof
        that the outcome is in its batch, and the batch in the log. What was learned since is what was
        known by `at`, by default now.

        Raises `NotFoundError` where no outcome of that id was sealed by then, `InvalidReferenceError` where it
        is none.
        """
        batch_id, number = split(id)
        with self._beside() as beside:
            kept = beside.of(batch_id)
        try:
            batch = self.get(batch_id)
        except NotFoundError:
            hint = "a batch is sealed within a second" if kept else None
            told = "is not sealed" if number < len(kept) else "is not known"
            raise NotFoundError(f"the outcome {id} {told}", hint=hint) from None
        if not isinstance(batch, Outcomes) or number >= batch.size:
            raise NotFoundError(f"no outcome {id}", hint=f"{batch_id} seals none of that number")
        as_of = as_of_time(at)
        if batch.recorded_at > as_of:
            raise NotFoundError(f"{id} was recorded only at {timestamp(batch.recorded_at)}")
        found = self._found_in(batch, number, kept)
        happened = batch.decided_at if found.outcome is None else found.outcome.decided_at
        then = self._traced(batch.deployment, happened)
        explained = explain(found, then, self._traced(batch.deployment, as_of))
        return attrs.evolve(explained, holders=self.holders((batch, *explained.decisions)))

    def outcomes(self, subject: str) -> list[Outcome]:
        """The outcomes of one person (the pseudonym), oldest first, as they are kept: `explain`
        says whether they are sealed. It reads through all outcomes. Raises `InvalidValueError`."""
        token = checked_token(subject)
        found = []
        with self._beside() as beside:
            for leaf in beside.holding(f'"subject":"{token}"'):
                with contextlib.suppress(MalformedError):
                    outcome = read(leaf.disclosure or b"")
                    found += [outcome] if outcome.subject == token else []
        found = [outcome for outcome in found if self._erasure(outcome.id) is None]
        return sorted(found, key=lambda outcome: (outcome.decided_at, outcome.id))

    def _found_in(self, batch: Outcomes, number: int, kept: list[Leaf]) -> Found:
        id = f"{batch.id}.{number}"
        erasure = self._erasure(id)
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
            log_proof=self.prove(batch.id).to_bytes(),
            vkey=self.ledger.verifier.vkey(),
        )

    def _erasure(self, id: str) -> Erasure | None:
        """The first record that says that the outcome is erased."""
        batch, number = split(id)
        found = [
            record
            for record in self.events("erasure", about=f"record:{batch}")
            if isinstance(record, Erasure)
            and record.field == str(number)
            and record.custody is not None
            and record.custody.verified
        ]
        return min(found, key=lambda record: record.recorded_at, default=None)

    def _traced(self, deployment: str, at: datetime | None) -> AccountabilityTrace | None:
        try:
            return self.trace(deployment, at)
        except NotFoundError:
            return None

    def _beside(self) -> Beside:
        return Beside(self.ledger.uri, self._home)
