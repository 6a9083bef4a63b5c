"""Which risks stay, who owns each, until when, and who watches it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import attrs

from answerable.lineage.asked.whole import in_force, verifies
from answerable.lineage.expiry import passed
from answerable.lineage.trace import AccountabilityTrace
from answerable.model import Decision
from answerable.model.artifacts import RECORD


@attrs.frozen(kw_only=True)
class Risk:
    """A risk that the decision `record` (an id) left. `owner` None: nobody's.

    `lapsed` is one whose time is over, though nothing has taken its place. `monitors` are the ids
    of the decisions of kind `monitor` that are about that decision: those that set when to look.
    """

    record: str
    statement: str
    owner: str | None
    until: str | None
    state: Literal["accepted", "lapsed"]
    monitors: tuple[str, ...]


def risks(trace: AccountabilityTrace) -> Iterator[Risk]:
    """The residual risks of the decisions in force, in their order."""
    watching = monitors(trace)
    for decision in in_force(trace, Decision):
        for risk in decision.residual_risk:
            yield Risk(
                record=decision.id,
                statement=risk.statement,
                owner=risk.owner,
                until=risk.until,
                state="lapsed" if passed(risk.until, trace.as_of) else "accepted",
                monitors=tuple(m.id for m in watching if RECORD + decision.id in m.about),
            )


def monitors(trace: AccountabilityTrace) -> tuple[Decision, ...]:
    """The decisions in force, of those that verify, that say what is watched, and from which value on
    it alerts."""
    return tuple(d for d in in_force(trace, Decision) if d.kind == "monitor" and verifies(d))
