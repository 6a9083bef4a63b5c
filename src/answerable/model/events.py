"""What happens around decisions: they are bypassed, withdrawn, made known; they go wrong, and
somebody puts that right. Field meanings: docs/predicate.md."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

from answerable.model.records import Capture, Evidence, Record, Withheld

AssumptionState = Literal["violated", "lapsed", "reviewed", "confirmed"]
ActionState = Literal["open", "done", "verified", "dropped"]


@attrs.frozen(kw_only=True)
class Override(Record):
    """A control was bypassed: which, why, and until when. It is reverted by a revocation."""

    control: str
    rationale: str
    until: str | None = None
    accountable: str | None = None
    authority: str | None = None
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Revocation(Record):
    """Earlier records are withdrawn (`revokes`: their ids), and nothing takes their place."""

    rationale: str
    revokes: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Supersession(Record):
    """The record `successor` (an id) takes the place of earlier ones (`replaces`: their ids) that
    it does not itself name."""

    successor: str
    replaces: tuple[str, ...] = ()
    rationale: str | None = None
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Mandate(Record):
    """Somebody lends `holder` the authority to decide, for some kinds, within a limit, for a
    time. Whoever acts on it names it: `authority="record:<id>"`.

    It is lent between persons and roles. That a key speaks for a person is a `Delegation`.
    """

    holder: str
    kinds: tuple[str, ...] = ()
    limit: str | None = None
    valid_until: str | None = None
    rationale: str | None = None
    authority: str | None = None
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Notice(Record):
    """A fact is made known to `addressees`, each of whom is to acknowledge it."""

    statement: str
    addressees: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Acknowledgement(Record):
    """Somebody has taken note of what it is about. That they read it, nobody can claim."""

    rationale: str | None = None
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class AssumptionEvent(Record):
    """What became of an assumption of the decision that it is about; `review_by` is the date of
    the next look at it."""

    assumption: str
    state: AssumptionState
    review_by: str | None = None
    rationale: str | None = None
    evidence: tuple[Evidence, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Incident(Record):
    """Something went wrong with what it is about, at `occurred_at`."""

    statement: str
    occurred_at: datetime
    severity: str | None = None
    evidence: tuple[Evidence, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Action(Record):
    """What is done about the incident that it is about: by whom, by what right, until when. A
    later one that supersedes it says that it is done, that somebody has verified it, or that it
    will not be done."""

    statement: str
    owner: str | None = None
    due: str | None = None
    state: ActionState = "open"
    rationale: str | None = None
    authority: str | None = None
    evidence: tuple[Evidence, ...] = ()
    supersedes: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Erasure(Record):
    """What a private field of the record that it is about said is erased: by whom, and why."""

    field: str
    rationale: str
    withheld: tuple[Withheld, ...] = ()
    capture: Capture = "explicit"
