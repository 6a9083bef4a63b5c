"""Who fills the roles that records name: by the policy, at a time. No part of what is approved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from answerable.lineage.trace import Gap, Placed
from answerable.lineage.wording import named, sentence
from answerable.model import Decision, Record
from answerable.signing import Policy


def held_by(policy: Policy | None, actor: str | None, at: datetime) -> tuple[str, ...] | None:
    """Who filled the role `actor` then; empty for nobody, and None for what is no role, or one of
    which the policy says nothing."""
    if policy is None or actor is None or not actor.startswith("role:"):
        return None
    return policy.persons(actor, at)


def holdings(policy: Policy | None, record: Record) -> dict[str, tuple[str, ...]]:
    """The roles that decided or answer for it, each with who filled it when it was decided."""
    by = record.decided_by.id if record.decided_by else None
    found = {
        role: held_by(policy, role, record.decided_at)
        for role in (by, getattr(record, "accountable", None))
        if role is not None
    }
    return {role: persons for role, persons in found.items() if persons is not None}


def unheld(placed: Iterable[Placed], policy: Policy | None, at: datetime) -> Iterator[Gap]:
    """A gap for each decision in force whose answering role nobody fills at that time."""
    for each in placed:
        decision = each.record
        if isinstance(decision, Decision) and not each.is_history:
            role = decision.accountable
            if held_by(policy, role, at) == ():
                yield Gap(
                    code="orphaned",
                    message=sentence(
                        f"{named(decision)} is answered for by {role}, which nobody fills"
                    ),
                    record=decision.id,
                    owner=role,
                )
