"""Checkpoints that somebody kept: what a ledger was, to be held against what it is."""

from __future__ import annotations

from answerable.errors import MalformedError
from answerable.ledger import Checkpoint, InclusionProof, LogVerifier


def seen_in(receipt: bytes, verifier: LogVerifier) -> Checkpoint:
    """The checkpoint in a receipt: a signed note, or a `.tlog-proof` with one. Raises
    `MalformedError` if it is neither, or not of this log."""
    try:
        return verifier.open(receipt)
    except MalformedError as error:
        try:
            return verifier.open(InclusionProof.from_bytes(receipt).note)
        except MalformedError:
            raise error from None
