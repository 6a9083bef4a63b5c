"""The trust policy that a ledger put in force, and who fills the roles of which it says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

from answerable.history import Catalogue, Governor, Records, moment
from answerable.lineage.holding import holdings
from answerable.model import PolicyVersion, Record
from answerable.signing import Policy


def policies(catalogue: Catalogue) -> list[PolicyVersion]:
    """The records that put a version of the trust policy in force, in the ledger's order: those
    that verify; whether each was entitled to is for `verify`."""

    def found(records: Records) -> tuple[list[PolicyVersion]]:
        each = records.each(records.places("type = 'policy'"))
        return (cast(list[PolicyVersion], [*each]),)

    # As one of one: that there is none is an answer too, also of a ledger that does not hold.
    (versions,) = catalogue.answer(found)
    return [each for each in versions if each.custody and each.custody.verified]


def policy_at(catalogue: Catalogue, at: str | datetime | None = None) -> Policy | None:
    """The version that the ledger itself has put in force by then, by default by now."""
    as_of = as_of_time(at)
    governor = Governor()
    for record in (each for each in policies(catalogue) if each.recorded_at <= as_of):
        assert record.custody is not None and record.custody.index is not None
        for _ in governor.faults(record, record.custody.index):
            pass  # `verify` tells them
    return governor.adopted


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
