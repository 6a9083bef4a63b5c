"""Hypothesis strategies: single records of any type, and whole histories whose records meet.

`histories` is made to be awkward: few names and digests, so that they collide; ties to records
that are not there; circles; abandoned, superseded, late and unverified records.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import strategies as st

from answerable.model import (
    Acknowledgement,
    Action,
    Actor,
    Approval,
    Artifact,
    Assumption,
    AssumptionEvent,
    Considered,
    Custody,
    Decision,
    Delegation,
    Dissent,
    Erasure,
    Evidence,
    Incident,
    Mandate,
    Notice,
    Override,
    Record,
    ResidualRisk,
    Revocation,
    Step,
    Supersession,
)
from tests.model.generated import record_of, records

__all__ = ["END", "IDS", "REFS", "START", "histories", "record_of", "records", "subjects", "times"]

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=2)
IDS = tuple(f"r{number:02}" for number in range(14))
REFS = (
    *("dataset:a@1", "dataset:a@2", "dataset:a", "labels:l@1", "model:m@1", "model:m@2"),
    *("model:m", "report:r@1", "guideline:g@1", "deployment:prod/m", "vendor:v", "vendor:v@1"),
)
DIGESTS = tuple("sha256:" + hashlib.sha256(bytes([n])).hexdigest() for n in range(3))
ACTORS = ("role:owner", "person:a@example.org", "team:data")
KINDS = ("dataset", "threshold", "hyperparameter", "deploy", "vendor", "something")

_MISSING = "gone"
_NAMED = (*IDS, _MISSING)
_SPOKEN_OF = (*REFS, *(f"record:{id}" for id in IDS[:6]))


def times() -> st.SearchStrategy[datetime]:
    """A time within a history, or just after it."""
    return st.integers(0, 24).map(lambda hours: START + timedelta(hours=hours))


def subjects() -> st.SearchStrategy[str]:
    """Something that a history may name."""
    return st.sampled_from(_SPOKEN_OF)


def histories(*, min_size: int = 1, max_size: int = len(IDS)) -> st.SearchStrategy[list[Record]]:
    """Records of all types with ids from `IDS`, each id once."""
    size = st.lists(_RECORDS, min_size=min_size, max_size=max_size)
    return st.tuples(st.permutations(IDS), size).map(
        lambda drawn: [_identified(record, id) for id, record in zip(*drawn, strict=False)]
    )


def _identified(record: Record, id: str) -> Record:
    custody = record.custody and _custody(id, record.custody.verified)
    return attrs.evolve(record, id=id, custody=custody)


def _custody(id: str, verified: bool) -> Custody:
    envelope = f"{id} {verified}".encode()
    digest = "sha256:" + hashlib.sha256(envelope).hexdigest()
    return Custody(envelope=envelope, digest=digest, index=int(id[1:]), verified=verified)


def _some(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=2).map(tuple)


def _rarely(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), items)


def _built(cls: type[Record], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Record]:
    return st.builds(
        lambda decided_at, hours, **given: cls(
            id="", decided_at=decided_at, recorded_at=decided_at + timedelta(hours=hours), **given
        ),
        times(),
        st.just(0) | st.integers(0, 12),
        **_BASE,
        **fields,
    )


# Made once: making a strategy costs more than drawing from it.
_DATES = st.sampled_from((None, "2026-01-01", "2026-01-02T04:00:00Z", "2027-01-01", "soon"))
_ARTIFACTS = st.builds(
    Artifact, ref=st.sampled_from(REFS), digest=st.none() | st.sampled_from(DIGESTS)
)
_BASE: dict[str, st.SearchStrategy[Any]] = {
    "decided_by": st.none() | st.sampled_from(ACTORS).map(lambda actor: Actor(id=actor)),
    "about": _some(st.sampled_from(_SPOKEN_OF)),
    "step": _rarely(st.sampled_from(_NAMED)),
    "within": _rarely(st.sampled_from(_NAMED)),
    "custody": _rarely(st.booleans().map(lambda verified: _custody("r0", verified))),
}
_FLOW: dict[str, st.SearchStrategy[Any]] = {
    "used": _some(_ARTIFACTS),
    "produced": _some(_ARTIFACTS),
    "abandoned": _rarely(st.just("ValueError")),
}
_AUTHORITY = _rarely(st.sampled_from((*_SPOKEN_OF, *_NAMED, "by custom")))
_EVIDENCE = _some(
    st.builds(
        Evidence,
        artifact=_ARTIFACTS,
        kind=st.sampled_from(("own_test", "vendor_assertion", "third_party")),
        valid_until=_DATES,
    )
)
_DECISIONS = _built(
    Decision,
    **_FLOW,
    kind=st.sampled_from(KINDS),
    question=st.sampled_from(("Which one?", "How much?")),
    chosen=st.integers(0, 3),
    considered=_some(st.builds(Considered, value=st.integers(4, 5))),
    rationale=st.none() | st.just("it was best"),
    accountable=st.none() | st.sampled_from(ACTORS),
    authority=_AUTHORITY,
    evidence=_EVIDENCE,
    assumptions=_some(
        st.builds(
            Assumption,
            statement=st.just("it stays"),
            review_by=_DATES,
            owner=st.none() | st.sampled_from(ACTORS),
        )
    ),
    supersedes=_some(st.sampled_from(_NAMED)),
    residual_risk=_some(
        st.builds(
            ResidualRisk,
            statement=st.just("few were held out"),
            owner=st.none() | st.sampled_from(ACTORS),
            until=_DATES,
        )
    ),
    valid_from=_rarely(_DATES),
    valid_to=_rarely(_DATES),
    drafted_by=_rarely(st.sampled_from(("agent:minutes", "person:a@example.org"))),
    capture=st.sampled_from(("explicit", "passed", "default", "backfilled")),
)
_STEPS = _built(
    Step,
    **_FLOW,
    name=st.sampled_from(("train", "run", "evaluate it")),
    phase=_rarely(st.sampled_from(("data", "monitoring"))),
    started_at=times(),
)
_APPROVALS = _built(Approval, meaning=st.just("approval"), digest=st.sampled_from(DIGESTS))
_DISSENTS = _built(Dissent, rationale=st.just("too soon"))
_DELEGATIONS = _built(
    Delegation,
    session_key=st.just("ab" * 32),
    identity_key=st.just("cd" * 32),
    principal=st.sampled_from(ACTORS),
    not_before=times(),
    not_after=times(),
)
# Decisions and steps are most of any history.
_EVENTS = (
    _built(Revocation, rationale=st.just("a mistake"), revokes=_some(st.sampled_from(_NAMED))),
    _built(
        Supersession,
        replaces=_some(st.sampled_from(_NAMED)),
        successor=st.sampled_from(_NAMED),
    ),
    _built(
        Mandate,
        holder=st.sampled_from(ACTORS),
        kinds=_some(st.sampled_from(KINDS)),
        valid_until=_DATES,
        authority=_AUTHORITY,
    ),
    _built(
        Override,
        control=st.just("four eyes"),
        rationale=st.just("alone"),
        until=_DATES,
        authority=_AUTHORITY,
    ),
    _built(Notice, statement=st.just("a campaign runs"), addressees=_some(st.sampled_from(ACTORS))),
    _built(Acknowledgement),
    _built(Erasure, field=st.just("rationale"), rationale=st.just("asked for")),
    _built(
        AssumptionEvent,
        assumption=st.just("it stays"),
        state=st.sampled_from(("violated", "lapsed", "reviewed", "confirmed")),
        review_by=_DATES,
        evidence=_EVIDENCE,
    ),
    _built(Incident, statement=st.just("it failed"), occurred_at=times()),
    _built(
        Action,
        statement=st.just("mend it"),
        due=_DATES,
        state=st.sampled_from(("open", "done", "verified", "dropped")),
        authority=_AUTHORITY,
        evidence=_EVIDENCE,
        supersedes=_some(st.sampled_from(_NAMED)),
    ),
)
_RECORDS = st.one_of(
    *(_DECISIONS, _DECISIONS, _DECISIONS, _DECISIONS, _STEPS, _STEPS, _STEPS),
    *(_APPROVALS, _DISSENTS, _DELEGATIONS, st.one_of(*_EVENTS)),
)
