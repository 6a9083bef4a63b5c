"""What a policy allows, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from answerable.signing import Policy, Rule


def sentences(policy: Policy) -> Iterator[str]:
    """One for each rule, role, revocation, and for the root."""
    yield (
        f"Version {policy.version}; the next one takes the signatures of {policy.root.threshold}"
        f" of {len(policy.root.keys)} root keys."
    )
    for principal in policy.principals:
        name = f", who acts as {principal.actor}," if principal.actor else ""
        keys = "one key" if len(principal.keys) == 1 else f"any of {len(principal.keys)} keys"
        yield f"{principal.name}{name} signs with {keys}."
    for rule in policy.rules:
        yield _rule(rule)
    for holder in policy.roles:
        yield f"The role {holder.role} is filled by {holder.principal}{_while(holder.start, holder.end)}."
    for revoked in policy.revoked:
        yield f"The key {revoked.key} counts up to entry {revoked.after_index}, and not after it."
    if policy.log is not None:
        yield f"The log is {policy.log.partition('+')[0]}, with that one key."
    if policy.witnesses is not None:
        names = ", ".join(vkey.partition("+")[0] for vkey in policy.witnesses.vkeys)
        yield f"The log is witnessed by {policy.witnesses.threshold} of {names}."
    ruled = sorted({rule.kind for rule in policy.rules})
    rest = f" but {', '.join(ruled)}" if ruled else ""
    yield f"Anything{rest} may be signed by any principal."


def _rule(rule: Rule) -> str:
    team = f" of the team {rule.team}" if rule.team else ""
    by = " or ".join(rule.principals)
    approved = f" Approving it takes {rule.threshold} of them." if rule.threshold > 1 else ""
    return f"{rule.kind}{team} is signed by {by}{_while(rule.start, rule.end)}.{approved}"


def _while(start: datetime | None, end: datetime | None) -> str:
    since = f" from {start:%Y-%m-%d %H:%M} UTC" if start else ""
    until = f" until {end:%Y-%m-%d %H:%M} UTC" if end else ""
    return since + until
