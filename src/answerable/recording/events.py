"""What happens around decisions, each said in one call. Every call takes `decided_by`, where that is
not whoever acts here, `decided_at` and `capture`, for what is written down late, and `private`: the
fields (`statement`, `rationale`) that are kept beside the ledger, where they can be erased."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeAlias, TypedDict, Unpack, get_args

from answerable.errors import InvalidReferenceError, InvalidValueError
from answerable.model import (
    Acknowledgement,
    Action,
    AssumptionEvent,
    Decision,
    Incident,
    Mandate,
    Notice,
    Override,
    Revocation,
    Supersession,
    parse_actor,
)
from answerable.model.artifacts import RECORD
from answerable.model.events import ActionState, AssumptionState
from answerable.model.records import Capture
from answerable.recording import inputs, scope
from answerable.recording.details import Private, When, checked_kind, parse_moment
from answerable.recording.saying import say
from answerable.statement import parse_day
from answerable.values import optional, required

Abouts: TypeAlias = "inputs.About | Iterable[inputs.About]"
Records: TypeAlias = "inputs.RecordLike | Iterable[inputs.RecordLike]"
Evidences: TypeAlias = "inputs.EvidenceLike | Iterable[inputs.EvidenceLike]"


class Said(TypedDict, total=False):
    """What every one of these calls takes."""

    decided_by: str | None
    decided_at: datetime | str | None
    capture: Capture | None
    private: Private


def override(
    control: str,
    because: str,
    *,
    about: Abouts | None = None,
    until: str | date | None = None,
    accountable: str | None = None,
    authority: inputs.Authority | None = None,
    **said: Unpack[Said],
) -> Override:
    """A control (a check, a limit, a gate) is bypassed, for what it is about: say why, and until
    when. `revoke` its record when the control is in place again. Without `about` it concerns the
    step or decision that is open here.

    Raises `IncompleteDecisionError`, `InvalidValueError`, `InvalidReferenceError`, as all of
    these calls do.
    """
    concerns = inputs.refs(about) if scope.here().innermost else inputs.subjects(about)
    return say(
        Override,
        "override",
        **_common(said),
        about=concerns,
        control=required(control, "the control"),
        rationale=required(because, "the reason"),
        until=parse_day(until, "until"),
        accountable=None if accountable is None else parse_actor(accountable),
        authority=inputs.authority(authority),
    )


def revoke(records: Records, because: str, **said: Unpack[Said]) -> Revocation:
    """Withdraw records (themselves, or their ids): from now on they are not in force, and nothing
    takes their place. They are kept, and shown as history. To withdraw a revocation is to say
    that what it withdrew holds after all."""
    ids = _several_records(records)
    return say(
        Revocation,
        "revocation",
        **_common(said),
        about=tuple(RECORD + id for id in ids),
        revokes=ids,
        rationale=required(because, "the reason"),
    )


def supersede(
    records: Records,
    *,
    by: inputs.RecordLike,
    because: str | None = None,
    **said: Unpack[Said],
) -> Supersession:
    """Say that the record `by` takes the place of earlier ones which it does not itself name.
    Where it is known beforehand, `decide(…, supersedes=…)` says it at once."""
    ids, successor = _several_records(records), inputs.one_record(by)
    if successor in ids:
        raise InvalidReferenceError("a record that is to take its own place")
    return say(
        Supersession,
        "supersession",
        **_common(said),
        about=tuple(RECORD + id for id in (*ids, successor)),
        replaces=ids,
        successor=successor,
        rationale=optional(because, "the reason"),
    )


def mandate(
    holder: str,
    *,
    kinds: str | Iterable[str] | None = None,
    limit: str | None = None,
    until: str | date | None = None,
    because: str | None = None,
    about: Abouts | None = None,
    authority: inputs.Authority | None = None,
    **said: Unpack[Said],
) -> Mandate:
    """Lend somebody the authority to decide, for some kinds, within a limit, for a time.

    Whoever acts on it says so: `decide(…, authority=mandate)`. That it had ended, was for other
    kinds, or was somebody else's, is then a gap. `authority` is the lender's own.
    """
    found = inputs.several(kinds, (str,), "the kinds")
    return say(
        Mandate,
        "mandate",
        **_common(said),
        about=inputs.refs(about),
        holder=parse_actor(holder),
        kinds=tuple(checked_kind(kind) for kind in found),
        limit=optional(limit, "the limit"),
        valid_until=parse_day(until, "until"),
        rationale=optional(because, "the reason"),
        authority=inputs.authority(authority),
    )


def notify(
    statement: str, *, about: Abouts, to: str | Iterable[str], **said: Unpack[Said]
) -> Notice:
    """Make a fact known to those who decide by it; each is to `acknowledge` its record. `about`
    is what it concerns: those who use that should know it."""
    return say(
        Notice,
        "notice",
        **_common(said),
        about=inputs.subjects(about),
        statement=required(statement, "the fact"),
        addressees=inputs.actors(to, "who is to know"),
    )


def acknowledge(what: Abouts, because: str | None = None, **said: Unpack[Said]) -> Acknowledgement:
    """Take note of a fact: of a notice (the record, or `record:<id>`), or of an artifact. For a
    team or a role, say `decided_by=`; who recorded it is signed in any case."""
    return say(
        Acknowledgement,
        "acknowledgement",
        **_common(said),
        about=inputs.subjects(what),
        rationale=optional(because, "the remark"),
    )


def assumption_event(
    decision: inputs.RecordLike,
    assumption: str,
    state: AssumptionState,
    *,
    because: str | None = None,
    review_by: str | date | None = None,
    evidence: Evidences | None = None,
    **said: Unpack[Said],
) -> AssumptionEvent:
    """What became of an assumption (its statement) of a decision (itself, or its id): it `lapsed`;
    it was `violated`; it was `reviewed`, and is to be looked at again by `review_by`; or it was
    found to hold (`confirmed`), which also answers an earlier `violated`.

    Raises `InvalidValueError` if the decision itself is given, and assumes no such thing.
    """
    if isinstance(decision, Decision):
        held = [each.statement for each in decision.assumptions]
        if assumption not in held:
            raise InvalidValueError(
                f"the decision does not assume {assumption!r:.80}",
                hint="; ".join(held) or "it assumes nothing",
            )
    return say(
        AssumptionEvent,
        "assumption event",
        **_common(said),
        about=(RECORD + inputs.one_record(decision),),
        assumption=required(assumption, "the assumption"),
        state=_word(state, get_args(AssumptionState), "state of an assumption"),
        rationale=optional(because, "the reason"),
        review_by=parse_day(review_by, "review_by"),
        evidence=inputs.evidences(evidence),
    )


def incident(
    subject: Abouts,
    statement: str,
    *,
    occurred_at: datetime | str | None = None,
    severity: str | None = None,
    evidence: Evidences | None = None,
    **said: Unpack[Said],
) -> Incident:
    """Something went wrong with a deployment (or anything else), at a time: by default, now."""
    return say(
        Incident,
        "incident",
        **_common(said),
        about=inputs.subjects(subject),
        statement=required(statement, "what happened"),
        occurred_at=parse_moment(occurred_at),
        severity=optional(severity, "the severity"),
        evidence=inputs.evidences(evidence),
    )


def action(
    incident: inputs.RecordLike,
    statement: str,
    *,
    owner: str | None = None,
    due: str | date | None = None,
    state: ActionState = "open",
    because: str | None = None,
    authority: inputs.Authority | None = None,
    evidence: Evidences | None = None,
    supersedes: Records | None = None,
    **said: Unpack[Said],
) -> Action:
    """What is done about an incident (itself, or its id): by whom, by what right, until when.

    When it is done, when somebody has verified it, or when it is dropped, say it again with
    `state` and `supersedes` the earlier one.
    """
    return say(
        Action,
        "action",
        **_common(said),
        about=(RECORD + inputs.one_record(incident),),
        statement=required(statement, "the action"),
        owner=None if owner is None else parse_actor(owner),
        due=parse_day(due, "due"),
        state=_word(state, get_args(ActionState), "state of an action"),
        rationale=optional(because, "the reason"),
        authority=inputs.authority(authority),
        evidence=inputs.evidences(evidence),
        supersedes=inputs.ids(supersedes),
    )


def _common(said: Said) -> dict[str, Any]:
    if unknown := set(said) - Said.__optional_keys__:
        raise TypeError(f"unexpected argument: {', '.join(sorted(unknown))}")
    return {
        "by": said.get("decided_by"),
        "when": When.of(said.get("decided_at"), said.get("capture")),
        "private": said.get("private"),
    }


def _several_records(given: Records) -> tuple[str, ...]:
    if not (ids := inputs.ids(given)):
        raise InvalidReferenceError(
            "it is not said which records", hint="give a record, its id, or a list of them"
        )
    return ids


def _word(told: Any, words: tuple[str, ...], what: str) -> Any:
    if told not in words:
        raise InvalidValueError(f"no {what}: {told!r:.40}", hint=", ".join(words))
    return told
