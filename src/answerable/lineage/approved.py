"""Whether what there is to see was approved, as it is: the gaps that approvals open and close.

They are found when the digest that approvals bind is known, and are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeGuard

from answerable.lineage.around import Made
from answerable.lineage.closure import Closure
from answerable.lineage.joins import produced
from answerable.lineage.known import took_effect
from answerable.lineage.trace import Gap, GapCode
from answerable.lineage.wording import named
from answerable.model import Actor, Approval, Artifact, Decision, Record
from answerable.model.artifacts import RECORD

# What approving itself opens and closes: whoever approves is not shown it, and the gate, which
# judges the approvals themselves, does not count it.
OF_APPROVALS: frozenset[GapCode] = frozenset(
    ("unapproved", "stale-approval", "approval-before-evidence", "asserted-identity")
)


def approved(closure: Closure, presented: str, gap: Made) -> Iterator[Gap]:
    """The gaps of the subject's own approvals; `presented` is the digest of what there is to see.

    An approval counts if it is in force and verifies. That it is stale is no longer said once the
    same actor has approved what there is to see now.
    """
    subject = closure.subject
    given = [record for record in closure.records.values() if _is_given(record, closure)]
    own = [yes for yes in given if subject in yes.about]
    if not own and Artifact(ref=subject).kind == "deployment" and closure.makers.get(subject):
        parts = {ref for yes in given for ref in yes.about if not ref.startswith(RECORD)}
        only = f", only {', '.join(sorted(parts))}" if parts else ""
        yield gap("unapproved", f"nobody has approved {subject}{only}", None, ref=subject)
    present = {yes.decided_by for yes in own if yes.digest == presented}
    bound = {presented, _envelope(closure.records.get(subject.removeprefix(RECORD)))}
    for yes in own:
        # Of what it binds of several subjects nobody can tell which it was.
        if yes.about == (subject,) and yes.digest not in bound and yes.decided_by not in present:
            text = f"what {named(yes)} presented of {subject} has changed since"
            yield gap("stale-approval", text, yes, ref=subject)
    for yes in given:
        yield from _signed_by_another(yes, gap)
    yield from _too_early(own, closure, gap)


def _signed_by_another(yes: Approval, gap: Made) -> Iterator[Gap]:
    """Whoever held the key is not whom the approval names."""
    signer = yes.custody.principal if yes.custody else None
    if signer is not None and (yes.decided_by is None or yes.decided_by.id != signer):
        yield gap("asserted-identity", f"{named(yes)} was signed by a key of {signer}", yes)


def _too_early(given: Sequence[Approval], closure: Closure, gap: Made) -> Iterator[Gap]:
    """What was approved rested on evidence that was yet to be made. It is no longer said once the
    same actor has approved when it was there."""
    last: dict[Actor | None, datetime] = {}
    for yes in given:
        last[yes.decided_by] = max(yes.decided_at, last.get(yes.decided_by, yes.decided_at))
    # Once for all of them, and only what is younger than the decision that rests on it.
    resting = [*_resting(closure)] if given else []
    for yes in given:
        for decision, ref, made in resting:
            if decision.decided_at <= yes.decided_at < made and last[yes.decided_by] < made:
                text = f"{named(yes)} was given before {ref}, on which {named(decision)} rests, existed"
                yield gap("approval-before-evidence", text, yes, ref=ref)


def _resting(closure: Closure) -> Iterator[tuple[Decision, str, datetime]]:
    first = _first_made(closure)
    for decision in closure.records.values():
        if not isinstance(decision, Decision) or not closure.known.in_force(decision):
            continue
        for evidence in decision.evidence:
            made = first.get(evidence.artifact.ref)
            if made and made > decision.decided_at:
                yield decision, evidence.artifact.ref, made


def _first_made(closure: Closure) -> dict[str, datetime]:
    """When each thing was first made, by what has taken effect, replaced since or not."""
    first: dict[str, datetime] = {}
    for record in closure.records.values():
        if took_effect(record):
            for artifact in produced(record):
                first.setdefault(artifact.ref, record.decided_at)
    return first


def _is_given(record: Record, closure: Closure) -> TypeGuard[Approval]:
    return (
        isinstance(record, Approval)
        and record.meaning == "approval"
        and (record.custody is None or record.custody.verified)
        and closure.known.in_force(record)
    )


def _envelope(record: Record | None) -> str | None:
    """What a yes to the record alone binds."""
    return record.custody.digest if record and record.custody else None
