"""Whether who decided had the authority that the record names: then, and still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from answerable.lineage.expiry import passed
from answerable.lineage.known import Known, order
from answerable.model import Decision, Mandate, Record
from answerable.model.artifacts import RECORD

# Who can be told from who decided. Whoever holds a role, or sits in a committee, cannot.
_INDIVIDUALS = ("person:", "agent:", "service:")


def objections(record: Record, known: Known) -> Iterator[tuple[str, str]]:
    """What speaks against it, as the rest of a sentence about the record, and who held the mandate.

    At most one: that it lacked the authority when it was made, else that the mandate is over
    since, and nothing has taken its place.
    """
    authority = getattr(record, "authority", None) or ""
    mandate = known.get(authority.removeprefix(RECORD))
    if isinstance(mandate, Mandate):
        found = then_lacking(record, mandate, known) or now_lacking(mandate, known)
        if found:
            yield found, mandate.holder


def then_lacking(record: Record, mandate: Mandate, known: Known) -> str | None:
    """Why the mandate was none for it when it was made; None if it was one."""
    if order(mandate) > order(record):
        return "was taken before the mandate that it names was given"
    carried = _carried(mandate, known, record.decided_at)
    if carried is None:
        return "was taken on a mandate that had been withdrawn"
    if passed(carried.valid_until, record.decided_at):
        return f"was taken on a mandate that had ended on {carried.valid_until}"
    return _outside(record, carried)


def _outside(record: Record, mandate: Mandate) -> str | None:
    if isinstance(record, Decision) and mandate.kinds and record.kind not in mandate.kinds:
        return f"was taken on a mandate for {', '.join(mandate.kinds)}"
    holder, by = mandate.holder, record.decided_by.id if record.decided_by else None
    of_team = holder.startswith("team:") and record.team not in (None, holder, holder[5:])
    of_another = holder.startswith(_INDIVIDUALS) and by is not None and by != holder
    return f"was taken on the mandate of {holder}" if of_team or of_another else None


def now_lacking(mandate: Mandate, known: Known) -> str | None:
    """Why the mandate is none at the time asked for; None if it is one."""
    carried = _carried(mandate, known, known.at)
    if carried is None:
        return "was taken on a mandate that was withdrawn since"
    if passed(carried.valid_until, known.at):
        return f"was taken on a mandate that has ended since, on {carried.valid_until}"
    return None


def _carried(mandate: Mandate, known: Known, by: datetime) -> Mandate | None:
    """The mandate that had taken its place by then: itself, or the last that renewed it; None if
    it was withdrawn."""
    here, seen = mandate, {mandate.id}
    while later := [r for r in known.superseding(here.id) if r.decided_at <= by]:
        last = later[-1]
        if not isinstance(last, Mandate):
            return None
        if last.id in seen:
            break
        seen.add(last.id)
        here = last
    return here
