"""A ledger and the index made of it, asked by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar, cast

from answerable.errors import LedgerError, NotFoundError
from answerable.history.index import Index, UnusableIndexError
from answerable.history.index_check import Departures
from answerable.history.records import Records
from answerable.history.withheld import handed_over, revealed
from answerable.ledger import Ledger
from answerable.model import Record
from answerable.privacy import NOTHING, Wanted
from answerable.privacy.store import Disclosures

_T = TypeVar("_T")


class Catalogue:
    """What one ledger holds, found through an index and checked from its bytes. Safe to share between
    threads. `home` is where the index lies; with `disclose`, records are shown with what is at hand
    of their private fields.
    """

    def __init__(self, ledger: Ledger, home: Path, *, disclose: bool = False) -> None:
        self.ledger = ledger
        self.home = home
        self._disclosures = Disclosures(ledger.uri, home, held=True)
        self._discloses = disclose
        self._index = Index.of(home, ledger.origin)
        self._lock = threading.RLock()

    def answer(self, question: Callable[[Records], _T]) -> _T:
        """What the records say as the ledger has them now: other processes may have appended.

        An index that turns out to be wrong is thrown away, once. Raises `LedgerError` where
        nothing is found in a ledger that does not hold: there may have been something.
        """
        with self._lock:
            try:
                return self._answered(question)
            except UnusableIndexError as error:
                self._index = self._index.anew(error)
                return self._answered(question)

    def _answered(self, question: Callable[[Records], _T]) -> _T:
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

    def alone(self) -> AbstractContextManager[object]:
        """While it is open, no other thread asks."""
        return self._lock

    def records(self, wanted: Wanted = NOTHING) -> Iterator[Record]:
        """Every record of every type, in the ledger's order, each telling what is wanted of its
        private fields; raises `LedgerError`, and `NotFoundError` for a record that is wanted and
        withholds no such field."""
        self.check(wanted)
        return self._each(self.teller(wanted))

    def _each(self, tell: Callable[[Record], Record]) -> Iterator[Record]:
        places, records = self.answer(lambda records: (records.places("id IS NOT NULL"), records))
        each = records.each(places)
        while True:
            with self._lock:
                record = next(each, None)
            if record is None:
                return
            yield tell(record)

    def check(self, wanted: Wanted) -> None:
        """Raise `NotFoundError` where a record that is wanted withholds no such field."""
        if wanted.ids:
            ids = sorted(wanted.ids)
            (found,) = self.answer(lambda records: ([*map(records.get, ids)],))
            wanted.check(record for record in found if record is not None)

    def teller(self, wanted: Wanted) -> Callable[[Record], Record]:
        """What gives a record with what is wanted of its private fields, to be handed over."""
        if not wanted:
            return lambda record: record
        return lambda record: handed_over(record, self._disclosures, wanted)

    def get(self, id: str) -> Record:
        """The record of that id, as it was signed; raises `NotFoundError`."""
        found = self.answer(lambda records: records.get(id))
        if found is None:
            raise NotFoundError(f"no record {id}", hint="`answerable log` lists them")
        return found

    def shown(self, record: Record) -> Record:
        """The record as it may be shown."""
        return revealed(record, self._disclosures) if self._discloses else record

    def near(self, subject: str) -> str | None:
        """A hint for who asks for a subject that nothing names: what is there that is like it."""
        known = self._index.refs(subject.partition(":")[0] + ":")
        if subject in known:
            return "later records name it: ask as of a later time"
        near = get_close_matches(subject, known, n=3, cutoff=0.4) or known[:3]
        return f"did you mean {' or '.join(near)}?" if near else None

    def departures(self) -> Departures:
        """The index, to be held against the ledger."""
        return Departures(self._index, self.ledger)

    def index_is_of_no_use(self, error: UnusableIndexError) -> None:
        """Another is made."""
        self._index = self._index.anew(error)

    def reindex(self) -> int:
        """Make the index anew from the ledger; returns how many entries it covers."""
        with self._lock:
            try:
                return self._index.rebuild(self.ledger)
            except UnusableIndexError as error:
                self._index = self._index.anew(error)
                return self._index.rebuild(self.ledger)

    def let_go(self) -> None:
        """Close the index, and what lies beside the ledger, which is whose it was."""
        with self._lock:
            self._index.close()
            self._disclosures.close()
