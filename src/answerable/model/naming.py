"""Under which names a record is found: what joins records to each other."""

from __future__ import annotations

from collections.abc import Iterator

from answerable.model.artifacts import Artifact
from answerable.model.records import Record


def names(record: Record) -> Iterator[tuple[str, str]]:
    """(role, name) pairs: `used` and `produced` by ref and by digest (evidence is used too),
    `about` by ref, `inside` by the id of the step or decision, `supersedes` by record id,
    `authority` by record id or ref. A supersession is about the record that it puts in place."""
    for role in ("used", "produced"):
        for artifact in getattr(record, role, ()):
            yield from _artifact(role, artifact)
    for evidence in getattr(record, "evidence", ()):
        yield from _artifact("used", evidence.artifact)
    for ref in record.about:
        yield "about", ref
    if successor := getattr(record, "successor", None):
        yield "about", f"record:{successor}"
    for id in (record.step, record.within):
        if id:
            yield "inside", id
    for id in replaces(record):
        yield "supersedes", id
    if authority := getattr(record, "authority", None):
        yield "authority", authority.removeprefix("record:")


def replaces(record: Record) -> tuple[str, ...]:
    """The ids of the records that are no longer in force because of it: superseded or revoked."""
    fields = ("supersedes", "revokes", "replaces")
    return tuple(id for field in fields for id in getattr(record, field, ()))


def _artifact(role: str, artifact: Artifact) -> Iterator[tuple[str, str]]:
    yield role, artifact.ref
    if artifact.digest:
        yield role, artifact.digest
