"""What callers pass, made into the model's records: checked before anything is signed."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias, get_args

from answerable import digests
from answerable.errors import InvalidReferenceError, InvalidValueError
from answerable.model import (
    Artifact,
    Assumption,
    Considered,
    Evidence,
    Record,
    ResidualRisk,
    parse_actor,
    parse_digest,
    parse_ref,
)
from answerable.model.artifacts import RECORD
from answerable.model.records import EvidenceKind
from answerable.statement import parse_day
from answerable.values import optional, plain, required, text

ArtifactLike: TypeAlias = "str | Artifact"
RecordLike: TypeAlias = "str | Record"
About: TypeAlias = "str | Artifact | Record"
Authority: TypeAlias = "str | Record"
EvidenceLike: TypeAlias = "str | Artifact | os.PathLike[str] | Evidence"
Over: TypeAlias = "Mapping[Any, str | None] | Iterable[Any] | Considered"

_UNSAID: Any = object()
# What most choices are, and no library's.
_SCALARS = frozenset((str, int, float, bool, type(None)))


def artifact(
    ref: str,
    *,
    digest: str | None = None,
    path: str | os.PathLike[str] | None = None,
    data: Any = _UNSAID,
    uri: str | None = None,
) -> Artifact:
    """Name an artifact, `kind:name[@version]`, and bind it to its content.

    The digest is given (`sha256:<hex>`), or taken from a file or directory (`path`), or from a
    value in memory (`data`: bytes, text, a DataFrame, an array, plain JSON; what MLflow's
    `log_model` returned, a logged model or a registered version); at most one of the three. Without any the name alone is recorded. Raises `InvalidReferenceError`,
    `InvalidValueError`.
    """
    name = str(parse_ref(ref))
    ways = sum((digest is not None, path is not None, data is not _UNSAID))
    if ways > 1:
        raise InvalidReferenceError(
            f"{name}: more than one of digest, path and data", hint="one of them is enough"
        )
    if digest is not None:
        digest = parse_digest(digest)
    elif path is not None:
        digest = digests.of_path(path)
        uri = uri if uri is not None else Path(path).name
    elif data is not _UNSAID:
        digest = digests.of_data(data)
    return Artifact(ref=name, digest=digest, uri=optional(uri, "a URI"))


def several(given: Any, single: tuple[type, ...], what: str) -> list[Any]:
    """One thing or several of them as a list; nothing for None. Raises `InvalidValueError`."""
    if given is None:
        return []
    if isinstance(given, single):
        return [given]
    try:
        return list(given)
    except TypeError:
        raise InvalidValueError(
            f"{what} is a {type(given).__name__}", hint="give one, or a list of them"
        ) from None


def artifacts(given: ArtifactLike | Iterable[ArtifactLike] | None) -> tuple[Artifact, ...]:
    """One artifact or several, each by name or as made by `artifact`."""
    found = several(given, (str, Artifact), "what is used, produced or concerned")
    return tuple(a if isinstance(a, Artifact) else artifact(a) for a in found)


def refs(given: About | Iterable[About] | None) -> tuple[str, ...]:
    """One reference or several: by name, by artifact, or by a record, which is `record:<id>`."""
    found = several(given, (str, Artifact, Record), "what it is about")
    return tuple(_ref(each) for each in found)


def subjects(given: About | Iterable[About] | None) -> tuple[str, ...]:
    """`refs`, and at least one; raises `InvalidReferenceError` if nothing is named."""
    if not (found := refs(given)):
        raise InvalidReferenceError(
            "it is not said what this is about", hint="name an artifact, or record:<id>"
        )
    return found


def ids(given: RecordLike | Iterable[RecordLike] | None) -> tuple[str, ...]:
    """One record or several, each itself or by its id, which may be written `record:<id>`."""
    found = []
    for each in several(given, (str, Record), "the id of a record"):
        id = each.id if isinstance(each, Record) else each
        id = text(id, "the id of a record").removeprefix(RECORD)
        if not id.strip() or len(id) > 128:
            raise InvalidReferenceError(f"not the id of a record: {id!r:.60}")
        if not {":", "@"}.isdisjoint(id):
            raise InvalidReferenceError(
                f"a name, and not the id of a record: {id!r:.60}",
                hint="name the record that produced it, or that is meant, by its id",
            )
        found.append(id)
    return tuple(found)


def one_record(given: RecordLike) -> str:
    """The id of exactly one record."""
    found = ids(given)
    if len(found) != 1:
        raise InvalidReferenceError("it is not said which record", hint="give a record or its id")
    return found[0]


def authority(given: Authority | None) -> str | None:
    """By what right: a mandate or another record, a policy's version, or in words."""
    if given is None:
        return None
    return _ref(given) if isinstance(given, Record) else required(given, "the authority")


def considered(value: Any, because: str | None) -> Considered:
    """An option that was weighed and not taken."""
    return Considered(value=recordable(value), because=optional(because, "a reason"))


def options(over: Over | None) -> tuple[Considered, ...]:
    """`{option: reason}`, or a series of options or `Considered`."""
    if isinstance(over, str):
        raise InvalidValueError("over= is one text", hint='write over={"option": "why not"}')
    if isinstance(over, Mapping):
        return tuple(considered(value, because) for value, because in over.items())
    return tuple(
        considered(o.value, o.because) if isinstance(o, Considered) else considered(o, None)
        for o in several(over, (Considered,), "over=")
    )


def evidences(given: EvidenceLike | Iterable[EvidenceLike] | None) -> tuple[Evidence, ...]:
    """One piece of evidence or several."""
    found = several(given, (str, Artifact, os.PathLike, Evidence), "the evidence")
    return tuple(evidence(each) for each in found)


def evidence(
    given: EvidenceLike, kind: EvidenceKind = "own_test", valid_until: str | date | None = None
) -> Evidence:
    """Evidence from an artifact, a reference, or a file (which becomes `report:<file name>`)."""
    if isinstance(given, Evidence):
        return evidence(given.artifact, given.kind, given.valid_until)
    if kind not in get_args(EvidenceKind):
        raise InvalidValueError(
            f"no kind of evidence: {kind!r:.40}", hint="it is " + ", ".join(get_args(EvidenceKind))
        )
    if isinstance(given, Artifact):
        found = given
    elif isinstance(given, os.PathLike) or _is_file(given):
        name = "-".join(Path(given).name.replace("@", " ").split())
        found = artifact(f"report:{name}", path=given)
    else:
        found = artifact(given)
    return Evidence(artifact=found, kind=kind, valid_until=parse_day(valid_until, "valid_until"))


def assumption(
    statement: str,
    review_by: str | date | None = None,
    holds_while: str | None = None,
    owner: str | None = None,
) -> Assumption:
    """What is taken to be true."""
    return Assumption(
        statement=required(statement, "the assumption"),
        review_by=parse_day(review_by, "review_by"),
        holds_while=optional(holds_while, "holds_while"),
        owner=None if owner is None else parse_actor(owner),
    )


def risk(statement: str, owner: str | None = None, until: str | date | None = None) -> ResidualRisk:
    """A risk that stays."""
    return ResidualRisk(
        statement=required(statement, "the residual risk"),
        owner=None if owner is None else parse_actor(owner),
        until=parse_day(until, "until"),
    )


def actors(given: str | Iterable[str] | None, what: str) -> tuple[str, ...]:
    """One actor or several, each once."""
    return tuple(dict.fromkeys(parse_actor(each) for each in several(given, (str,), what)))


def texts(given: str | Iterable[str] | None, what: str) -> tuple[str, ...]:
    """One text or several, none of them blank."""
    return tuple(required(each, what) for each in several(given, (str,), what))


def recordable(value: Any) -> Any:
    """A choice as plain JSON; frames and arrays by type, shape, schema and digest.

    Raises `InvalidValueError` for anything else that JSON has no word for.
    """
    kind = type(value)
    if kind not in _SCALARS and (digests.is_frame(value) or digests.is_array(value)):
        return {
            "type": f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}",
            "shape": [int(n) for n in value.shape],
            "schema": digests.schema(value),
            "digest": digests.of_data(value),
        }
    return plain(value)


def described(value: Any) -> Any:
    """`recordable`, but never refused: a number that JSON lacks by its text, an object without
    a form of its own by the name of its class."""
    try:
        return recordable(value)
    except InvalidValueError:
        if isinstance(value, float) and not math.isfinite(value):
            return str(float(value))
        kind = type(value)
        return {"type": f"{kind.__module__}.{kind.__qualname__}"}


def _ref(given: About) -> str:
    if isinstance(given, Record):
        return str(parse_ref(RECORD + given.id))
    return given.ref if isinstance(given, Artifact) else artifact(given).ref


def _is_file(name: Any) -> bool:
    try:
        return isinstance(name, str) and Path(name).is_file()
    except OSError:  # a name too long for a file, or a folder that may not be entered
        return False
