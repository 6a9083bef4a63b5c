"""Finding records: decisions, and what is said around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, cast

from answerable.history import Records, condition, moment
from answerable.history.asked import Asked
from answerable.model import Decision, Record
from answerable.model.types import EVENT_TYPES


class Finding(Asked):
    """The records that meet conditions."""

    def decisions(
        self,
        *,
        kind: str | None = None,
        actor: str | None = None,
        accountable: str | None = None,
        artifact: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        text: str | None = None,
        capture: str | None = None,
        team: str | None = None,
        step: str | None = None,
        run: str | None = None,
        at: str | datetime | None = None,
        limit: int | None = None,
    ) -> list[Decision]:
        """The decisions that meet every condition, newest first; `limit` None or 0 means all.

        `artifact` is what a decision used, produced or is about; without a version, any. `text`
        ignores case. `since` and `until` bound `decided_at`, both inclusive; a bare date as
        `until` includes that day. With `at`, only what was recorded by then: what was decided before
        and recorded later was not known. Each decision's `custody` says whether it verified. Raises
        `InvalidReferenceError`, `InvalidValueError`, `LedgerError`.
        """
        asked = {
            "kind": kind,
            "actor": actor,
            "accountable": accountable,
            "artifact": artifact,
            "since": since,
            "until": until,
            "text": text,
            "capture": capture,
            "team": team,
            "step": step,
            "run": run,
        }
        return cast("list[Decision]", self._found(asked, at, limit))

    def events(
        self,
        type: str | Sequence[str] | None = None,  # the field's own name
        *,
        actor: str | None = None,
        accountable: str | None = None,
        about: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        text: str | None = None,
        capture: str | None = None,
        team: str | None = None,
        at: str | datetime | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        """What was said around decisions, newest first: approvals, dissents, overrides, incidents
        and so on; of one `type` of record, or several.

        `about` is an artifact (without a version, any), or `record:<id>`. The rest, and what is
        raised, is as in `decisions`.
        """
        asked = {
            "type": type or EVENT_TYPES,
            "actor": actor,
            "accountable": accountable,
            "artifact": about,
            "since": since,
            "until": until,
            "text": text,
            "capture": capture,
            "team": team,
        }
        return self._found(asked, at, limit)

    def _found(
        self, asked: Mapping[str, Any], at: str | datetime | None, limit: int | None
    ) -> list[Record]:
        known_by = None if at is None else moment(at, end_of_day=True)
        where, parameters = condition({**asked, "at": at})
        order = "ORDER BY decided_at DESC, id DESC"
        if limit and known_by is None:
            order += f" LIMIT {int(limit)}"

        def found(records: Records) -> list[Record]:
            places = self._index.places(where, parameters, order)
            each = map(self._shown, records.each(places))
            known = (r for r in each if known_by is None or r.recorded_at <= known_by)
            return list(islice(known, limit or None))

        return self._answer(found)
