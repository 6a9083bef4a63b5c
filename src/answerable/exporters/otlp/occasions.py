"""Which traces a stretch of the ledger is an occasion to send, and those traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from answerable.errors import InvalidReferenceError, NotFoundError
from answerable.history import Catalogue, Records
from answerable.ledger import Entry, Ledger
from answerable.lineage import AccountabilityTrace, impact, stitch
from answerable.lineage.revising import before, with_predecessor
from answerable.lineage.telling import telling
from answerable.model import Approval, Dissent, Incident, Record
from answerable.model.occasions import may_be, subjects_of
from answerable.privacy import NOTHING, Wanted


class Occasions:
    """Asks a ledger that is another's to close. Its traces tell what is `wanted` of private fields."""

    def __init__(self, ledger: Ledger, home: Path, wanted: Wanted = NOTHING) -> None:
        self._catalogue = Catalogue(ledger, home)
        self._catalogue.check(wanted)
        self._wanted = wanted

    def among(self, entries: Sequence[Entry]) -> Iterator[tuple[str, datetime]]:
        """The subjects that the entries are an occasion to look at, as of when: when each was
        recorded. A yes, a no or an incident is one for the deployments that rest on its subject."""
        for entry in entries:
            if may_be(entry.envelope):
                record = self._catalogue.answer(partial(_at, entry.index))
                if record is not None:
                    for subject in self._subjects(record):
                        yield subject, record.recorded_at

    def trace(self, subject: str, at: datetime) -> AccountabilityTrace | None:
        """The subject's trace as of then; None where nothing stands behind it."""
        try:
            found = self._catalogue.answer(
                lambda records: with_predecessor(stitch(subject, records, at), records)
            )
        except (NotFoundError, InvalidReferenceError):
            return None
        return telling(found, self._catalogue.teller(self._wanted)) if self._wanted else found

    def before(self, trace: AccountabilityTrace) -> AccountabilityTrace | None:
        """What the trace was before, if anything; it tells nothing that is private."""

        def earlier(records: Records) -> tuple[AccountabilityTrace | None]:
            found = before(trace, records)
            return (None if found is None else with_predecessor(found, records),)

        return self._catalogue.answer(earlier)[0]

    def close(self) -> None:
        """Let go of the index."""
        self._catalogue.let_go()

    def _subjects(self, record: Record) -> Sequence[str]:
        found = dict.fromkeys(subjects_of(record))
        if isinstance(record, Approval | Dissent | Incident):
            for subject in list(found):
                found |= dict.fromkeys(self._deployments(subject, record.recorded_at))
        return list(found)

    def _deployments(self, subject: str, at: datetime) -> Sequence[str]:
        try:
            reached = self._catalogue.answer(lambda records: impact(subject, records, at)).reached
        except (NotFoundError, InvalidReferenceError):
            return ()
        return [each.subject for each in reached if each.subject.startswith("deployment:")]


def _at(place: int, records: Records) -> Record | None:
    try:
        return records.at(place)
    except NotFoundError:
        return None
