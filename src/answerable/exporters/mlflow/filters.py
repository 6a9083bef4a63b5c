"""What is asked for: as filters in MLflow's grammar, and as a test of the signed record.

The filter only narrows what is fetched. The grammar has no escapes, so a character that might
end a string is left to LIKE's `_`, and the test on the record decides.
"""

from __future__ import annotations

from datetime import datetime
from itertools import product

import attrs

from answerable.errors import InvalidValueError
from answerable.exporters.mlflow import tags
from answerable.exporters.mlflow.shaping import nanoseconds
from answerable.history.finding import moment
from answerable.model import Decision, parse_actor, parse_digest, parse_ref

_SAFE = frozenset(" .,:;/@+-_=#~!?()[]{}<>&*|^$…")
# What is asked for under the name that it has in a decision.
_SAME = ("kind", "accountable", "team", "step", "run", "capture")
Moment = datetime | str


@attrs.frozen(kw_only=True)
class Criteria:
    """A search. `model` is a reference; `runs` are those that made the model's versions.

    A reference without a version means every version.
    """

    kind: str | None = None
    actor: str | None = None
    accountable: str | None = None
    team: str | None = None
    step: str | None = None
    run: str | None = None
    capture: str | None = None
    artifact: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    model: str | None = None
    runs: tuple[str, ...] = ()

    def filters(self) -> list[str]:
        """Filters that together find every decision asked for: any of them may."""
        fixed = [equals(tags.TYPE, "decision")]
        for tag, value in (
            (tags.KIND, self.kind),
            (tags.DECIDED_BY, self.actor),
            (tags.ACCOUNTABLE, self.accountable),
            (tags.TEAM, self.team),
            (tags.STEP, self.step),
            (tags.RUN, self.run),
            (tags.CAPTURE, self.capture),
        ):
            if value is not None:
                fixed.append(equals(tag, value))
        if self.since is not None:
            fixed.append(f"trace.timestamp_ms >= {nanoseconds(self.since) // 10**6}")
        if self.until is not None:
            fixed.append(f"trace.timestamp_ms <= {nanoseconds(self.until) // 10**6}")
        choices = [
            alternatives for alternatives in (self._artifacts(), self._models()) if alternatives
        ]
        return list(dict.fromkeys(" AND ".join([*fixed, *each]) for each in product(*choices)))

    def matches(self, decision: Decision) -> bool:
        """Whether the decision, as it was signed, is one that was asked for."""
        by = decision.decided_by
        told = {name: getattr(decision, name) for name in _SAME} | {"actor": by and by.id}
        return (
            all(getattr(self, name) in (None, value) for name, value in told.items())
            and (self.since is None or self.since <= decision.decided_at)
            and (self.until is None or decision.decided_at <= self.until)
            and (self.artifact is None or _among(self.artifact, decision))
            and (self.model is None or decision.run in self.runs or _among(self.model, decision))
        )

    def _artifacts(self) -> list[str]:
        return _naming(self.artifact) if self.artifact is not None else []

    def _models(self) -> list[str]:
        if self.model is None:
            return []
        return _naming(self.model) + [equals(tags.RUN, run) for run in self.runs]


def criteria(
    *,
    kind: str | None,
    actor: str | None,
    accountable: str | None,
    team: str | None,
    step: str | None,
    run: str | None,
    capture: str | None,
    artifact: str | None,
    since: Moment | None,
    until: Moment | None,
    model: str | None,
    version: str | int | None,
) -> Criteria:
    """Check what a caller asks for; raises `InvalidReferenceError` or `InvalidValueError`."""
    if version is not None and model is None:
        raise InvalidValueError("a version without a model", hint='pass model="…" as well')
    wanted = f"model:{model}" + (f"@{version}" if version is not None else "")
    if artifact is not None:
        digest = artifact.startswith("sha256:")
        artifact = parse_digest(artifact) if digest else str(parse_ref(artifact))
    return Criteria(
        kind=kind,
        actor=parse_actor(actor) if actor is not None else None,
        accountable=parse_actor(accountable) if accountable is not None else None,
        team=team,
        step=step,
        run=run,
        capture=capture,
        artifact=artifact,
        since=moment(since) if since is not None else None,
        until=moment(until, end_of_day=True) if until is not None else None,
        model=str(parse_ref(wanted)) if model is not None else None,
    )


def equals(tag: str, value: str) -> str:
    """A clause for traces with that very value of the tag."""
    text = _literal(tags.plain(value))
    return f"tags.`{tag}` {'=' if text == tags.plain(value) else 'LIKE'} '{text}'"


def contains(tag: str, value: str) -> str:
    """A clause for traces with that value among those of the tag."""
    return f"tags.`{tag}` LIKE '% {_literal(value)}%'"


def _literal(value: str) -> str:
    return "".join(c if c.isalnum() or c in _SAFE else "_" for c in value)


def _naming(wanted: str) -> list[str]:
    """Clauses of which one holds for every decision that names the reference or digest."""
    if wanted.startswith("sha256:"):
        tag, text = tags.DIGESTS, f"{wanted} "
    else:
        tag, text = tags.ARTIFACTS, f"{wanted} " if "@" in wanted else wanted
    return [contains(tag, text), contains(tags.CUT, f"{tag} ")]


def _among(wanted: str, decision: Decision) -> bool:
    named = (*tags.refs(decision), *tags.digests(decision))
    return any(name == wanted or name.startswith(f"{wanted}@") for name in named)
