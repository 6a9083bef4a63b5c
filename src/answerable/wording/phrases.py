"""The fixed words: what each code of a record, a gap or a verdict means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from answerable.lineage import Certainty
from answerable.lineage.assumed import State
from answerable.lineage.trace import By, GapCode, Standing
from answerable.model.actors import KnownBy
from answerable.model.records import Capture, EvidenceKind, Meaning

KNOWN_BY: Final[Mapping[KnownBy, str]] = {
    "asserted": "asserted: the name is as it was given, and nothing checked it",
    "environment": "environment: the name was read from CI, git or the system",
    "authenticated": "authenticated: the person's own key or login stands behind the name",
}

CAPTURES: Final[Mapping[Capture, str]] = {
    "explicit": "recorded where it was made",
    "passed": "an argument passed to the call",
    "default": "a default that nobody chose",
    "imported": "imported from another system",
    "backfilled": "recorded afterwards",
    "inferred": "inferred, not stated by anybody",
}

EVIDENCE: Final[Mapping[EvidenceKind, str]] = {
    "own_test": "own test",
    "vendor_assertion": "vendor's word",
    "third_party": "third party",
}

MEANINGS: Final[Mapping[Meaning, str]] = {
    "review": "has reviewed what was presented",
    "approval": "approves what was presented",
    "responsibility": "takes responsibility for what was presented",
    "authorship": "is the author of what was presented",
}

JOINS: Final[Mapping[By, str]] = {
    "digest": "the same digest",
    "name": "the same name only",
    "inside": "stands inside it",
    "supersedes": "replaces it",
    "about": "is about it",
    "authority": "rests on its authority",
}

GAPS: Final[Mapping[GapCode, str]] = {
    "default": "a material choice that nobody made",
    "unassigned": "nobody is named who answers for it",
    "no-rationale": "no reason was given",
    "no-alternatives": "no other option was considered",
    "no-evidence": "nothing is named that it rests on",
    "vendor-assertion-only": "it rests on the vendor's word alone",
    "expired-assumption": "an assumption is past its review date",
    "expired-evidence": "evidence is past its date",
    "conflict": "one version stands for two different contents",
    "asserted-link": "joined by name only, not by digest",
    "unrecorded": "used, but nothing recorded produced it",
    "unapproved": "nobody has approved the whole",
    "approval-before-evidence": "approved before the evidence existed",
    "stale-approval": "the system changed after what was presented",
    "duplicate-rationale": "the same reason, word for word, more than once",
    "orphaned": "whoever decided had no authority for it, or has it no more",
    "backfilled": "recorded afterwards",
    "asserted-identity": "the decider's name was not checked",
    "opaque": "a vendor's inside, which nobody here can see",
    "unverified": "the record does not verify",
    "lapsed": "its time is over, or it was withdrawn, and nothing took its place",
    "violated-assumption": "an assumption did not hold, or has lapsed",
    "open-override": "a control is bypassed",
    "unacknowledged": "made known, and not acknowledged",
    "open-action": "a corrective action is overdue",
    "unexplained": "what the person may ask is not on record",
}

STANDINGS: Final[Mapping[Standing, str]] = {
    "in-force": "in force",
    "over": "its time is over",
    "to-come": "to hold later",
    "superseded": "replaced",
    "revoked": "withdrawn",
    "abandoned": "abandoned",
}

CERTAINTIES: Final[Mapping[Certainty, str]] = {
    "observed": "recorded by the code that ran",
    "asserted": "somebody's word, in their own name",
    "backfilled": "written down afterwards",
    "imported": "taken over from elsewhere",
    "inferred": "concluded, not said",
    "unknown": "does not verify: whose word it is, nobody can tell",
}

ASSUMED: Final[Mapping[State, str]] = {
    "assumed": "nothing is known against it",
    "overdue": "nobody has looked at it since its date",
    "lapsed": "it has lapsed",
    "violated": "it did not hold",
}

OPPOSED: Final[Mapping[str, str]] = {
    "dissent": "dissents",
    "against": "voted against",
    "abstain": "abstained",
}

SCOPE: Final[Mapping[str, str]] = {
    "deployment": "runs at",
    "intended_purpose": "purpose",
    "population": "population",
}

VERDICTS: Final[Mapping[str, str]] = {
    "valid": "valid: every record verifies, and a witness has seen the log",
    "valid-unwitnessed": "valid, unwitnessed: every record verifies; no outside witness has seen the log",
    "invalid": "invalid: something does not verify",
}

ANY_KEY: Final = "any key is accepted, so that a signature shows which key, not whose"

LIMITS: Final = (
    "A verified signature says who, when and unaltered; not that what was written is true.",
    "A record cannot prove causation, negligence or honesty.",
    "Decisions made outside instrumented code are absent; what they left behind shows as gaps.",
    "Only assumptions that somebody declared can be checked.",
    "Presented does not mean read: an approval binds what was shown, and no more.",
    "This view supports a duty to document. It does not by itself fulfil one.",
)
