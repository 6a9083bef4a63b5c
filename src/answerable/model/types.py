"""Every type of record, by the name that the predicate gives it."""

from __future__ import annotations

from answerable.model.events import (
    Acknowledgement,
    Action,
    AssumptionEvent,
    Erasure,
    Incident,
    Mandate,
    Notice,
    Override,
    Revocation,
    Supersession,
)
from answerable.model.outcomes import Outcomes
from answerable.model.records import (
    Approval,
    Decision,
    Delegation,
    Dissent,
    PolicyVersion,
    Record,
    Step,
)

# What a record's statement says of itself: in-toto's Statement v1, and our predicate in it.
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "tag:answerable.example.org,2026:record/v1"

TYPES: dict[str, type[Record]] = {
    "decision": Decision,
    "step": Step,
    "approval": Approval,
    "dissent": Dissent,
    "override": Override,
    "revocation": Revocation,
    "supersession": Supersession,
    "mandate": Mandate,
    "notice": Notice,
    "acknowledgement": Acknowledgement,
    "assumption_event": AssumptionEvent,
    "incident": Incident,
    "action": Action,
    "erasure": Erasure,
    "outcomes": Outcomes,
    "delegation": Delegation,
    "policy": PolicyVersion,
}
# What happens around decisions. Field meanings: docs/predicate.md.
EVENTS = (
    *(Override, Revocation, Supersession, Mandate, Notice, Acknowledgement, AssumptionEvent),
    *(Incident, Action, Erasure),
)
# What is said of a system, and made nothing of it.
REMARKS = (Approval, Dissent, *EVENTS)
EVENT_TYPES = tuple(name for name, cls in TYPES.items() if cls in REMARKS)
