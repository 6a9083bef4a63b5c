"""A reason that a machine wrote is the machine's, until a person takes it for their own."""

from __future__ import annotations

from answerable.lineage.known import Known
from answerable.model import Approval, Decision

_MACHINES = ("agent:", "service:")


def unconfirmed(decision: Decision, known: Known) -> str | None:
    """The machine that drafted the reason; None if none did, or a person has confirmed it: by an
    approval of the decision's own envelope that means authorship or responsibility."""
    drafter = decision.drafted_by
    if drafter is None or not drafter.startswith(_MACHINES):
        return None
    kept = decision.custody.digest if decision.custody else None
    for one in known.about(f"record:{decision.id}"):
        if (
            isinstance(one, Approval)
            and one.meaning in ("authorship", "responsibility")
            and one.digest == kept
            and one.decided_by is not None
            and one.decided_by.id.startswith("person:")
            and (one.custody is None or one.custody.verified)
            and known.in_force(one)
        ):
            return None
    return drafter
