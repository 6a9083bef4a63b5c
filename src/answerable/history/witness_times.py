"""What the witnesses' clocks say against the times that records give themselves.

A checkpoint that was cosigned at some time was there by then, and what it does not cover was not. As with an
authority's stamps (`answerable.history.stamping`); but it takes a quorum of the policy's witnesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from answerable import statement
from answerable.history.brief import Brief
from answerable.history.checking import Checked
from answerable.history.stamping import LENIENCE, delivered
from answerable.history.witnessing import Cosigned
from answerable.ledger import Fault, LogVerifier
from answerable.signing import Policy


class WitnessTimes:
    """When the policy's witnesses cosigned what, of one log; `notes` as they were kept."""

    def __init__(
        self, verifier: LogVerifier, policy: Policy | None, notes: Iterable[bytes]
    ) -> None:
        found = Cosigned(verifier, notes).times(policy)
        self._of_each = [
            [(size, datetime.fromtimestamp(time, UTC)) for size, time in each] for each in found
        ]
        witnesses = policy.witnesses if policy is not None else None
        self._quorum = witnesses.threshold if witnesses is not None else 1
        self._announced: set[str] = set()
        self._wrong: list[Fault] = []

    def saw(self, checked: Checked) -> None:
        """Take note of an entry, in the ledger's order."""
        if not self._of_each or checked.recorded_at is None:
            return
        self._announced |= delivered(checked)
        if fault := self._contradicted(checked, checked.recorded_at):
            self._wrong.append(fault)

    def asks(self, brief: Brief) -> bool:
        """True if one of them might have been dated back, or ahead."""
        by, not_yet = self._there_by(brief.start), self._not_yet_at(brief.end - 1)
        ahead = by is not None and brief.latest - by > LENIENCE
        return ahead or (not_yet is not None and not_yet - brief.earliest > LENIENCE)

    def faults(self) -> Iterator[Fault]:
        """Every record that they contradict."""
        yield from self._wrong

    def _contradicted(self, checked: Checked, recorded_at: datetime) -> Fault | None:
        index, id = checked.index, checked.id
        by, not_yet = self._there_by(index), self._not_yet_at(index)
        # An hour after the last second that a date can name, there is no date.
        if by is not None and recorded_at - by > LENIENCE:
            told = f"it was cosigned by {statement.timestamp(by)}, before it was recorded"
            return Fault("future-dated", told, index, id)
        if not_yet is not None and not_yet - recorded_at > LENIENCE and id not in self._announced:
            told = f"it was not in the log that was cosigned at {statement.timestamp(not_yet)}"
            return Fault("back-dated", told, index, id)
        return None

    def _there_by(self, index: int) -> datetime | None:
        """By when a quorum has seen the entry."""
        return self._agreed(lambda size: size > index, min, sorted)

    def _not_yet_at(self, index: int) -> datetime | None:
        """Until when a quorum has seen the log without the entry."""
        return self._agreed(lambda size: size <= index, max, _newest_first)

    def _agreed(
        self,
        counts: Callable[[int], bool],
        one: Callable[[Iterable[datetime]], datetime],
        order: Callable[[Iterable[datetime]], list[datetime]],
    ) -> datetime | None:
        times = [[time for size, time in each if counts(size)] for each in self._of_each]
        # No fewer of them than the quorum can say it: of the others, one alone may be wrong, or lie.
        found = order(one(each) for each in times if each)
        return found[self._quorum - 1] if len(found) >= self._quorum else None


def _newest_first(times: Iterable[datetime]) -> list[datetime]:
    return sorted(times, reverse=True)
