"""What a policy is asked about: the facts of one verified record."""

from __future__ import annotations

from answerable.model import Decision, Record
from answerable.signing.policy import Signed
from answerable.statement import record_type


def signed_of(record: Record) -> Signed | None:
    """What a verified record's signature says; None of one that is not verified."""
    custody = record.custody
    if (
        custody is None
        or not custody.verified
        or custody.identity_key is None
        or custody.principal is None
        or record.emission is None
    ):
        return None
    return Signed(
        kind=record.kind if isinstance(record, Decision) else record_type(record),
        team=record.team,
        identity=custody.identity_key,
        session=record.emission.key_id,
        actor=custody.principal,
        at=record.recorded_at,
        index=custody.index,
    )
