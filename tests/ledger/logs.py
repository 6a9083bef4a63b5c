"""A log in memory, which can promise whatever its keeper likes."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.ledger import Checkpoint, merkle
from answerable.ledger.checkpoint import LogSigner

ORIGIN = "log.example.org/decisions"


class Log:
    """Entries under one key."""

    def __init__(self, entries: Sequence[bytes], origin: str = ORIGIN, seed: int = 1) -> None:
        self._leaves = [merkle.leaf_hash(entry) for entry in entries]
        self._signer = LogSigner.of(
            origin, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        )
        self.verifier = self._signer.verifier

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.verifier.origin, size, merkle.root_of(self._leaves[:size]))

    def note(self, size: int) -> bytes:
        return self._signer.sign(self.checkpoint(size))

    def proof(self, old: int, new: int) -> list[bytes]:
        def node(level: int, index: int) -> bytes:
            return merkle.root_of(self._leaves[index << level : (index + 1) << level])

        return merkle.consistency(old, new, node) if 0 < old < new else []
