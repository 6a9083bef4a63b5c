"""Since when a trace is what it is: dates pass, and then more is shown than the records alone say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from answerable.lineage.expiry import begins_at, expired_at
from answerable.lineage.trace import Gap, GapCode, Placed
from answerable.model import AssumptionEvent, Record
from answerable.model.artifacts import RECORD

# The gaps that the passing of a date makes.
_TIMED: frozenset[GapCode] = frozenset(
    ("expired-assumption", "expired-evidence", "lapsed", "open-action", "open-override", "orphaned")
)


def shown_since(placed: Iterable[Placed], gaps: Iterable[Gap], at: datetime) -> datetime | None:
    """When the newest of the records was made, or the latest date passed that shows; None of no
    records. Whoever stitches the same records as of then gets this trace again."""
    placed = tuple(placed)
    records = {p.record.id: p.record for p in placed}
    timed = {p.record.id for p in placed if p.standing == "over"}
    timed |= {g.record for g in gaps if g.code in _TIMED and g.record in records}
    looks: defaultdict[str, list[str | None]] = defaultdict(list)
    for record in records.values():
        if isinstance(record, AssumptionEvent):
            for ref in {*record.about}:
                looks[ref].append(record.review_by)
    dates = (date for id in timed for date in _ends(records[id], records, looks))
    moments = [moment for date in dates if (moment := expired_at(date)) is not None]
    for record in records.values():
        begins = begins_at(getattr(record, "valid_from", None))
        moments += [begins] if begins is not None else []
    past = [moment for moment in moments if moment <= at]
    return max((*past, *(record.recorded_at for record in records.values())), default=None)


def _ends(
    record: Record, records: Mapping[str, Record], looks: Mapping[str, Sequence[str | None]]
) -> Iterator[str | None]:
    """The dates after which the record, what is said of it, or what it rests on, is over. `looks` are the
    dates of the next looks at assumptions, by what these are of."""
    for name in ("valid_to", "valid_until", "until", "due", "review_by"):
        yield getattr(record, name, None)
    yield from (each.valid_until for each in getattr(record, "evidence", ()))
    yield from (each.review_by for each in getattr(record, "assumptions", ()))
    yield from (each.until for each in getattr(record, "residual_risk", ()))
    yield from looks.get(RECORD + record.id, ())
    if authority := getattr(record, "authority", None):
        yield getattr(records.get(authority.removeprefix(RECORD)), "valid_until", None)
