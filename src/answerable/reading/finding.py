"""Finding records that meet conditions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from answerable.history import Catalogue, Records, condition, moment
from answerable.model import Record


def find(
    catalogue: Catalogue,
    asked: Mapping[str, Any],
    at: str | datetime | None = None,
    limit: int | None = None,
) -> list[Record]:
    """The records that meet every condition of `asked` (`answerable.history.condition`), newest
    first; with `at`, of those that were recorded by then. `limit` None or 0 means all."""
    known_by = None if at is None else moment(at, end_of_day=True)
    where, parameters = condition({**asked, "at": at})
    order = "ORDER BY decided_at DESC, id DESC"
    if limit and known_by is None:
        order += f" LIMIT {int(limit)}"

    def found(records: Records) -> list[Record]:
        places = records.places(where, parameters, order)
        each = map(catalogue.shown, records.each(places))
        known = (r for r in each if known_by is None or r.recorded_at <= known_by)
        return list(islice(known, limit or None))

    return catalogue.answer(found)
