"""From one person's outcome back to who answers for it: what was in force when it came about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from answerable.lineage.asked.whole import in_force
from answerable.lineage.trace import AccountabilityTrace, Gap
from answerable.model import Decision, Erasure, Evidence, Outcome, Outcomes
from answerable.model.outcomes import Sealing

# What a person may ask about a decision that was made of them (GDPR 15(1)(h) and 22), by kind.
CONTEST, HUMAN_REVIEW, DEPLOY, THRESHOLD = "contest", "human_review", "deploy", "threshold"


@attrs.frozen(kw_only=True)
class Explanation:
    """What stands behind one outcome. Decisions are those in force then, and known then; all are oldest
    first.

    `outcome` is None where it was erased (`erasure` is the record that says so) or does not verify
    (`fault` says why). `batch` seals it, `sealing` proves that, and `log_proof` (a C2SP tlog-proof)
    that the batch is in the log whose key is `vkey`. `deployed`, `thresholds`, `human_review` and `contest` are decisions
    of those kinds; `others` are the rest that bear on it. `accountable` answers to the person,
    `organisation` is the organisation named by them. `gaps` were there then; `learned` are those
    that are known by now. `holders` gives, by the ids of the batch and of the decisions of which the
    trust policy knows it, who filled the roles in them at the time.
    """

    id: str
    outcome: Outcome | None
    fault: str | None
    erasure: Erasure | None
    batch: Outcomes
    sealing: Sealing | None
    log_proof: bytes
    vkey: str
    as_of: AccountabilityTrace | None
    deployed: tuple[Decision, ...]
    thresholds: tuple[Decision, ...]
    human_review: tuple[Decision, ...]
    contest: tuple[Decision, ...]
    others: tuple[Decision, ...]
    evidence: tuple[tuple[str, Evidence], ...]
    accountable: str | None
    organisation: str | None
    gaps: tuple[Gap, ...]
    learned: tuple[Gap, ...]
    holders: Mapping[str, Mapping[str, tuple[str, ...]]] = attrs.field(factory=dict)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All of them, by kind."""
        return (*self.deployed, *self.thresholds, *self.human_review, *self.contest, *self.others)

    @property
    def verified(self) -> bool:
        """True if the log covers the batch, the batch the outcome, and each record verifies."""
        sealed = self.batch.custody is not None and self.batch.custody.verified
        known = self.outcome is not None or self.erasure is not None
        return sealed and known and self.fault is None and not self._unverified()

    def _unverified(self) -> bool:
        return self.as_of is not None and self.as_of.verdict == "invalid"


@attrs.frozen(kw_only=True)
class Found:
    """What was found of an outcome in its batch; fields as in `Explanation`."""

    id: str
    batch: Outcomes
    outcome: Outcome | None
    fault: str | None
    erasure: Erasure | None
    sealing: Sealing | None
    log_proof: bytes
    vkey: str


def explain(
    found: Found, then: AccountabilityTrace | None, now: AccountabilityTrace | None
) -> Explanation:
    """Put together what the batch and the deployment's traces say: `then` as of the outcome's time,
    `now` as it is known by now; None where nothing about the deployment was recorded."""
    decisions = () if then is None else in_force(then, Decision)
    kinds = {name: _of_kind(decisions, name) for name in (DEPLOY, THRESHOLD, HUMAN_REVIEW, CONTEST)}
    chosen = {d.id for some in kinds.values() for d in some}
    named = [found.batch.accountable]
    for kind in (CONTEST, HUMAN_REVIEW, DEPLOY):
        named += [d.accountable for d in kinds[kind]]
    named += [d.accountable for d in decisions]
    organisation = next((who for who in named if who and who.startswith("org:")), None)
    missing = tuple(_missing(found, then, kinds[HUMAN_REVIEW], kinds[CONTEST], organisation))
    known = () if then is None else then.missing
    return Explanation(
        **attrs.asdict(found, recurse=False),
        as_of=then,
        deployed=kinds[DEPLOY],
        thresholds=kinds[THRESHOLD],
        human_review=kinds[HUMAN_REVIEW],
        contest=kinds[CONTEST],
        others=tuple(d for d in decisions if d.id not in chosen),
        evidence=tuple((d.id, each) for d in decisions for each in d.evidence),
        accountable=found.batch.accountable,
        organisation=organisation,
        gaps=(*missing, *known),
        learned=() if now is None else tuple(gap for gap in now.missing if gap not in known),
    )


def _of_kind(decisions: Iterable[Decision], kind: str) -> tuple[Decision, ...]:
    return tuple(decision for decision in decisions if decision.kind == kind)


def _missing(
    found: Found,
    then: AccountabilityTrace | None,
    review: tuple[Decision, ...],
    contest: tuple[Decision, ...],
    organisation: str | None,
) -> Iterator[Gap]:
    """What the person would have to be told, and nobody has recorded."""
    outcome, batch = found.outcome, found.batch
    said = []
    if then is None:
        said.append(f"nothing about {batch.deployment} was on record at that time")
    if outcome is not None:
        if outcome.part is None:
            said.append("the system's part in it is not recorded")
        if not outcome.elements:
            said.append("what weighed most in it is not recorded")
        if outcome.part == "decided" and not (outcome.reviewed_by or review):
            said.append("no human review is recorded, of it or of outcomes like it")
        if outcome.model is not None and then is not None and not _holds(then, outcome.model):
            said.append(f"it names {outcome.model}, which {batch.deployment} did not rest on then")
    if organisation is None:
        said.append("no organisation is named that answers for it")
    if not contest:
        said.append("how to contest it is not recorded")
    for message in said:
        yield Gap(
            code="unexplained",
            record=batch.id,
            ref=batch.deployment,
            message=f"{message[:1].upper()}{message[1:]}.",
            owner=batch.accountable,
        )


def _holds(trace: AccountabilityTrace, model: str) -> bool:
    """True if a record of the trace used, produced or is about it."""
    return any(
        model in placed.record.about
        or any(
            artifact.ref == model
            for role in ("used", "produced")
            for artifact in getattr(placed.record, role, ())
        )
        for placed in trace.placed()
        if not placed.is_history
    )
