"""Records by place, id or name: found through the index, read from the ledger, checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from answerable.errors import LedgerError, MalformedError
from answerable.history.authentication import Authenticator
from answerable.history.index import Index
from answerable.ledger import Ledger, leaf_hash
from answerable.model import Artifact, Record


class Records:
    """The records of one ledger. Serves as the `Lookup` that stitching asks.

    Every method raises `LedgerError` where an entry's bytes are not those that were indexed.
    """

    def __init__(self, ledger: Ledger, index: Index) -> None:
        self._ledger = ledger
        self._index = index
        self._read: dict[int, Record] = {}
        self._authenticator = Authenticator(self._delegations)

    def at(self, place: int) -> Record:
        """The record at that place of the ledger."""
        if place not in self._read:
            entry = self._ledger.entry(place)
            try:
                if leaf_hash(entry.envelope) != self._index.leaf(place):
                    raise MalformedError("its bytes are not those that were recorded")
                self._read[place] = self._authenticator.authenticate(entry.envelope, index=place)
            except MalformedError as error:
                raise LedgerError(
                    f"entry {place} cannot be read: {error.message}", hint="run `answerable verify`"
                ) from None
        return self._read[place]

    def get(self, id: str) -> Record | None:
        return next((self.at(p) for p in self._index.places("id = ?", [id], "ORDER BY idx")), None)

    def producing(self, artifact: Artifact) -> Sequence[Record]:
        return self._artifact("produced", artifact)

    def using(self, artifact: Artifact) -> Sequence[Record]:
        return self._artifact("used", artifact)

    def about(self, ref: str) -> Sequence[Record]:
        return self._all(self._index.named("about", ref))

    def inside(self, id: str) -> Sequence[Record]:
        return self._all(self._index.named("inside", id))

    def superseding(self, id: str) -> Sequence[Record]:
        return self._all(self._index.named("supersedes", id))

    def _artifact(self, role: str, artifact: Artifact) -> Sequence[Record]:
        places = {*self._index.named(role, artifact.ref)}
        if artifact.digest:
            places |= {*self._index.named(role, artifact.digest)}
        return self._all(sorted(places))

    def _all(self, places: Iterable[int]) -> Sequence[Record]:
        return [self.at(place) for place in places]

    def _delegations(self, key: str) -> list[tuple[int | None, bytes]]:
        places = self._index.places("introduces = ?", [key], "ORDER BY idx")
        return [(place, self._ledger.entry(place).envelope) for place in places]
