"""What witnesses have seen of a log: how much of it a quorum holds fast, and whether the log still
continues that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from answerable.errors import MalformedError
from answerable.ledger import Checkpoint, LogVerifier, WitnessVerifier
from answerable.signing import Policy


class Cosigned:
    """Cosigned notes of one log, whoever hands them in: only signatures count."""

    def __init__(self, verifier: LogVerifier, notes: Iterable[bytes]) -> None:
        self._notes = list(_signed(verifier, notes))
        self._starts = sorted({0, *(checkpoint.size for checkpoint, _ in self._notes)})
        self._moments: dict[int, datetime] = {}

    def passed(self, index: int, recorded_at: datetime) -> None:
        """Take in when a record was made; they come in their order."""
        while self._starts and self._starts[0] <= index:
            self._moments[self._starts.pop(0)] = recorded_at

    def starts(self) -> list[int]:
        """The places of whose records the times are asked, as far as they have not passed."""
        return [*self._starts]

    def passes(self, start: int, end: int, first: datetime) -> bool:
        """Take in when the first of some records was made, which stand from `start` to before `end`; False,
        and nothing is taken in, where the time of a later one of them is asked."""
        if any(start < each < end for each in self._starts):
            return False
        self.passed(start, first)
        return True

    def checkpoints(self, policy: Policy | None) -> Iterator[Checkpoint]:
        """Each that one of the policy's witnesses cosigned: the log must continue it."""
        for checkpoint, note in self._notes:
            if any(witness.cosigned(note) is not None for witness in _witnesses(policy)):
                yield checkpoint

    def covered(self, policy: Policy | None) -> int | None:
        """How many entries a quorum has seen; None without one."""
        if policy is None or policy.witnesses is None:
            return None
        seen = {
            witness.public: checkpoint.size
            for checkpoint, note in sorted(self._notes, key=lambda each: each[0].size)
            for witness in _witnesses(policy)
            if witness.cosigned(note) is not None
        }
        largest = sorted(seen.values(), reverse=True)
        threshold = policy.witnesses.threshold
        return largest[threshold - 1] if len(largest) >= threshold else None

    def times(self, policy: Policy | None) -> list[list[tuple[int, int]]]:
        """What each of the policy's witnesses cosigned: how many entries, and when (seconds since 1970); of
        those who cosigned anything."""
        found = [
            [
                (checkpoint.size, time)
                for checkpoint, note in self._notes
                if (time := witness.cosigned(note)) is not None
            ]
            for witness in _witnesses(policy)
        ]
        return [each for each in found if each]

    def open_since(self, policy: Policy | None) -> datetime | None:
        """When the first record was made that no quorum has seen."""
        return self._moments.get(self.covered(policy) or 0)


def _signed(verifier: LogVerifier, notes: Iterable[bytes]) -> Iterator[tuple[Checkpoint, bytes]]:
    for note in notes:
        try:
            yield verifier.open(note), note
        except MalformedError:
            continue  # not this log's word, so that it is not held to it


def _witnesses(policy: Policy | None) -> tuple[WitnessVerifier, ...]:
    if policy is None or policy.witnesses is None:
        return ()
    return tuple(WitnessVerifier.from_vkey(vkey) for vkey in policy.witnesses.vkeys)
