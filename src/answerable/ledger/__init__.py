"""The ledger: bytes in, a place in an RFC 6962 tree out. It knows nothing of records."""

from answerable.ledger.checkpoint import Checkpoint, LogVerifier
from answerable.ledger.fsck import Fault, examine, fsck
from answerable.ledger.kept import KeptCheckpoints
from answerable.ledger.merkle import leaf_hash
from answerable.ledger.store import Entry, Ledger, Receipt

__all__ = [
    "Checkpoint",
    "Entry",
    "Fault",
    "KeptCheckpoints",
    "Ledger",
    "LogVerifier",
    "Receipt",
    "examine",
    "fsck",
    "leaf_hash",
]
