"""Private fields, held against their disclosures beside the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from answerable.errors import LedgerError, MalformedError
from answerable.history.checking import Checked
from answerable.ledger import Fault
from answerable.model import Decision, Record
from answerable.privacy import digest, reveal
from answerable.privacy.store import Disclosures


class At(Protocol):
    """Disclosures, by their digests."""

    def get(self, name: str, /) -> bytes | None:
        """The disclosure, where it is at hand."""
        ...


def revealed(record: Record, disclosures: At) -> Record:
    """A verified decision with what is at hand of its private fields in their place. What is not
    what was signed is left out: `verify` tells of it."""
    custody = record.custody
    if (
        not isinstance(record, Decision)
        or not record.withheld
        or not (custody and custody.verified)
    ):
        return record
    erased = {field for field, _ in custody.erased}
    for part in record.withheld:
        told = None if part.field in erased else disclosures.get(part.digest)
        if told is not None:
            try:
                record = reveal(record, {part.field: told})
            except MalformedError:
                continue
    return record


class Commitments:
    """The private fields that verification came across, to be held against the disclosures.

    A disclosure that is gone was erased, which the ledger says, or it was removed, which is a
    fault. Where none was ever kept, by this user at this place, nothing is expected.
    """

    def __init__(self, disclosures: Disclosures) -> None:
        self._disclosures = disclosures
        self._made: list[tuple[int, str, str, str]] = []
        self._erased: set[tuple[str, str]] = set()

    def saw(self, checked: Checked) -> None:
        """Take note of an entry, in the ledger's order."""
        for field, name in checked.withheld:
            self._made.append((checked.index, checked.id, field, name))
        if checked.erases is not None:
            self._erased.add(checked.erases)

    def faults(self) -> Iterator[Fault]:
        """Everything wrong with the disclosures of those fields."""
        expected = bool(self._made) and self._disclosures.are_expected()
        for index, id, field, name in self._made:
            try:
                told = self._disclosures.get(name)
            except LedgerError as error:
                yield Fault("disclosure", error.message, index, id)
                continue
            erased = (id, field) in self._erased
            if told is None and expected and not erased:
                what = f"what its {field} says is gone, and no erasure is recorded"
                yield Fault("disclosure-missing", what, index, id)
            elif told is not None and erased:
                what = f"its {field} is recorded as erased, and is still there"
                yield Fault("not-erased", what, index, id)
            elif told is not None and digest(told) != name:
                what = f"the disclosure of its {field} is not what was signed"
                yield Fault("disclosure", what, index, id)
