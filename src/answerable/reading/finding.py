"""Finding records: decisions, and what is said around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from answerable.history import condition
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
        limit: int | None = None,
    ) -> list[Decision]:
        """The decisions that meet every condition, newest first; `limit` None or 0 means all.

        `artifact` is what a decision used, produced or is about; without a version, any. `text`
        ignores case. `since` and `until` bound `decided_at`, both inclusive; a bare date as
        `until` includes that day. Each decision's `custody` says whether it verified. Raises
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
        return cast("list[Decision]", self._found(asked, limit))

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
        return self._found(asked, limit)

    def _found(self, asked: Mapping[str, Any], limit: int | None) -> list[Record]:
        where, parameters = condition(asked)
        order = "ORDER BY decided_at DESC, id DESC"
        if limit:
            order += f" LIMIT {int(limit)}"
        return self._answer(
            lambda records: [
                self._shown(records.at(place))
                for place in self._index.places(where, parameters, order)
            ]
        )
