"""A ledger and the index made of it, asked by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, cast

from answerable.errors import LedgerError, NotFoundError
from answerable.history.index import Index, UnusableIndexError
from answerable.history.index_check import departures
from answerable.history.records import Records
from answerable.history.withheld import revealed
from answerable.ledger import Fault, Ledger
from answerable.model import Record
from answerable.privacy.store import Disclosures

_T = TypeVar("_T")


class Asked:
    """What one ledger holds, read and checked from its bytes. Safe to share between threads.

    Use it as a context manager, or `close` it.
    """

    def __init__(self, ledger: Ledger, home: Path, *, disclose: bool = False) -> None:
        self.ledger = ledger
        self._home = home
        self._disclosures = Disclosures(ledger.uri, home) if disclose else None
        self._index = Index.of(home, ledger.origin)
        self._lock = threading.RLock()

    def records(self) -> Iterator[Record]:
        """Every record of every type, in the ledger's order; raises `LedgerError`."""
        places, records = self._answer(
            lambda records: (self._index.places("id IS NOT NULL", (), "ORDER BY idx"), records)
        )
        each = records.each(places)
        while True:
            with self._lock:
                record = next(each, None)
            if record is None:
                return
            yield record

    def get(self, id: str) -> Record:
        """The record of that id; raises `NotFoundError`."""
        found = self._answer(lambda records: records.get(id))
        if found is None:
            raise NotFoundError(f"no record {id}", hint="`answerable log` lists them")
        return self._shown(found)

    def _shown(self, record: Record) -> Record:
        return record if self._disclosures is None else revealed(record, self._disclosures)

    def reindex(self) -> int:
        """Make the derived index anew from the ledger; returns how many entries it covers."""
        with self._lock:
            try:
                return self._index.rebuild(self.ledger)
            except UnusableIndexError as error:
                self._index = self._index.anew(error)
                return self._index.rebuild(self.ledger)

    def _index_faults(self) -> list[Fault]:
        """Where the index says something else than the ledger; one that is of no use says nothing,
        and another is made."""
        try:
            return [*departures(self._index, self.ledger)]
        except UnusableIndexError as error:
            self._index = self._index.anew(error)
            return []

    def close(self) -> None:
        """Let go of the ledger and the index."""
        with self._lock:
            self._index.close()
            self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self, question: Callable[[Records], _T]) -> _T:
        """What the records say as the ledger has them now: other processes may have appended.

        An index that turns out to be wrong is thrown away, once. Raises `LedgerError` where
        nothing is found in a ledger that does not hold: there may have been something.
        """
        with self._lock:
            try:
                return self._asked(question)
            except UnusableIndexError as error:
                self._index = self._index.anew(error)
                return self._asked(question)

    def _asked(self, question: Callable[[Records], _T]) -> _T:
        doubt = self._index.refresh(self.ledger)
        try:
            found = question(Records(self.ledger, self._index, doubt))
        except NotFoundError:
            found = None
            if doubt is None:
                raise
        if doubt is not None and not found:
            raise LedgerError(f"no answer can be given: {doubt}", hint="run `answerable verify`")
        return cast(_T, found)

    def _near(self, subject: str) -> str | None:
        known = self._index.refs(subject.partition(":")[0] + ":")
        near = get_close_matches(subject, known, n=3, cutoff=0.4) or known[:3]
        return f"did you mean {' or '.join(near)}?" if near else None
