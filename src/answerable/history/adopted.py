"""The trust policy that a ledger itself has put in force."""

from __future__ import annotations

from datetime import datetime

from answerable.history.catalogue import Catalogue
from answerable.history.governing import Governor
from answerable.history.records import Records
from answerable.model import PolicyVersion
from answerable.signing import Policy


def policies(catalogue: Catalogue) -> list[PolicyVersion]:
    """The records that put a version of the trust policy in force, in the ledger's order: those
    that verify; whether each was entitled to is for `verify`."""

    def found(records: Records) -> tuple[list[PolicyVersion]]:
        each = records.each(records.places("type = 'policy'"))
        return ([record for record in each if isinstance(record, PolicyVersion)],)

    # As one of one: that there is none is an answer too, also of a ledger that does not hold.
    (versions,) = catalogue.answer(found)
    return [each for each in versions if each.custody and each.custody.verified]


def adopted(catalogue: Catalogue, as_of: datetime) -> Policy | None:
    """The version that is in force by then."""
    governor = Governor()
    for record in (each for each in policies(catalogue) if each.recorded_at <= as_of):
        assert record.custody is not None
        assert record.custody.index is not None
        for _ in governor.faults(record, record.custody.index):
            pass  # `verify` tells them
    return governor.adopted
