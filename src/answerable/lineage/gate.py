"""Whether the present whole may go forward: who has approved exactly it, and what stands open."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import attrs

from answerable.lineage.approved import OF_APPROVALS
from answerable.lineage.review import Review
from answerable.lineage.trace import Gap
from answerable.model import Approval, Artifact, Record
from answerable.model.artifacts import RECORD
from answerable.signing import Policy, Rule, Signed, satisfied, signed_of

# What putting it there is called, where rules speak of it: of what is put there, or of that.
_KINDS = {"deployment": ("deploy", "deployment")}


@attrs.frozen(kw_only=True)
class Gate:
    """`because` gives every reason: those for which it is closed, else those for which it is
    open. `approvals` are the ones that count, `gaps` those that stand open."""

    open: bool
    because: tuple[str, ...]
    approvals: tuple[Approval, ...]
    gaps: tuple[Gap, ...]


def gate(
    review: Review,
    policy: Policy | None,
    *,
    faults: int = 0,
    allow: Collection[str] = (),
) -> Gate:
    """Open only if everything verifies, no gap stands open but of the codes in `allow`, and the
    approvers that the policy asks for have signed the present digest, each with a key of their
    own. Without a policy, or a rule for it, one approver is asked for. `faults` counts what the
    verification of the whole ledger found. Gaps of the approvals are not counted: it judges them.
    """
    counted = [(who, approval) for who, approval in _approvers(review, policy)]
    people = {who for who, _ in counted}
    left_out = OF_APPROVALS.union(allow)
    gaps = tuple(gap for gap in review.gaps if gap.code not in left_out)
    against = [*_against(review, faults, gaps)]
    rules = rules_for(review.subject, policy, review)
    if not people:
        against.append(_unapproved(review))
    if not rules and _has_rules(review, policy):
        against.append("no rule of the policy for approving it holds now")
    for rule in rules:
        if not satisfied(rule, people):
            had = len(people & set(rule.principals))
            against.append(
                f"{rule.threshold} of {', '.join(rule.principals)} must approve: {had} did"
            )
    return Gate(
        open=not against,
        because=tuple(against) or (f"approved by {', '.join(sorted(people))}",),
        approvals=tuple(approval for _, approval in counted),
        gaps=gaps,
    )


def rules_for(subject: str, policy: Policy | None, review: Review) -> tuple[Rule, ...]:
    """The policy's rules for approving that subject."""
    if policy is None:
        return ()
    kinds = _kinds(subject, review)
    return tuple(rule for kind in kinds for rule in policy.required(kind, review.as_of))


def _has_rules(review: Review, policy: Policy | None) -> bool:
    """True if the policy has any, of whatever time: then their end asks for no less than they did."""
    kinds = _kinds(review.subject, review)
    return policy is not None and any(rule.kind in kinds for rule in policy.rules)


def _kinds(subject: str, review: Review) -> tuple[str, ...]:
    """What rules call it: of a decision by itself, its own kind."""
    if subject.startswith(RECORD):
        return tuple(d.kind for d in review.decisions if RECORD + d.id == subject)
    kind = Artifact(ref=subject).kind
    return _KINDS.get(kind, (kind,))


def _approvers(review: Review, policy: Policy | None) -> Iterator[tuple[str, Approval]]:
    """Who approved what there is to see now, by the name that the policy knows them by, each
    once: by whichever of their keys, and by whichever name one key goes."""
    seen: set[str] = set()
    for voiced in review.approvals:
        approval, signed = voiced.approval, signed_of(voiced.approval)
        own = (
            signed is not None
            and approval.decided_by is not None
            and approval.decided_by.id == signed.actor
        )
        if signed is None or not own or not voiced.is_present or approval.meaning != "approval":
            continue
        if policy is not None and policy.objection(signed) is not None:
            continue
        names = _names(signed, policy)
        if any(_is_whose(record, names, policy) for record in voiced.withdrawn_by):
            continue
        if seen.isdisjoint(names):
            yield names[0], approval
        seen.update(names)


def _names(signed: Signed, policy: Policy | None) -> tuple[str, ...]:
    """Who signed: as the policy names them, else by the name that they use and by their key."""
    principal = None if policy is None else policy.principal_of(signed.identity)
    return (signed.actor, signed.identity) if principal is None else (principal.name,)


def _is_whose(withdrawal: Record, names: Collection[str], policy: Policy | None) -> bool:
    """True if one of that name signed it. What somebody took back, nobody else puts back for them."""
    signed = signed_of(withdrawal)
    return signed is not None and not set(names).isdisjoint(_names(signed, policy))


def _against(review: Review, faults: int, gaps: Collection[Gap]) -> Iterator[str]:
    if faults:
        yield f"the ledger does not verify: {faults} faults"
    if review.verdict == "invalid":
        yield "a record that it rests on does not verify"
    counts: dict[str, int] = {}
    for gap in gaps:
        counts[gap.code] = counts.get(gap.code, 0) + 1
    for code, count in sorted(counts.items()):
        yield f"{count} open: {code}"


def _unapproved(review: Review) -> str:
    if any(voiced.approval.meaning == "approval" for voiced in review.approvals):
        return "nobody has approved what there is to see now, by a key of their own"
    return "nobody has approved it"
