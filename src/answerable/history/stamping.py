"""What an authority's clock says against the times that records give themselves.

What a stamped checkpoint covers was there at the time of the stamp, and what it does not cover was not.
So a record that is covered cannot have been made later, and one that is not, and says that it was made
long before, was dated back; unless whoever brought it in said that it was late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from answerable import statement
from answerable.errors import LedgerError, MalformedError, NotFoundError
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.ledger import Fault, Ledger
from answerable.ledger.timestamps import Stamp, verified
from answerable.signing import Envelope, Policy

# Clocks differ, and between signing and appending a process may stand still.
LENIENCE = timedelta(hours=1)


class Stamps:
    """The stamps of one ledger that one of the policy's authorities signed; others count for nothing."""

    def __init__(
        self, ledger: Ledger, policy: Policy | None, kept: Iterable[tuple[bytes, bytes]]
    ) -> None:
        self._ledger = ledger
        self._stamps = sorted(_held(ledger, policy, kept), key=lambda each: each.checkpoint.size)
        self._announced: set[str] = set()
        self._wrong: list[Fault] = []

    @property
    def newest(self) -> Stamp | None:
        """The one that covers most."""
        return self._stamps[-1] if self._stamps else None

    def saw(self, checked: Checked) -> None:
        """Take note of an entry, in the ledger's order."""
        if not self._stamps or checked.recorded_at is None:
            return
        self._announced |= delivered(checked)
        if fault := self._contradicted(checked, checked.recorded_at):
            self._wrong.append(fault)

    def asks(self, brief: Brief) -> bool:
        """True if one of them might have been dated back, or ahead."""
        covering = [s.time for s in self._stamps if brief.start < s.checkpoint.size]
        without = [s.time for s in self._stamps if brief.end > s.checkpoint.size]
        ahead = bool(covering) and brief.latest - min(covering) > LENIENCE
        return ahead or (bool(without) and max(without) - brief.earliest > LENIENCE)

    def faults(self) -> Iterator[Fault]:
        """Everything that the stamps say against the log."""
        yield from self._wrong
        for each in self._stamps:
            seen = each.checkpoint
            if seen.size > self._ledger.end():
                told = f"{seen.size} entries were stamped, {self._ledger.end()} are left"
                yield Fault("truncated", told)
                continue
            try:
                root = self._ledger.root_at(seen.size)
            except (LedgerError, NotFoundError):
                continue  # a missing tree node, which is reported as such
            if root != seen.root:
                told = f"the first {seen.size} entries are not those that were stamped"
                yield Fault("rewritten", told)

    def _contradicted(self, checked: Checked, recorded_at: datetime) -> Fault | None:
        index, id = checked.index, checked.id
        covering = [each.time for each in self._stamps if index < each.checkpoint.size]
        # An hour after the last second that a date can name, there is no date.
        if covering and recorded_at - min(covering) > LENIENCE:
            told = f"it was stamped at {statement.timestamp(min(covering))}, before it was recorded"
            return Fault("future-dated", told, index, id)
        without = [each.time for each in self._stamps if index >= each.checkpoint.size]
        if without and max(without) - recorded_at > LENIENCE and id not in self._announced:
            told = f"it was not in the log that was stamped at {statement.timestamp(max(without))}"
            return Fault("back-dated", told, index, id)
        return None


def _held(
    ledger: Ledger, policy: Policy | None, kept: Iterable[tuple[bytes, bytes]]
) -> Iterator[Stamp]:
    authorities = policy.authorities if policy is not None else ()
    if not authorities:
        return
    for note, token in kept:
        try:
            yield verified(note, token, authorities, ledger.verifier)
        except MalformedError:
            continue  # nobody's word whom the policy trusts


def delivered(checked: Checked) -> set[str]:
    """The ids of the records of which an entry says that they follow, having waited."""
    if not checked.introduces or checked.whole is None:
        return set()
    return _about(checked.whole)


def _about(delegation: bytes) -> set[str]:
    try:
        record = statement.from_bytes(Envelope.from_bytes(delegation).payload)
    except MalformedError:
        return set()
    return {ref.removeprefix("record:") for ref in record.about}
