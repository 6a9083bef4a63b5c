"""The trace of a subject, and what follows from it alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import get_args

import attrs

from answerable.errors import InvalidValueError, NotFoundError
from answerable.history import Catalogue, Records
from answerable.lineage import AccountabilityTrace, Gap, GapCode, Why, stitch, why
from answerable.lineage.holding import unheld
from answerable.lineage.revising import with_predecessor
from answerable.lineage.telling import telling
from answerable.privacy import NOTHING, Wanted
from answerable.reading.governed import as_of_time, holders, policy_at


def trace(
    catalogue: Catalogue,
    subject: str,
    at: str | datetime | None = None,
    wanted: Wanted = NOTHING,
) -> AccountabilityTrace:
    """Everything that bears on `subject`, as of a time; its records tell what is wanted."""
    as_of = as_of_time(at)

    def stitched(records: Records) -> AccountabilityTrace:
        try:
            return with_predecessor(stitch(subject, records, as_of), records)
        except NotFoundError as error:
            raise NotFoundError(error.message, hint=catalogue.near(subject)) from None

    found = catalogue.answer(stitched)
    wanted.check(placed.record for placed in found.placed())
    policy = policy_at(catalogue, as_of)
    found = attrs.evolve(found, unheld=tuple(unheld(found.placed(), policy, as_of)))
    return telling(found, catalogue.teller(wanted)) if wanted else found


def why_in(
    catalogue: Catalogue, kind: str, subject: str, at: str | datetime | None, text: str | None
) -> Why:
    """Which decisions of that kind stand behind `subject`, and who filled the roles in them."""
    found = why(trace(catalogue, subject, at), kind, text)
    return attrs.evolve(found, holders=holders(catalogue, found.decisions))


def gaps_in(
    catalogue: Catalogue, subject: str, at: str | datetime | None, codes: Collection[str]
) -> Sequence[Gap]:
    """What is missing in the trace of `subject`; with `codes`, of these codes alone."""
    if unknown := sorted(set(codes) - set(get_args(GapCode))):
        raise InvalidValueError(
            f"no code of a gap: {unknown[0]!r:.40}", hint=", ".join(get_args(GapCode))
        )
    missing = trace(catalogue, subject, at).missing
    return tuple(gap for gap in missing if not codes or gap.code in codes)
