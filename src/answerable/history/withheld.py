"""Private fields, held against their disclosures beside the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import attrs

from answerable.errors import LedgerError, MalformedError
from answerable.history.authentication import read
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.ledger import Fault
from answerable.model import Erasure, Record
from answerable.model.artifacts import RECORD
from answerable.privacy import ALL, Wanted, digest, reveal
from answerable.privacy.store import Disclosures
from answerable.statement import timestamp

_R = TypeVar("_R", bound=Record)


class At(Protocol):
    """Disclosures, by their digests."""

    def get(self, name: str, /) -> bytes | None:
        """The disclosure, where it is at hand."""
        ...


def revealed(record: Record, disclosures: At) -> Record:
    """A verified decision with what is at hand of its private fields in their place. What is not
    what was signed is left out: `verify` tells of it."""
    return _put_back(record, disclosures, ALL, goes_along=False)


def as_signed(record: _R) -> _R:
    """The record without what was put back: for whoever hands on what a history gave that tells all."""
    if record.custody is None or not record.custody.disclosed:
        return record
    signed, _ = read(record.custody.envelope)
    assert isinstance(signed, type(record))
    custody = attrs.evolve(record.custody, disclosed=(), disclosures=())
    return attrs.evolve(signed, recorded_at=record.recorded_at, custody=custody)


def handed_over(
    record: Record, disclosures: At, wanted: Wanted = ALL, *, erased_too: bool = False
) -> Record:
    """`revealed`, of what is wanted alone, to be shown where others look: the disclosures go along,
    so that whoever sees the record can hold them against what was signed. `erased_too` is for a copy
    that was made before."""
    if erased_too and record.custody and record.custody.erased:
        record = attrs.evolve(record, custody=attrs.evolve(record.custody, erased=()))
    return _put_back(record, disclosures, wanted, goes_along=True)


def fitting(record: Record, beside: Sequence[bytes]) -> tuple[dict[str, bytes], list[Fault]]:
    """Of the disclosures that a copy has beside a record, those of its private fields, by digest; and
    a fault for each that is of none."""
    signed = {part.digest for part in getattr(record, "withheld", ())}
    told = {digest(each): each for each in beside}
    what = "a disclosure beside it is not what was signed"
    index = record.custody.index if record.custody else None
    wrong = [Fault("disclosure", what, index, record.id) for name in told if name not in signed]
    return {name: each for name, each in told.items() if name in signed}, wrong


def still_told(
    record: Record, told: Mapping[str, bytes], erasures: Iterable[Record] = ()
) -> Iterator[Fault]:
    """A fault for each private field of the record that a copy tells, and that was erased: as the
    ledger says, or one of the erasures that are known of."""
    custody = record.custody
    erased = dict(custody.erased) if custody else {}
    for each in erasures:
        holds = each.custody is not None and each.custody.verified
        if isinstance(each, Erasure) and holds and each.about == (RECORD + record.id,):
            erased.setdefault(each.field, each.decided_at)
    for part in getattr(record, "withheld", ()):
        if part.digest in told and part.field in erased:
            when = timestamp(erased[part.field])
            what = f"its {part.field} was erased on {when}, and the copy still tells it"
            yield Fault("not-erased", what, custody.index if custody else None, record.id)


def _put_back(record: Record, disclosures: At, wanted: Wanted, *, goes_along: bool) -> Record:
    if not (record.custody and record.custody.verified):
        return record
    erased = {field for field, _ in record.custody.erased}
    for part in wanted.parts_of(record):
        told = None if part.field in erased else disclosures.get(part.digest)
        if told is not None:
            try:
                record = reveal(record, {part.field: told})
            except MalformedError:
                continue
            if goes_along and record.custody is not None:
                along = (*record.custody.disclosures, told)
                record = attrs.evolve(
                    record, custody=attrs.evolve(record.custody, disclosures=along)
                )
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

    def asks(self, brief: Brief) -> bool:  # noqa: ARG002  # as of every comparison
        """False: what it is about is noted."""
        return False

    def faults(self) -> Iterator[Fault]:
        """Everything wrong with the disclosures of those fields."""
        if not self._made:
            return
        try:
            expected = self._disclosures.are_expected()
            kept = self._disclosures.all_of([name for *_, name in self._made])
        except LedgerError as error:
            for index, id, _, _ in self._made:
                yield Fault("disclosure", error.message, index, id)
            return
        for index, id, field, name in self._made:
            told = kept.get(name)
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
