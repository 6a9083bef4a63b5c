"""The ledger: bytes in, a place in an RFC 6962 tree out. It knows nothing of records."""

from answerable.ledger.checkpoint import Checkpoint, LogVerifier
from answerable.ledger.cosignature import Cosigner, WitnessVerifier
from answerable.ledger.engine import DamagedLedgerError, OtherFormatError
from answerable.ledger.fsck import (
    FIRST,
    Fault,
    TreeCheck,
    database_faults,
    examine,
    fsck,
    schema_faults,
)
from answerable.ledger.growing import GrowingTree
from answerable.ledger.kept import KeptCheckpoints
from answerable.ledger.merkle import leaf_hash
from answerable.ledger.proof import InclusionProof, check_path
from answerable.ledger.publishing import Published, publish
from answerable.ledger.store import Entry, Ledger, Receipt
from answerable.ledger.tile_log import TileLog
from answerable.ledger.witness import Witness
from answerable.ledger.witnessed import Cosigned, cosign, cosigned_notes, keep_cosigned

__all__ = [
    "FIRST",
    "Checkpoint",
    "Cosigned",
    "Cosigner",
    "DamagedLedgerError",
    "Entry",
    "Fault",
    "GrowingTree",
    "InclusionProof",
    "KeptCheckpoints",
    "Ledger",
    "LogVerifier",
    "OtherFormatError",
    "Published",
    "Receipt",
    "TileLog",
    "TreeCheck",
    "Witness",
    "WitnessVerifier",
    "check_path",
    "cosign",
    "cosigned_notes",
    "database_faults",
    "examine",
    "fsck",
    "keep_cosigned",
    "leaf_hash",
    "publish",
    "schema_faults",
]
