"""`History`: everything that can be asked of a ledger. What it says is found out elsewhere here; this
is its front."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from answerable.history import Catalogue, Verdict, policies
from answerable.ledger import InclusionProof, Ledger
from answerable.lineage import (
    AccountabilityTrace,
    Difference,
    Explanation,
    Gap,
    Gate,
    Hearing,
    Impact,
    Investigation,
    Presented,
    Review,
    Why,
    diff,
    impact,
    informed,
)
from answerable.lineage.holding import holdings
from answerable.model import Decision, Outcome, PolicyVersion, Record
from answerable.model.types import EVENT_TYPES
from answerable.privacy import Wanted
from answerable.reading import explaining, governed, proving, reviewing, stitching
from answerable.reading.finding import find
from answerable.signing import Policy


class History:
    """What one ledger holds, read and checked from its bytes. Safe to share between threads.

    Use it as a context manager, or `close` it.
    """

    def __init__(self, ledger: Ledger, home: Path, *, disclose: bool = False) -> None:
        self._catalogue = Catalogue(ledger, home, disclose=disclose)

    @property
    def ledger(self) -> Ledger:
        """The ledger itself, which knows bytes only."""
        return self._catalogue.ledger

    def records(self, disclose: str | Collection[str] = ()) -> Iterator[Record]:
        """Every record of every type, in the ledger's order; raises `LedgerError`.

        Each tells of its private fields what is at hand and named in `disclose`, by default nothing,
        also where it is shown elsewhere. A word is a field (of every record), a record's id (all its
        fields), or `ID:FIELD`. Raises `InvalidValueError` for another, `NotFoundError` for a record
        that withholds no such field.
        """
        return self._catalogue.records(Wanted.of(disclose))

    def get(self, id: str) -> Record:
        """The record of that id; raises `NotFoundError`."""
        return self._catalogue.shown(self._catalogue.get(id))

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
        at: str | datetime | None = None,
        limit: int | None = None,
    ) -> list[Decision]:
        """The decisions that meet every condition, newest first; `limit` None or 0 means all.

        `artifact` is what a decision used, produced or is about; without a version, any. `text`
        ignores case. `since` and `until` bound `decided_at`, both inclusive; a bare date as
        `until` includes that day. With `at`, only what was recorded by then: what was decided before
        and recorded later was not known. Each decision's `custody` says whether it verified. Raises
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
        return cast("list[Decision]", find(self._catalogue, asked, at, limit))

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
        at: str | datetime | None = None,
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
        return find(self._catalogue, asked, at, limit)

    def policies(self) -> list[PolicyVersion]:
        """The records that put a version of the trust policy in force, in the ledger's order:
        those that verify; whether each was entitled to is for `verify`."""
        return policies(self._catalogue)

    def policy(self, at: str | datetime | None = None) -> Policy | None:
        """The version of the trust policy that the ledger itself has put in force by then, by
        default by now."""
        return governed.policy_at(self._catalogue, at)

    def holdings(self, record: Record | str) -> dict[str, tuple[str, ...]]:
        """The roles that decided or answer for a record (itself or its id), each with who filled
        it when it was decided, by the policy in force now; empty for nobody. A role of which the
        policy says nothing is left out. Raises `NotFoundError`."""
        found = self.get(record) if isinstance(record, str) else record
        return holdings(self.policy(), found)

    def holders(self, records: Iterable[Record]) -> dict[str, dict[str, tuple[str, ...]]]:
        """The same of several, by their ids; those of whose roles the policy says nothing are left
        out."""
        return governed.holders(self._catalogue, records)

    def trace(
        self,
        subject: str,
        at: str | datetime | None = None,
        disclose: str | Collection[str] = (),
    ) -> AccountabilityTrace:
        """Everything that bears on `subject`, as of a time (default now).

        A bare date means the end of that day. `unheld` are the roles that nobody fills then, by the
        policy in force then. With `disclose`, as `records` has it, what is made of the trace tells
        what is named. Raises `NotFoundError` if nothing names the subject, `InvalidReferenceError` if
        it is no reference, and of `disclose` as `records` does.
        """
        return stitching.trace(self._catalogue, subject, at, Wanted.of(disclose))

    def why(
        self, kind: str, subject: str, at: str | datetime | None = None, *, text: str | None = None
    ) -> Why:
        """Which decisions of that kind stand behind `subject`: in force, and superseded; by what
        right, on which evidence, and who filled the roles in them. With `text`, those whose question
        has it, in any case: one parameter of several. Raises as `trace` does. What nobody decided
        has no answer, which is one."""
        return stitching.why_in(self._catalogue, kind, subject, at, text)

    def diff(
        self,
        before: str,
        after: str,
        at: str | datetime | None = None,
        *,
        since: str | datetime | None = None,
    ) -> Difference:
        """What lies between two subjects, e.g. two versions of a model; or, with `since`, between what
        the one was at that time and what the other is `at` another: of one deployment, say. Raises
        as `trace` does."""
        as_of = governed.as_of_time(at)  # one for both, unless another is given
        return diff(self.trace(before, as_of if since is None else since), self.trace(after, as_of))

    def impact(self, ref: str, at: str | datetime | None = None) -> Impact:
        """What rests on an artifact or a record (`record:<id>`), over any number of hops, as of a
        time. Without a version, any version is meant. Raises `NotFoundError` if nothing names it,
        `InvalidReferenceError` if it is no reference."""
        as_of = governed.as_of_time(at)
        return self._catalogue.answer(lambda records: impact(ref, records, as_of))

    def informed(
        self, fact: str, *, decision: str | None = None, at: str | datetime | None = None
    ) -> tuple[Hearing, ...]:
        """Who was informed of `fact` (an artifact, or `record:<id>`), when, and by which record;
        with the id of a `decision`, whether that was before it. Raises `NotFoundError`,
        `InvalidReferenceError`."""
        as_of = governed.as_of_time(at)
        made = None if decision is None else self._catalogue.get(decision)
        return self._catalogue.answer(lambda records: informed(fact, records, as_of, made))

    def gaps(
        self, subject: str, at: str | datetime | None = None, *, codes: Collection[str] = ()
    ) -> Sequence[Gap]:
        """What is missing in the trace of `subject`; with `codes`, of these codes alone. Raises as
        `trace` does, and `InvalidValueError` for a code that there is not."""
        return stitching.gaps_in(self._catalogue, subject, at, codes)

    def investigate(self, id: str, at: str | datetime | None = None) -> Investigation:
        """Back from the incident of that id: what was in force at its time and known then, who
        answers for it and who responds, what had lapsed or did not hold, what is open. What was
        learned later is what was known by `at`, by default now.

        Raises `NotFoundError` if there was no such incident by then, or nothing was in force when
        it happened.
        """
        return reviewing.investigation_of(self._catalogue, id, at)

    def review(self, subject: str, at: str | datetime | None = None) -> Review:
        """Everything that stands behind `subject` under one digest, to be approved with
        `answerable.approve(subject, digest=…)`; raises as `trace` does."""
        return reviewing.review_of(self._catalogue, subject, at)

    def presented(self, id: str) -> Presented:
        """What exactly was presented to whoever gave the approval of that id. That it was read,
        nobody can tell. Raises `NotFoundError` if it is no approval."""
        return reviewing.presented_to(self._catalogue, id)

    def gate(
        self, subject: str, *, policy: Policy | None = None, allow: Collection[str] = ()
    ) -> Gate:
        """Whether `subject` may go forward as it is now: everything verifies, no gap stands open
        but of the codes in `allow`, and enough distinct approvers have signed the present digest.
        `policy` is the one that the ledger has in force, unless another is given. Raises as
        `trace` does."""
        return reviewing.gate_of(self._catalogue, subject, policy, allow)

    def explain(self, id: str, at: str | datetime | None = None) -> Explanation:
        """From the outcome of that id to the deployment, its threshold and who decided it, evidence,
        human review, who answers for it and how to contest it, as they were then; with the proof
        that the outcome is in its batch, and the batch in the log. What was learned since is what was
        known by `at`, by default now.

        Raises `NotFoundError` where no outcome of that id was sealed by then, `InvalidReferenceError` where it
        is none.
        """
        return explaining.explain_outcome(self._catalogue, id, at)

    def outcomes(self, subject: str) -> list[Outcome]:
        """The outcomes of one person (the pseudonym), oldest first, as they are kept: `explain`
        says whether they are sealed. It reads through all outcomes. Raises `InvalidValueError`."""
        return explaining.outcomes_of(self._catalogue, subject)

    def verify(
        self,
        policy: Policy | None = None,
        since: bytes | None = None,
        *,
        everything: bool = False,
        distrust_index: bool = False,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> Verdict:
        """Read and check every byte of the ledger again, and the outcomes and disclosures beside it.

        `policy` judges who may sign what, instead of what the ledger itself put in force. `since`
        is a receipt's checkpoint, or a `.tlog-proof`, that is trusted: what it covers is proven to
        be there as it was, by the tree, and not looked at again, so that the cost is that of what
        came after. With `everything` that is looked at too. Where policies stand there, and ids, is
        told by the index; with `distrust_index` by the entries themselves, which are then read and
        held against the receipt, at about a fifth of the cost of verifying them. Raises
        `MalformedError` if it is none of this log.

        Of a ledger that holds, the index is compared with it too, if all is looked at: it is what
        answers are found by. Where there are many entries, processes of their own check them, one
        a core. `progress` is told of entries checked, of how many.
        """
        return proving.verified(
            self._catalogue,
            policy,
            since,
            everything=everything,
            distrust_index=distrust_index,
            progress=progress,
        )

    def prove(self, id: str) -> InclusionProof:
        """The proof that the record of that id is in the log, under its newest checkpoint; raises
        `NotFoundError`, and `LedgerError` where the ledger does not hold."""
        return proving.prove(self._catalogue, id)

    def bundle(
        self, subject: str, at: str | datetime | None = None, disclose: str | Collection[str] = ()
    ) -> bytes:
        """Everything behind `subject` as one file for another organisation: envelopes, the
        delegations and policies under which they count, and proofs that they are in this log.
        Of private fields it tells what is named in `disclose`, as `trace` does. Raises as `trace` and
        `prove` do."""
        return proving.bundle(self._catalogue, subject, at, Wanted.of(disclose))

    def reindex(self) -> int:
        """Make the derived index anew from the ledger; returns how many entries it covers."""
        return self._catalogue.reindex()

    def close(self) -> None:
        """Let go of the ledger and the index."""
        with self._catalogue.alone():
            self._catalogue.let_go()
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
