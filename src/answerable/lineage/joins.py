"""Who produced an artifact: by digest where there is one, else by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from answerable.lineage.known import Known, order
from answerable.lineage.trace import By
from answerable.model import Artifact, Record


@attrs.frozen(kw_only=True)
class Join:
    """A record that produced what was asked for, under its own name for it (`artifact`)."""

    record: Record
    artifact: Artifact
    by: By


def producers(want: Artifact, known: Known, user: Record | None = None) -> tuple[Join, ...]:
    """The records that produced `want`, oldest first; replaced ones are among them.

    A slot gives its occupant, and what would be it had nothing replaced that; where there is a
    `user`, the occupant that it found. A thing gives every record that produced its digest, or
    its name with the same version. The digests that a name's producers give are followed too,
    under whatever name.
    """
    same = _occupants(want.ref, known, user) if want.is_slot else _same(want, known, user)
    found = {join.record.id: join for join in same}
    for digest in sorted(_digests_of(want, found.values(), known)):
        alias = Artifact(ref=want.ref, digest=digest)
        for join in _same(alias, known, user):
            # What filled a slot with the same content before is its history.
            if join.by == "digest" and not (want.is_slot and join.artifact.ref == want.ref):
                found.setdefault(join.record.id, attrs.evolve(join, by="name"))
    return tuple(sorted(found.values(), key=lambda join: order(join.record)))


def _digests_of(want: Artifact, joins: Iterable[Join], known: Known) -> set[str]:
    named = (j for j in joins if j.by == "name" and known.in_force(j.record))
    return {j.artifact.digest for j in named if j.artifact.digest} - {want.digest or ""}


def _occupants(ref: str, known: Known, user: Record | None) -> Iterator[Join]:
    fills = [
        Join(record=record, artifact=have, by="name")
        for record in known.producing(Artifact(ref=ref))
        for have in produced(record)[::-1]
        if have.ref == ref
    ]
    earlier = [join for join in fills if user is None or order(join.record) < order(user)]
    for join in reversed(earlier or fills):
        yield join
        if known.in_force(join.record):
            return


def _same(want: Artifact, known: Known, user: Record | None) -> Iterator[Join]:
    for record in known.producing(want):
        joins = [
            Join(record=record, artifact=have, by=by)
            for have in produced(record)
            if (by := _match(want, have, record, user))
        ]
        if joins:
            yield min(joins, key=lambda join: (join.by, join.artifact.ref))


def _match(want: Artifact, have: Artifact, record: Record, user: Record | None) -> By | None:
    if want.digest and have.digest == want.digest:
        if have.ref == want.ref or _gave_rise(record, want.digest, user):
            return "digest"
        return None
    return "name" if have.ref == want.ref and "@" in want.ref else None


def _gave_rise(record: Record, digest: str, user: Record | None) -> bool:
    """Whoever passes the same bytes on under a new name is not where an earlier user had them."""
    passed_on = any(artifact.digest == digest for artifact in used(record))
    return not passed_on or (user is not None and order(record) < order(user))


def used(record: Record) -> tuple[Artifact, ...]:
    """What the record used, its evidence included."""
    evidence = tuple(e.artifact for e in getattr(record, "evidence", ()))
    return (*getattr(record, "used", ()), *evidence)


def produced(record: Record) -> tuple[Artifact, ...]:
    """What the record produced."""
    return tuple(getattr(record, "produced", ()))
