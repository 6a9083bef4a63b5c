"""What is missing, expired or contradictory among the records in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from answerable.lineage.approved import approved
from answerable.lineage.around import around, withdrawn
from answerable.lineage.closure import Closure
from answerable.lineage.drafts import unconfirmed
from answerable.lineage.grounds import founded, repeated
from answerable.lineage.joins import produced, used
from answerable.lineage.known import Known
from answerable.lineage.links import Cut
from answerable.lineage.trace import Gap, GapCode, Link
from answerable.lineage.wording import named, sentence, value
from answerable.model import Artifact, Decision, Record

_RANK = {code: rank for rank, code in enumerate(get_args(GapCode))}


def gaps(
    closure: Closure, links: Mapping[str, tuple[Link, ...]], cuts: Iterable[Cut]
) -> tuple[Gap, ...]:
    """Every gap once, in order, but those that depend on what was presented: see `with_approvals`."""
    in_force = [r for r in closure.records.values() if closure.known.in_force(r)]
    found = {
        *(gap for record in in_force for gap in _own(record, closure)),
        *(gap for record in in_force for gap in _asserted(record, links[record.id])),
        *withdrawn(closure.records.values(), closure.makers, closure.known, _gap),
        *repeated(in_force, _gap),
        *_unproduced(closure),
        *_opaque(in_force),
        *_conflicts(in_force),
        *(gap for cut in cuts for gap in _circle(cut, closure)),
    }
    return _ordered(found, closure)


def with_approvals(found: Iterable[Gap], closure: Closure, presented: str) -> tuple[Gap, ...]:
    """These gaps and those of the subject's approvals, in order."""
    return _ordered({*found, *approved(closure, presented, _gap)}, closure)


def _ordered(found: Iterable[Gap], closure: Closure) -> tuple[Gap, ...]:
    """Those of the whole first, then by record, oldest first, then by code."""
    place = {id: index for index, id in enumerate(closure.records)}
    return tuple(
        sorted(
            found,
            key=lambda g: (place.get(g.record or "", -1), _RANK[g.code], g.ref or "", g.message),
        )
    )


def _own(record: Record, closure: Closure) -> Iterator[Gap]:
    """What the record's own fields show."""
    if record.custody and not record.custody.verified:
        text = f"{named(record)} does not verify: what it says may not be what was signed"
        yield _gap("unverified", text, record)
    if closure.known.circular(record):
        text = f"{named(record)} and others supersede each other in a circle; it is the newest"
        yield _gap("conflict", text, record)
    if getattr(record, "capture", None) == "backfilled":
        yield _gap("backfilled", f"{named(record)} was recorded after the fact", record)
    if isinstance(record, Decision):
        yield from _answered(record, closure.known)
        yield from founded(record, closure.known, _gap)
    yield from around(record, closure, _gap)


def _answered(decision: Decision, known: Known) -> Iterator[Gap]:
    """Who chose, over what, and why."""
    name = named(decision)
    if decision.capture == "default":
        text = f"nobody took {name}: it was left at its default, {value(decision.chosen)}"
        yield _gap("default", text, decision)
    if decision.accountable is None:
        yield _gap("unassigned", f"nobody is accountable for {name}", decision)
    if (drafter := unconfirmed(decision, known)) is not None:
        text = f"the reason of {name} was drafted by {drafter}, and no person has confirmed it"
        yield _gap("no-rationale", text, decision)
    if decision.capture != "explicit":
        return
    if not decision.rationale:
        yield _gap("no-rationale", f"{name} gives no reason", decision)
    if not decision.considered:
        yield _gap("no-alternatives", f"{name} names no alternative that was weighed", decision)


def _asserted(record: Record, links: Iterable[Link]) -> Iterator[Gap]:
    for link in links:
        if link.by == "name":
            text = f"{named(record)} is joined to {link.role} by name only: no digest shows it"
            yield _gap("asserted-link", text, record, ref=link.role)


def _unproduced(closure: Closure) -> Iterator[Gap]:
    missing: dict[str, set[str]] = {}
    for user, artifact in closure.unproduced:
        missing.setdefault(artifact.ref, set()).update((user,) if user else ())
    for ref, users in missing.items():
        if Artifact(ref=ref).kind != "vendor":
            first = next((r for id, r in closure.records.items() if id in users), None)
            yield _gap("unrecorded", f"no record says what produced {ref}", first, ref=ref)
        elif not users:
            yield _closed(ref, None)


def _opaque(in_force: Iterable[Record]) -> Iterator[Gap]:
    first: dict[str, Record] = {}
    for record in in_force:
        for artifact in used(record):
            if artifact.kind == "vendor":
                first.setdefault(artifact.ref, record)
    for ref, record in first.items():
        yield _closed(ref, record)


def _closed(ref: str, record: Record | None) -> Gap:
    return _gap("opaque", f"what is inside {ref} is known to its vendor only", record, ref=ref)


def _conflicts(in_force: Iterable[Record]) -> Iterator[Gap]:
    seen: dict[str, dict[str, Record]] = {}
    for record in in_force:
        for artifact in (*used(record), *produced(record)):
            if artifact.digest and "@" in artifact.ref:
                seen.setdefault(artifact.ref, {}).setdefault(artifact.digest, record)
    for ref, digests in seen.items():
        if len(digests) > 1:
            # Named at the record where the second digest turns up.
            record = list(digests.values())[1]
            contents = ", ".join(f"{digest[:15]}…" for digest in sorted(digests))
            text = f"the name {ref} stands for {len(digests)} different contents: {contents}"
            yield _gap("conflict", text, record, ref=ref)


def _circle(cut: Cut, closure: Closure) -> Iterator[Gap]:
    record, later = closure.records[cut.record], closure.records[cut.to]
    if cut.role == "inside":
        text = f"{named(record)} and {named(later)} stand inside each other"
    else:
        text = (
            f"{named(record)} rests on the later {_bare(later)}, and that in turn on it: {cut.role}"
        )
    for place in (later, record):
        if closure.known.in_force(place):
            yield _gap("conflict", text, place, ref=cut.role if ":" in cut.role else None)
            return


def _bare(record: Record) -> str:
    return named(record).removeprefix("the ")


def _gap(
    code: GapCode,
    text: str,
    record: Record | None,
    *,
    ref: str | None = None,
    owner: str | None = None,
) -> Gap:
    return Gap(
        code=code,
        message=sentence(text),
        record=record.id if record else None,
        ref=ref,
        owner=owner or getattr(record, "accountable", None),
    )
