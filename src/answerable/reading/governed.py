"""The trust policy that a ledger put in force, and who fills the roles of which it says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

from answerable.history import Governor, moment
from answerable.lineage.holding import holdings
from answerable.model import PolicyVersion, Record
from answerable.reading.finding import Finding
from answerable.signing import Policy


class Governed(Finding):
    """The policy in force, as of a time."""

    def policies(self) -> list[PolicyVersion]:
        """The records that put a version of the trust policy in force, in the ledger's order:
        those that verify; whether each was entitled to is for `verify`."""
        places, records = self._answer(
            lambda records: (self._index.places("type = 'policy'", (), "ORDER BY idx"), records)
        )
        found = cast(list[PolicyVersion], [*records.each(places)])
        return [record for record in found if record.custody and record.custody.verified]

    def policy(self, at: str | datetime | None = None) -> Policy | None:
        """The version of the trust policy that the ledger itself has put in force by then, by
        default by now."""
        as_of = as_of_time(at)
        governor = Governor()
        for record in (each for each in self.policies() if each.recorded_at <= as_of):
            assert record.custody is not None and record.custody.index is not None
            for _ in governor.faults(record, record.custody.index):
                pass  # `verify` tells them
        return governor.adopted

    def holdings(self, record: Record | str) -> dict[str, tuple[str, ...]]:
        """The roles that decided or answer for a record (itself or its id), each with who filled
        it when it was decided, by the policy in force now; empty for nobody. A role of which the
        policy says nothing is left out. Raises `NotFoundError`."""
        found = self.get(record) if isinstance(record, str) else record
        return holdings(self.policy(), found)

    def holders(self, records: Iterable[Record]) -> dict[str, dict[str, tuple[str, ...]]]:
        """The same of several, by their ids; those of whose roles the policy says nothing are left
        out."""
        policy = self.policy()
        held = {record.id: holdings(policy, record) for record in records}
        return {id: roles for id, roles in held.items() if roles}


def as_of_time(at: str | datetime | None) -> datetime:
    """The time asked for; now, where none is. A bare date means the end of that day."""
    return datetime.now(UTC) if at is None else moment(at, end_of_day=True)
