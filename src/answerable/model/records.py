"""The record types. Field meanings: docs/predicate.md."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import attrs

from answerable.model.actors import Actor
from answerable.model.artifacts import Artifact

Capture = Literal["explicit", "passed", "default", "imported", "backfilled", "inferred"]
EvidenceKind = Literal["own_test", "vendor_assertion", "third_party"]
Vote = Literal["for", "against", "abstain"]
Meaning = Literal["review", "approval", "responsibility", "authorship"]


@attrs.frozen(kw_only=True)
class Considered:
    """An option that was weighed and not taken, and why not. `value` is plain JSON."""

    value: Any = attrs.field(hash=False)
    because: str | None = None


@attrs.frozen(kw_only=True)
class Evidence:
    """What the choice rests on, who vouches for it, and until when (RFC 3339 date or time)."""

    artifact: Artifact
    kind: EvidenceKind
    valid_until: str | None = None


@attrs.frozen(kw_only=True)
class Assumption:
    """What was taken to be true, who watches it, and by when it must be looked at again."""

    statement: str
    review_by: str | None = None
    holds_while: str | None = None
    owner: str | None = None


@attrs.frozen(kw_only=True)
class Scope:
    """What the choice is meant for: where it runs, to what end, over whom."""

    deployment: str | None = None
    intended_purpose: str | None = None
    population: str | None = None


@attrs.frozen(kw_only=True)
class ResidualRisk:
    """A risk that stays, who owns it, and until when it is accepted."""

    statement: str
    owner: str | None = None
    until: str | None = None


@attrs.frozen(kw_only=True)
class Withheld:
    """A private field of the record: its name, and the digest of its disclosure (RFC 9901)."""

    field: str
    digest: str


@attrs.frozen(kw_only=True)
class Ballot:
    """One member's vote in a committee's decision."""

    actor: str
    vote: Vote
    because: str | None = None


@attrs.frozen(kw_only=True)
class Source:
    """Where in the code the record was made (for a default: where the default stands)."""

    function: str | None = None
    file: str | None = None
    line: int | None = None
    commit: str | None = None
    dirty: bool | None = None


@attrs.frozen(kw_only=True)
class Observed:
    """The newest checkpoint the emitter knew when it signed: size, and root as hex."""

    size: int
    root: str


@attrs.frozen(kw_only=True)
class Emission:
    """The record's place in its emitter's own chain: drops and reorderings become visible."""

    key_id: str
    seq: int
    prev: str | None = None
    observed: Observed | None = None


@attrs.frozen(kw_only=True)
class Custody:
    """What was found out about the record's bytes when it was read: derived, never signed.

    `digest` is the envelope's `sha256:<hex>`; `index` is None for a copy read outside its
    ledger. `fault` says why it did not verify. Of one that did, `identity_key` is the id of the key
    that lent its authority, `principal` whom that key speaks for, and `delegation` the envelope
    in which it says so. Of one that waited after it was signed, `signed_at` is when it was signed,
    and `arrival` the envelope that says when it came into the log. `disclosed` are the private
    fields that were put back from their disclosures; `disclosures` those of them that go along
    where the record is shown elsewhere; `erased` are the fields that were erased, and when.
    """

    envelope: bytes = attrs.field(repr=False)
    digest: str
    index: int | None = None
    verified: bool = False
    fault: str | None = None
    identity_key: str | None = None
    principal: str | None = None
    delegation: bytes | None = attrs.field(default=None, repr=False)
    signed_at: datetime | None = None
    arrival: bytes | None = attrs.field(default=None, repr=False)
    disclosed: tuple[str, ...] = ()
    disclosures: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    erased: tuple[tuple[str, datetime], ...] = ()


@attrs.frozen(kw_only=True)
class Record:
    """What every record says: which, when, by whom, for which team, from where.

    `step` is the id of the step it stands in, `within` that of the decision it stands in.
    """

    id: str
    decided_at: datetime
    recorded_at: datetime
    decided_by: Actor | None = None
    team: str | None = None
    about: tuple[str, ...] = ()
    step: str | None = None
    within: str | None = None
    run: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    source: Source | None = None
    emission: Emission | None = None
    custody: Custody | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def signed_at(self) -> datetime:
        """When it was signed. `recorded_at` is later, of a record read from a ledger in which it
        arrived later."""
        signed = self.custody.signed_at if self.custody else None
        return signed or self.recorded_at


@attrs.frozen(kw_only=True)
class Decision(Record):
    """A choice: what was asked, what was chosen over what, why, and who answers for it."""

    kind: str
    question: str
    chosen: Any = attrs.field(hash=False)
    previous: Any = attrs.field(default=None, hash=False)
    considered: tuple[Considered, ...] = ()
    rationale: str | None = None
    accountable: str | None = None
    authority: str | None = None
    evidence: tuple[Evidence, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    used: tuple[Artifact, ...] = ()
    produced: tuple[Artifact, ...] = ()
    supersedes: tuple[str, ...] = ()
    scope: Scope | None = None
    votes: tuple[Ballot, ...] = ()
    residual_risk: tuple[ResidualRisk, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    legal_refs: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None
    pre_determined_change: str | None = None
    drafted_by: str | None = None
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"
    abandoned: str | None = None


@attrs.frozen(kw_only=True)
class Step(Record):
    """A pipeline activity (PROV Activity): what it used and produced, from when to when."""

    name: str
    phase: str | None = None
    started_at: datetime
    used: tuple[Artifact, ...] = ()
    produced: tuple[Artifact, ...] = ()
    abandoned: str | None = None
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Approval(Record):
    """A principal's yes to what was presented; `digest` binds it (`sha256:<hex>`)."""

    meaning: Meaning
    digest: str
    rationale: str | None = None
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Dissent(Record):
    """A no, or a doubt, kept beside the decision it is about."""

    rationale: str
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Delegation(Record):
    """An identity key lends its authority to a session key for a time.

    Keys are raw Ed25519 public keys, 32 octets in hex; that of an identity on a FIDO token is the whole
    public key as OpenSSH has it, and one that a Sigstore certifies has a name, `sigstore:ISSUER#IDENTITY`.
    """

    session_key: str
    identity_key: str
    principal: str
    not_before: datetime
    not_after: datetime


@attrs.frozen(kw_only=True)
class Endorsement:
    """A key's signature under a policy's text: the key's id, the key itself (in hex, as in a delegation),
    and the signature in base64."""

    key_id: str
    public_key: str
    sig: str


@attrs.frozen(kw_only=True)
class PolicyVersion(Record):
    """A version of the trust policy comes into force; `text` is the whole file."""

    version: int
    text: str
    endorsements: tuple[Endorsement, ...] = ()
