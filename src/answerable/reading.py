"""`answerable.open`: a ledger's history, for those who ask."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import attrs

from answerable import configuration
from answerable.errors import LedgerError, NotFoundError
from answerable.history import (
    Governor,
    Index,
    Records,
    UnusableIndexError,
    Verdict,
    bundles,
    condition,
    moment,
    seen_in,
    verify,
)
from answerable.ledger import InclusionProof, Ledger, cosigned_notes
from answerable.lineage import (
    AccountabilityTrace,
    Difference,
    Gap,
    Gate,
    Hearing,
    Impact,
    Investigation,
    Known,
    MemoryLookup,
    Required,
    Review,
    Why,
    diff,
    gate,
    impact,
    informed,
    investigate,
    review,
    rules_for,
    stitch,
    why,
)
from answerable.model import Action, Decision, Delegation, Incident, PolicyVersion, Record
from answerable.model.types import EVENT_TYPES
from answerable.signing import Policy

_T = TypeVar("_T")


class History:
    """What one ledger holds, read and checked from its bytes. Safe to share between threads.

    Use it as a context manager, or `close` it.
    """

    def __init__(self, ledger: Ledger, home: Path) -> None:
        self.ledger = ledger
        self._home = home
        self._index = Index.of(home, ledger.origin)
        self._lock = threading.RLock()

    def decisions(
        self,
        *,
        kind: str | None = None,
        actor: str | None = None,
        accountable: str | None = None,
        artifact: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        text: str | None = None,
        capture: str | None = None,
        team: str | None = None,
        step: str | None = None,
        run: str | None = None,
        limit: int | None = None,
    ) -> list[Decision]:
        """The decisions that meet every condition, newest first; `limit` None or 0 means all.

        `artifact` is what a decision used, produced or is about; without a version, any. `text`
        ignores case. `since` and `until` bound `decided_at`, both inclusive; a bare date as
        `until` includes that day. Each decision's `custody` says whether it verified. Raises
        `InvalidReferenceError`, `InvalidValueError`, `LedgerError`.
        """
        asked = {
            "kind": kind,
            "actor": actor,
            "accountable": accountable,
            "artifact": artifact,
            "since": since,
            "until": until,
            "text": text,
            "capture": capture,
            "team": team,
            "step": step,
            "run": run,
        }
        return cast("list[Decision]", self._found(asked, limit))

    def events(
        self,
        type: str | Sequence[str] | None = None,  # the field's own name
        *,
        actor: str | None = None,
        accountable: str | None = None,
        about: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        text: str | None = None,
        capture: str | None = None,
        team: str | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        """What was said around decisions, newest first: approvals, dissents, overrides, incidents
        and so on; of one `type` of record, or several.

        `about` is an artifact (without a version, any), or `record:<id>`. The rest, and what is
        raised, is as in `decisions`.
        """
        asked = {
            "type": type or EVENT_TYPES,
            "actor": actor,
            "accountable": accountable,
            "artifact": about,
            "since": since,
            "until": until,
            "text": text,
            "capture": capture,
            "team": team,
        }
        return self._found(asked, limit)

    def _found(self, asked: Mapping[str, Any], limit: int | None) -> list[Record]:
        where, parameters = condition(asked)
        order = "ORDER BY decided_at DESC, id DESC"
        if limit:
            order += f" LIMIT {int(limit)}"
        return self._answer(
            lambda records: [
                records.at(place) for place in self._index.places(where, parameters, order)
            ]
        )

    def records(self) -> Iterator[Record]:
        """Every record of every type, in the ledger's order; raises `LedgerError`."""
        places, records = self._answer(
            lambda records: (self._index.places("id IS NOT NULL", (), "ORDER BY idx"), records)
        )
        for place in places:
            with self._lock:
                record = records.at(place)
            yield record

    def get(self, id: str) -> Record:
        """The record of that id; raises `NotFoundError`."""
        found = self._answer(lambda records: records.get(id))
        if found is None:
            raise NotFoundError(f"no record {id}", hint="`answerable log` lists them")
        return found

    def trace(self, subject: str, at: str | datetime | None = None) -> AccountabilityTrace:
        """Everything that bears on `subject`, as of a time (default now).

        A bare date means the end of that day. Raises `NotFoundError` if nothing names the
        subject, `InvalidReferenceError` if it is no reference.
        """
        as_of = _as_of(at)

        def stitched(records: Records) -> AccountabilityTrace:
            try:
                return stitch(subject, records, as_of)
            except NotFoundError as error:
                raise NotFoundError(error.message, hint=self._near(subject)) from None

        return self._answer(stitched)

    def why(self, kind: str, subject: str, at: str | datetime | None = None) -> Why:
        """Which decisions of that kind stand behind `subject`: in force, and superseded; raises
        as `trace` does. What nobody decided has no answer, which is one."""
        return why(self.trace(subject, at), kind)

    def diff(self, before: str, after: str, at: str | datetime | None = None) -> Difference:
        """What lies between two subjects, e.g. two versions of a model; raises as `trace` does."""
        return diff(self.trace(before, at), self.trace(after, at))

    def impact(self, ref: str, at: str | datetime | None = None) -> Impact:
        """What rests on an artifact or a record (`record:<id>`), over any number of hops, as of a
        time. Without a version, any version is meant. Raises `NotFoundError` if nothing names it,
        `InvalidReferenceError` if it is no reference."""
        as_of = _as_of(at)
        return self._answer(lambda records: impact(ref, records, as_of))

    def informed(
        self, fact: str, *, decision: str | None = None, at: str | datetime | None = None
    ) -> tuple[Hearing, ...]:
        """Who was informed of `fact` (an artifact, or `record:<id>`), when, and by which record;
        with the id of a `decision`, whether that was before it. Raises `NotFoundError`,
        `InvalidReferenceError`."""
        as_of = datetime.now(UTC) if at is None else moment(at, end_of_day=True)
        made = None if decision is None else self.get(decision)
        return self._answer(lambda records: informed(fact, records, as_of, made))

    def investigate(self, id: str) -> Investigation:
        """Back from the incident of that id: what was in force at its time and known then, who
        answers for it and who responds, what had lapsed or did not hold, what is open.

        Raises `NotFoundError` if there is no such incident, or nothing was in force then.
        """
        incident = self.get(id)
        subject = next((ref for ref in incident.about if not ref.startswith("record:")), None)
        if not isinstance(incident, Incident) or subject is None:
            raise NotFoundError(f"{id} is no incident of a subject", hint="ans.incident(…)")
        then, now = self.trace(subject, incident.occurred_at), self.trace(subject)
        in_force = Known(MemoryLookup(p.record for p in now.placed()), now.as_of)
        actions = [
            record
            for record in in_force.about(f"record:{id}")
            if isinstance(record, Action) and in_force.in_force(record)
        ]
        return investigate(incident, then, now, actions)

    def review(self, subject: str, at: str | datetime | None = None) -> Review:
        """Everything that stands behind `subject` under one digest, to be approved with
        `answerable.approve(subject, digest=…)`; raises as `trace` does."""
        found = review(self.trace(subject, at))
        rules = rules_for(subject, self.policy(), found)
        if not rules:
            return found
        named = sorted({name for rule in rules for name in rule.principals})
        required = Required(
            threshold=max(rule.threshold for rule in rules), principals=tuple(named)
        )
        return attrs.evolve(found, required=required)

    def gate(
        self, subject: str, *, policy: Policy | None = None, allow: Collection[str] = ()
    ) -> Gate:
        """Whether `subject` may go forward as it is now: everything verifies, no gap stands open
        but of the codes in `allow`, and enough distinct approvers have signed the present digest.
        `policy` is the one that the ledger has in force, unless another is given. Raises as
        `trace` does."""
        verdict = self.verify(policy)
        found = self.review(subject)
        return gate(found, policy or self.policy(), faults=len(verdict.faults), allow=allow)

    def gaps(self, subject: str, at: str | datetime | None = None) -> Sequence[Gap]:
        """What is missing in the trace of `subject`; raises as `trace` does."""
        return self.trace(subject, at).gaps

    def verify(self, policy: Policy | None = None, since: bytes | None = None) -> Verdict:
        """Read and check every byte of the ledger again.

        `policy` judges who may sign what, instead of what the ledger itself put in force. `since`
        is a receipt's checkpoint, or a `.tlog-proof`, that the ledger must continue; raises
        `MalformedError` if it is none of this log.
        """
        with self._lock:
            seen = None if since is None else seen_in(since, self.ledger.verifier)
            cosigned = cosigned_notes(self._home, self.ledger.origin)
            return verify(self.ledger, policy, seen, cosigned)

    def prove(self, id: str) -> InclusionProof:
        """The proof that the record of that id is in the log, under its newest checkpoint; raises
        `NotFoundError`, and `LedgerError` where the ledger does not hold."""
        record = self.get(id)
        assert record.custody is not None and record.custody.index is not None
        index = record.custody.index
        with self._lock, self.ledger.still():
            tip, note = self.ledger.present(), self.ledger.checkpoint()
            return InclusionProof(index, self.ledger.inclusion(index, tip.size), note)

    def bundle(self, subject: str, at: str | datetime | None = None) -> bytes:
        """Everything behind `subject` as one file for another organisation: envelopes, the
        delegations and policies under which they count, and proofs that they are in this log.
        Raises as `trace` and `prove` do."""
        trace = self.trace(subject, at)
        with self._lock:
            records = [placed.record for placed in trace.placed()]
            keys = {r.emission.key_id for r in records if r.emission}
            records += [r for r in self.records() if _vouches(r, keys)]
            places = {r.custody.index for r in records if r.custody}
            with self.ledger.still():
                return bundles.make(
                    subject, self.ledger, sorted(place for place in places if place is not None)
                )

    def policies(self) -> list[PolicyVersion]:
        """The records that put a version of the trust policy in force, in the ledger's order:
        those that verify; whether each was entitled to is for `verify`."""
        places, records = self._answer(
            lambda records: (self._index.places("type = 'policy'", (), "ORDER BY idx"), records)
        )
        found = [cast(PolicyVersion, records.at(place)) for place in places]
        return [record for record in found if record.custody and record.custody.verified]

    def policy(self) -> Policy | None:
        """The version of the trust policy that the ledger itself has put in force by now."""
        governor = Governor()
        for record in self.policies():
            assert record.custody is not None and record.custody.index is not None
            for _ in governor.faults(record, record.custody.index):
                pass  # `verify` tells them
        return governor.adopted

    def reindex(self) -> int:
        """Make the derived index anew from the ledger; returns how many entries it covers."""
        with self._lock:
            try:
                return self._index.rebuild(self.ledger)
            except UnusableIndexError as error:
                self._index = self._index.anew(error)
                return self._index.rebuild(self.ledger)

    def close(self) -> None:
        """Let go of the ledger and the index."""
        with self._lock:
            self._index.close()
            self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self, question: Callable[[Records], _T]) -> _T:
        """What the records say as the ledger has them now: other processes may have appended.

        An index that turns out to be wrong is thrown away, once. Raises `LedgerError` where
        nothing is found in a ledger that does not hold: there may have been something.
        """
        with self._lock:
            try:
                return self._asked(question)
            except UnusableIndexError as error:
                self._index = self._index.anew(error)
                return self._asked(question)

    def _asked(self, question: Callable[[Records], _T]) -> _T:
        doubt = self._index.refresh(self.ledger)
        try:
            found = question(Records(self.ledger, self._index, doubt))
        except NotFoundError:
            found = None
            if doubt is None:
                raise
        if doubt is not None and not found:
            raise LedgerError(f"no answer can be given: {doubt}", hint="run `answerable verify`")
        return cast(_T, found)

    def _near(self, subject: str) -> str | None:
        known = self._index.refs(subject.partition(":")[0] + ":")
        near = get_close_matches(subject, known, n=3, cutoff=0.4) or known[:3]
        return f"did you mean {' or '.join(near)}?" if near else None


def _vouches(record: Record, keys: set[str]) -> bool:
    """True of what others count under: the delegations of those session keys, and policies."""
    if isinstance(record, PolicyVersion):
        return True
    lends = isinstance(record, Delegation) and record.emission is not None
    return lends and record.emission is not None and record.emission.key_id in keys


def _as_of(at: str | datetime | None) -> datetime:
    return datetime.now(UTC) if at is None else moment(at, end_of_day=True)


def open(
    uri: str | os.PathLike[str] | None = None, *, home: str | os.PathLike[str] | None = None
) -> History:
    """Open a ledger to read it: an address (`sqlite:///decisions.db`) or a path; by default the
    one that recording here writes to, or would. Nothing is created.

    Raises `NotFoundError` if there is none, `NotALedgerError` if the place holds something
    else, `LedgerError` if it cannot be read, `ConfigurationError` for what is no address.
    """
    settings = configuration.here({"ledger": uri, "home": home})
    configured = configuration.in_force()
    if configured is not None and (uri is None or settings.ledger == configured.ledger):
        settings = configuration.changed(configured, {"home": home})
    ledger = Ledger.open(settings.ledger, settings.home)
    try:
        return History(ledger, settings.home)
    except BaseException:
        ledger.close()
        raise
