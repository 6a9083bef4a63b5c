"""The trust policy that a ledger put in force, and who fills the roles of which it says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from answerable.history import Catalogue, adopted, moment
from answerable.lineage.holding import holdings
from answerable.model import Record
from answerable.signing import Policy


def policy_at(catalogue: Catalogue, at: str | datetime | None = None) -> Policy | None:
    """The version that the ledger itself has put in force by then, by default by now."""
    return adopted(catalogue, as_of_time(at))


def holders(
    catalogue: Catalogue, records: Iterable[Record]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Who filled the roles in each record when it was decided, by the records' ids; records of
    whose roles the policy in force now says nothing are left out."""
    policy = policy_at(catalogue)
    held = {record.id: holdings(policy, record) for record in records}
    return {id: roles for id, roles in held.items() if roles}


def as_of_time(at: str | datetime | None) -> datetime:
    """The time asked for; now, where none is. A bare date means the end of that day."""
    return datetime.now(UTC) if at is None else moment(at, end_of_day=True)
