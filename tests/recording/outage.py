"""A ledger that refuses for a while, as a full disk does, and a process that ends before it does."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

import answerable as ans
from answerable.ledger import Ledger
from answerable.recording import process


@contextmanager
def nothing_goes_in() -> Iterator[None]:
    """SQLite's own refusal: the database may not grow by a page."""

    def full(self: Ledger, envelopes: Sequence[bytes]) -> object:
        self._database.rows("PRAGMA max_page_count=1")
        try:
            return real(self, envelopes)
        finally:
            self._database.rows("PRAGMA max_page_count=1073741823")

    real = Ledger.append_all
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ledger, "append_all", full)
        yield


@contextmanager
def quietly() -> Iterator[None]:
    """Without the warnings of what waits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ans.CustodyWarning)
        yield


def spooled(*values: object) -> None:
    """Decisions that wait on disk, and a process that knows nothing of them any more."""
    with nothing_goes_in(), quietly():
        for value in values:
            ans.choose("threshold", value, because="x" * 8000)
    process.exchange(None)  # as if it had been killed
