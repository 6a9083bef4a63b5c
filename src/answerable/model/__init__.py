"""The records: frozen, hashable, without I/O."""

from answerable.model.actors import Actor, parse_actor
from answerable.model.artifacts import Artifact, Ref, parse_digest, parse_ref
from answerable.model.records import (
    Approval,
    Assumption,
    Ballot,
    Considered,
    Custody,
    Decision,
    Delegation,
    Dissent,
    Emission,
    Endorsement,
    Evidence,
    Observed,
    PolicyVersion,
    Record,
    Scope,
    Source,
    Step,
)

__all__ = [
    "Actor",
    "Approval",
    "Artifact",
    "Assumption",
    "Ballot",
    "Considered",
    "Custody",
    "Decision",
    "Delegation",
    "Dissent",
    "Emission",
    "Endorsement",
    "Evidence",
    "Observed",
    "PolicyVersion",
    "Record",
    "Ref",
    "Scope",
    "Source",
    "Step",
    "parse_actor",
    "parse_digest",
    "parse_ref",
]
