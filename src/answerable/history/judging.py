"""What stands against a log's records, each as the one after those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from answerable.errors import LedgerError, NotFoundError
from answerable.history.authentication import Authenticator
from answerable.history.checking import Checked, Introductions
from answerable.history.governing import Governor
from answerable.history.witnessing import Cosigned
from answerable.ledger import Fault
from answerable.model import PolicyVersion

RootAt = Callable[[int], bytes]


class Judge:
    """Takes a log's entries in their order. `root_at` gives the root over the first so many."""

    def __init__(self, governor: Governor, cosigned: Cosigned, root_at: RootAt) -> None:
        self._governor = governor
        self._cosigned = cosigned
        self._root_at = root_at
        self._met = Introductions()
        self._authenticator = Authenticator(self._met.of)
        self._chains: dict[str, tuple[int, str]] = {}
        self._ids: dict[str, int] = {}

    def faults(self, checked: Checked) -> Iterator[Fault]:
        """What stands against the entry."""
        index = checked.index
        if checked.malformed is not None or checked.recorded_at is None:
            yield Fault("malformed", checked.malformed or "", index)
            return
        self._met.take(checked)
        self._cosigned.passed(index, checked.recorded_at)
        if checked.fault is not None:
            yield Fault("signature", checked.fault, index, checked.id)
        yield from self._governed(checked)
        if checked.id in self._ids:
            told = f"the id of entry {self._ids[checked.id]}"
            yield Fault("repeated-id", told, index, checked.id)
        self._ids.setdefault(checked.id, index)
        if checked.key_id is not None:
            yield from self._chain(checked, checked.key_id)
            yield from self._observed(checked)

    def _governed(self, checked: Checked) -> Iterator[Fault]:
        if checked.whole is not None and not checked.introduces:
            record = self._authenticator.authenticate(checked.whole, index=checked.index)
            if isinstance(record, PolicyVersion):
                yield from self._governor.faults(record, checked.index)
                return
        if checked.signed is not None and (found := self._governor.objects(checked.signed)):
            yield Fault(*found, checked.index, checked.id)

    def _chain(self, checked: Checked, key: str) -> Iterator[Fault]:
        """Each emitter numbers its records and names the one before: what is left out shows."""
        last, digest = self._chains.get(key, (-1, None))
        self._chains[key] = (checked.seq, checked.digest)
        if checked.seq != last + 1:
            told = f"number {checked.seq} of its emitter follows number {last}"
            told = told if last >= 0 else f"{told} (none)"
            yield Fault("sequence", told, checked.index, checked.id)
        elif checked.prev != digest:
            told = "does not name the record that its emitter made before"
            yield Fault("chain", told, checked.index, checked.id)

    def _observed(self, checked: Checked) -> Iterator[Fault]:
        """What an emitter knew of the log when it signed must be the log's own past."""
        seen, index = checked.observed, checked.index
        if seen is None:
            return
        if seen.size > index:
            told = f"signed with {seen.size} entries in sight, and stands at place {index}"
            yield Fault("observed", told, index, checked.id)
            return
        try:
            root = self._root_at(seen.size)
        except (LedgerError, NotFoundError):
            return  # entries are missing, which is reported as such
        if root.hex() != seen.root:
            told = f"its emitter saw another history of the first {seen.size} entries"
            yield Fault("observed", told, index, checked.id)
