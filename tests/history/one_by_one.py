"""Entries looked at each by itself, as the exact way has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from answerable.history.authentication import Authenticator
from answerable.history.checking import Checked, Introductions, check
from answerable.ledger import Entry


def check_all(entries: Iterable[Entry]) -> Iterator[Checked]:
    """One entry after the other, from the first."""
    met = Introductions()
    authenticator = Authenticator(met.of)
    for entry in entries:
        checked = check(entry, authenticator)
        met.take(checked)
        yield checked
