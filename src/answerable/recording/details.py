"""What `decision`, `decide` and `choose` all accept besides the question, checked at once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, TypeAlias, TypedDict, get_args

import attrs

from answerable.errors import InvalidValueError
from answerable.model import (
    Actor,
    Artifact,
    Assumption,
    Decision,
    Evidence,
    ResidualRisk,
    Scope,
    parse_actor,
)
from answerable.model.kinds import question_of
from answerable.model.records import Capture
from answerable.privacy.disclosure import checked_fields
from answerable.recording import clock, inputs
from answerable.statement import parse_day, parse_time
from answerable.values import optional, required, text

Private: TypeAlias = "str | Iterable[str] | None"


class Details(TypedDict, total=False):
    """The keyword arguments. Where several are meant, one alone may be given."""

    accountable: str | None
    decided_by: str | None
    authority: inputs.Authority | None
    about: inputs.About | Iterable[inputs.About] | None
    used: inputs.ArtifactLike | Iterable[inputs.ArtifactLike] | None
    produced: inputs.ArtifactLike | Iterable[inputs.ArtifactLike] | None
    evidence: inputs.EvidenceLike | Iterable[inputs.EvidenceLike] | None
    assumptions: Assumption | str | Iterable[Assumption | str] | None
    scope: Scope | dict[str, str] | None
    supersedes: inputs.RecordLike | Iterable[inputs.RecordLike] | None
    previous: Any
    residual_risk: ResidualRisk | str | Iterable[ResidualRisk | str] | None
    consulted: str | Iterable[str] | None
    informed: str | Iterable[str] | None
    legal_refs: str | Iterable[str] | None
    valid_from: str | date | None
    valid_to: str | date | None
    pre_determined_change: str | None
    drafted_by: str | None
    private: Private
    capture: Capture | None
    decided_at: datetime | str | None


@attrs.frozen(kw_only=True)
class Given:
    """A decision's kind, question and details. Only files named as evidence are not read yet."""

    kind: str
    question: str
    about: tuple[str, ...] = ()
    used: tuple[Artifact, ...] = ()
    produced: tuple[Artifact, ...] = ()
    evidence: tuple[inputs.EvidenceLike, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    risks: tuple[ResidualRisk, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    capture: Capture | None = None
    fields: dict[str, Any] = attrs.field(factory=dict)

    @classmethod
    def of(cls, kind: str, question: str | None, details: Details) -> Given:
        """Raises `IncompleteDecisionError`, `InvalidValueError`, `InvalidReferenceError`, and
        `TypeError` for an argument that there is not."""
        if unknown := set(details) - Details.__optional_keys__:
            raise TypeError(f"unexpected argument: {', '.join(sorted(unknown))}")
        kind = checked_kind(kind)
        question = required(question_of(kind) if question is None else question, "the question")
        if not details:
            return cls(kind=kind, question=question)
        capture = checked_capture(details.get("capture"))
        evidence = inputs.several(
            details.get("evidence"), (str, Artifact, os.PathLike, Evidence), "the evidence"
        )
        assumptions = inputs.several(
            details.get("assumptions"), (str, Assumption), "the assumptions"
        )
        return cls(
            kind=kind,
            question=question,
            about=inputs.refs(details.get("about")),
            used=inputs.artifacts(details.get("used")),
            produced=inputs.artifacts(details.get("produced")),
            evidence=tuple(evidence),
            assumptions=tuple(
                inputs.assumption(**attrs.asdict(a))
                if isinstance(a, Assumption)
                else inputs.assumption(a)
                for a in assumptions
            ),
            risks=tuple(
                inputs.risk(**attrs.asdict(r)) if isinstance(r, ResidualRisk) else inputs.risk(r)
                for r in inputs.several(
                    details.get("residual_risk"), (str, ResidualRisk), "the residual risk"
                )
            ),
            consulted=inputs.actors(details.get("consulted"), "who was consulted"),
            informed=inputs.actors(details.get("informed"), "who was informed"),
            private=checked_fields(
                inputs.several(details.get("private"), (str,), "private="), "private=", Decision
            ),
            capture=capture,
            fields=_fields(details),
        )

    def captured(self) -> Capture:
        """How it came into the record; what names its own time is written down late, unless a
        test has settled the time."""
        late = "decided_at" in self.fields and not clock.is_fixed()
        return self.capture or ("backfilled" if late else "explicit")


@attrs.frozen
class When:
    """The time that a record was given, and how it came to be recorded. One that names its own
    time is written down late (`backfilled`), unless a test has settled the time."""

    fields: dict[str, Any]

    @classmethod
    def of(cls, decided_at: datetime | str | None, capture: Capture | None) -> When:
        """Raises `InvalidValueError`."""
        fields: dict[str, Any] = {}
        if decided_at is not None:
            fields["decided_at"] = _time(decided_at)
        late = decided_at is not None and not clock.is_fixed()
        fields["capture"] = checked_capture(capture) or ("backfilled" if late else "explicit")
        return cls(fields)


def checked_capture(capture: Capture | None) -> Capture | None:
    """Raises `InvalidValueError` for a word that is none."""
    if capture is not None and capture not in get_args(Capture):
        raise InvalidValueError(f"no capture: {capture!r:.40}", hint=", ".join(get_args(Capture)))
    return capture


def checked_kind(kind: str) -> str:
    """A kind of decision: one word. Raises `InvalidValueError`."""
    if not text(kind, "the kind") or len(kind) > 64 or kind.split() != [kind]:
        raise InvalidValueError(
            f"not a kind of decision: {kind!r:.80}", hint="a word such as threshold or dataset"
        )
    return kind


def _fields(details: Details) -> dict[str, Any]:
    """The details that are fields of the record as they are; those left out are absent."""
    fields: dict[str, Any] = {}
    # An empty name is a variable that nobody filled, and no reason to put another name there.
    if (accountable := details.get("accountable")) is not None:
        fields["accountable"] = parse_actor(accountable)
    if (decided_by := details.get("decided_by")) is not None:
        fields["decided_by"] = Actor(id=parse_actor(decided_by))
    if (authority := inputs.authority(details.get("authority"))) is not None:
        fields["authority"] = authority
    if supersedes := inputs.ids(details.get("supersedes")):
        fields["supersedes"] = supersedes
    if (previous := _previous(details)) is not None:
        fields["previous"] = previous
    if (meant := details.get("scope")) is not None:
        fields["scope"] = _scope(meant)
    if (decided_at := details.get("decided_at")) is not None:
        fields["decided_at"] = _time(decided_at)
    if (drafted_by := details.get("drafted_by")) is not None:
        fields["drafted_by"] = parse_actor(drafted_by)
    if (change := details.get("pre_determined_change")) is not None:
        fields["pre_determined_change"] = required(change, "the pre-determined change")
    if (law := details.get("legal_refs")) is not None:
        fields["legal_refs"] = inputs.texts(law, "a legal reference")
    return fields | _validity(details)


def _validity(details: Details) -> dict[str, str]:
    begins = parse_day(details.get("valid_from"), "valid_from")
    ends = parse_day(details.get("valid_to"), "valid_to")
    # A date ends with its day, so that it may begin in the course of it.
    if begins and ends and parse_time(ends) < parse_time(begins) and ends != begins[: len(ends)]:
        raise InvalidValueError(f"it ends on {ends}, before it begins on {begins}")
    return {k: v for k, v in (("valid_from", begins), ("valid_to", ends)) if v}


def _previous(details: Details) -> Any:
    """What was chosen before: as given, else by the decision that this one supersedes."""
    if details.get("previous") is not None:
        return inputs.recordable(details["previous"])
    earlier = details.get("supersedes")
    if not isinstance(earlier, Decision) or any(w.field == "chosen" for w in earlier.withheld):
        return None  # what one withholds, the next does not tell
    return earlier.chosen


def _scope(meant: Scope | dict[str, str]) -> Scope:
    try:
        found = meant if isinstance(meant, Scope) else Scope(**meant)
    except TypeError as error:
        raise InvalidValueError(
            f"not a scope: {error}", hint="deployment=, intended_purpose=, population="
        ) from None
    return Scope(**{k: optional(v, f"scope.{k}") for k, v in attrs.asdict(found).items()})


def parse_moment(moment: datetime | str | None) -> datetime:
    """A time with its zone, None for now; raises `InvalidValueError`."""
    return clock.now() if moment is None else _time(moment)


def _time(moment: datetime | str) -> datetime:
    try:
        if not isinstance(moment, datetime):
            return parse_time(moment)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise InvalidValueError(
            f"not a time: {moment!r:.40}", hint="2026-01-31T12:00:00Z"
        ) from None
    raise InvalidValueError(f"a time without a zone: {moment}", hint="use datetime.now(UTC)")
