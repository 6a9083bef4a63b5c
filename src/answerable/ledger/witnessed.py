"""Cosigned checkpoints of a log, as this user has been given them: one file a witness, under the home
directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from answerable import durable
from answerable.errors import LedgerError, LedgerRolledBackError, MalformedError
from answerable.ledger.cosignature import WitnessVerifier
from answerable.ledger.store import Ledger
from answerable.ledger.witness import request
from answerable.location import name_for

# Sends a request to a witness: its answer's status and body.
Ask = Callable[[bytes], tuple[int, bytes]]
_TRIES = 3


@attrs.frozen
class Cosigned:
    """A checkpoint of `size` entries, which a witness cosigned at `time` (seconds since 1970)."""

    size: int
    time: int
    note: bytes


def cosigned_notes(home: Path, origin: str) -> list[bytes]:
    """The newest kept note from each witness; whether it holds is for its reader. Raises
    `LedgerError` where one cannot be read."""
    try:
        return [path.read_bytes() for path in sorted(_folder(home, origin).glob("*.note"))]
    except OSError as error:
        raise LedgerError(f"cannot read what is witnessed: {error}") from error


def keep_cosigned(home: Path, origin: str, witness: WitnessVerifier, note: bytes) -> Path:
    """Keep the note, instead of the one before from that witness; where it is. Raises
    `LedgerError` if it cannot be kept."""
    path = _folder(home, origin) / f"{name_for(witness.vkey())}.note"
    try:
        durable.replace(path, note)
    except OSError as error:
        raise LedgerError(f"cannot keep {path}: {error.strerror}") from error
    return path


def _folder(home: Path, origin: str) -> Path:
    return home / "witnessed" / name_for(origin)


def cosign(ledger: Ledger, ask: Ask, witness: WitnessVerifier) -> Cosigned:
    """Have the ledger's newest checkpoint cosigned by a witness.

    Raises `LedgerRolledBackError` if the witness has seen more of the log, or another history of
    it; `MalformedError` for an answer that is no cosignature of that witness; `LedgerError` if the
    witness refuses.
    """
    with ledger.snapshot() as still:
        tip, note = still.present(), still.checkpoint()
        old = 0
        for _ in range(_TRIES):
            proof = still.consistency(old, tip.size) if 0 < old < tip.size else []
            status, body = ask(request(old, proof, note))
            if status == 200:
                cosigned = note + body
                time = witness.cosigned(cosigned)
                if time is None:
                    raise MalformedError(f"the answer is no cosignature of {witness.name}")
                return Cosigned(tip.size, time, cosigned)
            if status != 409 or not body.strip().isdigit() or len(body) > 20:
                told = body[:200].decode("utf-8", "replace").strip()
                raise LedgerError(f"the witness {witness.name} refused: {status} {told}")
            seen = int(body)
            if seen > tip.size or seen == old:
                raise LedgerRolledBackError(
                    f"the witness {witness.name} has seen another history of this log"
                    f" ({seen} entries, where this ledger has {tip.size})",
                    hint="if others record here and ask that witness too, ask again",
                )
            old = seen
    raise LedgerError(f"the witness {witness.name} did not come to an end")
