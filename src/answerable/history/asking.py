"""An authority is asked for time tokens as the log grows: the `send` of an outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs

from answerable.errors import MalformedError
from answerable.history.adopted import adopted
from answerable.history.authentication import read
from answerable.history.catalogue import Catalogue
from answerable.ledger import Entry, Ledger
from answerable.ledger.timestamps import keep_stamp, post, stamp, stamped_size
from answerable.model.occasions import may_be, subjects_of
from answerable.outbox import busy


@attrs.frozen(kw_only=True)
class Asker:
    """Has the newest checkpoint stamped by the authority at `url` when so many entries came after the
    newest stamp, or one that is an occasion. The token must be by an authority that the policy in force
    names, where it names any."""

    url: str
    home: Path
    every: int

    def __call__(self, ledger: Ledger, entries: Sequence[Entry]) -> None:
        """Raises `LedgerError` where nobody answers, or refuses, `MalformedError` for an answer that is
        no token of theirs: then it is asked again."""
        with busy():
            covered, end = stamped_size(self.home, ledger.origin), ledger.end()
            if covered > end:  # of a ledger that is shorter by now, which is for `verify` to tell
                covered = 0
            fresh = [entry for entry in entries if entry.index >= covered]
            if not fresh or not (end - covered >= self.every or any(map(_is_occasion, fresh))):
                return
            trusted = self._authorities(ledger)
        found = stamp(ledger, lambda sent: post(self.url, sent), trusted)
        with busy():
            keep_stamp(self.home, ledger.origin, found)

    def _authorities(self, ledger: Ledger) -> tuple[str, ...]:
        catalogue = Catalogue(ledger, self.home)
        try:
            policy = adopted(catalogue, datetime.now(UTC))
        finally:
            catalogue.let_go()
        return () if policy is None else policy.authorities


def _is_occasion(entry: Entry) -> bool:
    if not may_be(entry.envelope):
        return False
    try:
        return bool(subjects_of(read(entry.envelope)[0]))
    except MalformedError:
        return False
