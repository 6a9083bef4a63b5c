"""A proof that an entry is in a log, which verifies without the log: C2SP tlog-proof
(https://c2sp.org/tlog-proof)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

import attrs

from answerable.errors import MalformedError
from answerable.ledger import merkle
from answerable.ledger.checkpoint import Checkpoint, LogVerifier, parse

_HEAD = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
MAX_PROOF = 65_535


@attrs.frozen
class InclusionProof:
    """The entry's place, the audit path (RFC 6962 section 2.1.1), and the signed note of a
    checkpoint that covers it."""

    index: int
    path: Sequence[bytes]
    note: bytes

    def to_bytes(self) -> bytes:
        """As a `.tlog-proof` file."""
        lines = [_HEAD, f"index {self.index}"]
        lines += [base64.b64encode(step).decode() for step in self.path]
        return "\n".join([*lines, "", ""]).encode() + self.note

    @classmethod
    def from_bytes(cls, data: bytes) -> InclusionProof:
        """Read one; raises `MalformedError`. Extra data, which nothing here has, is refused:
        nothing that the log signs would say so."""
        try:
            if len(data) > MAX_PROOF:
                raise ValueError("too long")
            head, _, note = data.decode().partition("\n\n")
            first, index, *path = head.split("\n")
            match = _INDEX.fullmatch(index)
            if first != _HEAD or match is None:
                raise ValueError("another format")
            parse(note.encode())
            steps = [base64.b64decode(step, validate=True) for step in path]
            found = cls(int(match[1]), tuple(steps), note.encode())
            if any(len(step) != 32 for step in steps) or found.to_bytes() != data:
                raise ValueError("not in its one spelling")
        except (ValueError, binascii.Error) as error:
            raise MalformedError(f"not a proof of inclusion: {error}") from None
        return found

    def check(self, entry: bytes, verifier: LogVerifier) -> Checkpoint:
        """The checkpoint, if its log signed it and it covers exactly that entry at that place;
        raises `MalformedError`."""
        checkpoint = verifier.open(self.note)
        check_path(entry, self.index, self.path, checkpoint)
        return checkpoint


def check_path(entry: bytes, index: int, path: Sequence[bytes], checkpoint: Checkpoint) -> None:
    """Raises `MalformedError` unless the checkpoint covers exactly that entry at that place, as the audit
    path (RFC 6962 section 2.1.1) proves."""
    leaf = merkle.leaf_hash(entry)
    if not merkle.included(leaf, index, checkpoint.size, path, checkpoint.root):
        raise MalformedError(f"it does not prove that this is entry {index} of the log")
