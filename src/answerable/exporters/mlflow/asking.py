"""One filter in MLflow's grammar that finds exactly what was asked for, for MLflow's own calls.

It asks the tags, which whoever may write to MLflow may edit; `search` checks what it finds.
"""

from __future__ import annotations

from answerable.errors import InvalidValueError
from answerable.exporters.mlflow import tags
from answerable.exporters.mlflow.filters import Moment
from answerable.exporters.mlflow.shaping import nanoseconds
from answerable.history.finding import moment
from answerable.model import parse_actor, parse_digest, parse_ref

_SPECIAL = frozenset(".^$*+?()[]{}|")


def filter_string(
    *,
    kind: str | None = None,
    actor: str | None = None,
    accountable: str | None = None,
    team: str | None = None,
    step: str | None = None,
    run: str | None = None,
    artifact: str | None = None,
    capture: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> str:
    """The `filter_string` for `mlflow.search_traces` that finds the decisions which
    `History.decisions` finds with the same arguments.

    `artifact` is a reference (without a version: every version of it) or a digest, of a model, a
    vendor, a dataset or anything else. MLflow keeps times in milliseconds: `since` and `until` mean
    the whole of theirs. Raises `InvalidReferenceError`, and `InvalidValueError` for a value that
    the grammar cannot write (both kinds of quotation mark, a backslash), which `search` finds.
    """
    clauses = [_is(tags.TYPE, "decision")]
    for tag, value in (
        (tags.KIND, kind),
        (tags.DECIDED_BY, None if actor is None else parse_actor(actor)),
        (tags.ACCOUNTABLE, None if accountable is None else parse_actor(accountable)),
        (tags.TEAM, team),
        (tags.STEP, step),
        (tags.RUN, run),
        (tags.CAPTURE, capture),
    ):
        if value is not None:
            clauses.append(_is(tag, value))
    if artifact is not None:
        clauses.append(_names(artifact))
    if since is not None:
        clauses.append(f"trace.timestamp_ms >= {nanoseconds(moment(since)) // 10**6}")
    if until is not None:
        last = nanoseconds(moment(until, end_of_day=True)) // 10**6
        clauses.append(f"trace.timestamp_ms <= {last}")
    return " AND ".join(clauses)


def _is(tag: str, value: str) -> str:
    text = tags.plain(value)
    _writable(text)
    return f"tags.`{tag}` = {_quoted(text)}"


def _names(wanted: str) -> str:
    """One word of the tag: LIKE would take `_` for any character, and cannot end a name."""
    if wanted.startswith("sha256:"):
        return f"tags.`{tags.DIGESTS}` LIKE '% {parse_digest(wanted)} %'"
    ref = parse_ref(wanted)
    _writable(str(ref))
    pattern = "".join(f"\\{c}" if c in _SPECIAL else c for c in str(ref))
    any_version = "" if ref.version else "(@[^ ]+)?"
    return f"tags.`{tags.ARTIFACTS}` RLIKE {_quoted(f' {pattern}{any_version} ')}"


def _writable(text: str) -> None:
    if "\\" in text or ("'" in text and '"' in text):
        raise InvalidValueError(
            f"MLflow's grammar cannot write {text!r:.80}", hint="answerable.exporters.mlflow.search"
        )


def _quoted(text: str) -> str:
    mark = '"' if "'" in text else "'"
    return f"{mark}{text}{mark}"
