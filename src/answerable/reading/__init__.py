"""`answerable.open` and `History`: a ledger's history, for those who ask."""

from __future__ import annotations

from answerable.reading.history import History
from answerable.reading.opening import open, verify_at  # noqa: A004  # as in gzip.open

__all__ = ["History", "open", "verify_at"]
