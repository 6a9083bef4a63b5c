"""A witness: it cosigns a log's checkpoints as long as each continues the one before, and so never
two histories of one log. C2SP tlog-witness (https://c2sp.org/tlog-witness).

One that an operator runs for their own log is no independent witness.
"""

from __future__ import annotations

import base64
import binascii
import re
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from answerable.errors import LedgerError, MalformedError
from answerable.ledger import merkle
from answerable.ledger.checkpoint import Checkpoint, LogVerifier, parse
from answerable.ledger.cosignature import Cosigner

MAX_REQUEST = 65_536
MAX_PROOF = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_SCHEMA = "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER, root BLOB)"
_SEEN = "SELECT size, root FROM seen WHERE origin = ?"
_SEE = "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)"


@attrs.frozen
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    type: str = "text/plain; charset=utf-8"


class Witness:
    """What it has cosigned, kept in a database of its own. Thread-safe, and safe between
    processes. Raises `LedgerError` where the database cannot be used."""

    def __init__(
        self, state: Path, signer: Cosigner, logs: Mapping[str, LogVerifier], now: Callable[[], int]
    ) -> None:
        self._signer = signer
        self._logs = logs
        self._now = now
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(
                state, timeout=30, isolation_level=None, check_same_thread=False
            )
            # What is cosigned is never forgotten: the state is on the disk before the answer goes.
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise LedgerError(f"cannot keep what is witnessed in {state}: {error}") from error

    def add_checkpoint(self, request: bytes) -> Answer:
        """Answer `POST /add-checkpoint`: 200 with the cosignature; 400 malformed, 403 not signed by
        the log, 404 another log, 409 not from where it stands, 422 no continuation. Raises
        `LedgerError` where its state cannot be kept; nothing is cosigned then."""
        try:
            old, proof, note = _parsed(request)
            origin = parse(note)[0].origin
        except MalformedError as error:
            return Answer(400, f"{error.message}\n".encode())
        verifier = self._logs.get(origin)
        if verifier is None:
            return Answer(404, b"no such log is witnessed here\n")
        try:
            checkpoint = verifier.open(note)
        except MalformedError:
            return Answer(403, b"the log has not signed this checkpoint\n")
        if old > checkpoint.size:
            return Answer(400, b"the old size is larger than the checkpoint's\n")
        try:
            with self._lock:
                return self._continued(old, proof, checkpoint)
        except sqlite3.Error as error:
            raise LedgerError(f"cannot keep what is witnessed: {error}") from error

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _continued(self, old: int, proof: list[bytes], checkpoint: Checkpoint) -> Answer:
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        try:
            size, root = run(_SEEN, [checkpoint.origin]).fetchone() or (0, merkle.EMPTY_ROOT)
            if old != size or (old == checkpoint.size and root != checkpoint.root):
                return Answer(409, f"{size}\n".encode(), "text/x.tlog.size")
            if not merkle.consistent(size, root, checkpoint.size, checkpoint.root, proof):
                return Answer(422, b"the checkpoint does not continue the one before\n")
            run(_SEE, (checkpoint.origin, checkpoint.size, checkpoint.root))
            run("COMMIT")
        finally:
            if self._database.in_transaction:
                run("ROLLBACK")
        return Answer(200, self._signer.sign(checkpoint, self._now()))


def request(old: int, proof: list[bytes], note: bytes) -> bytes:
    """What a log sends: from which size it proves that the checkpoint continues."""
    lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof)]
    return "\n".join([*lines, "", ""]).encode() + note


def _parsed(request: bytes) -> tuple[int, list[bytes], bytes]:
    try:
        if len(request) > MAX_REQUEST:
            raise ValueError("too long")
        head, blank, note = request.decode().partition("\n\n")
        first, *lines = head.split("\n")
        match = _OLD.fullmatch(first)
        if not blank or match is None or len(lines) > MAX_PROOF:
            raise ValueError("no old size, or too long a proof")
        proof = [base64.b64decode(line, validate=True) for line in lines]
        if any(len(step) != 32 for step in proof):
            raise ValueError("a step of the proof that is no hash")
        return int(match[1]), proof, note.encode()
    except (ValueError, binascii.Error) as error:
        raise MalformedError(f"not a request to witness: {error}") from None
