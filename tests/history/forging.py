"""Ledgers as an attacker would make them: who holds the log's key, or a session's, signs at will."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable import statement
from answerable.history import Verdict, verify
from answerable.ledger import Ledger
from answerable.model import Actor, Decision, Delegation, Emission, Observed, Record
from answerable.signing import Envelope, envelope_digest, key_id, raw
from answerable.signing.keys import IdentityKey

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANALYST = Actor(id="person:analyst@bank.example", known_by="asserted")


def name_of(key: IdentityKey) -> str:
    return key_id(raw(key.public_key()))


@attrs.define
class Forger:
    """Signs whatever it is told to, under keys of its own, and appends it."""

    home: Path
    path: Path
    identity: IdentityKey = attrs.field(factory=Ed25519PrivateKey.generate)
    session: Ed25519PrivateKey = attrs.field(factory=Ed25519PrivateKey.generate)
    seq: int = 0
    prev: str | None = None
    _ids: int = 0

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.path}"

    def delegation(self, **changes: Any) -> Delegation:
        """A delegation as it should be, but for `changes`."""
        fields: dict[str, Any] = {
            "decided_by": ANALYST,
            "session_key": raw(self.session.public_key()).hex(),
            "identity_key": raw(self.identity.public_key()).hex(),
            "principal": ANALYST.id,
            "not_before": NOW - timedelta(hours=1),
            "not_after": NOW + timedelta(hours=1),
        }
        return Delegation(**(self._common() | fields | changes))

    def decision(self, **changes: Any) -> Decision:
        """A decision as it should be, but for `changes`."""
        fields = {"decided_by": ANALYST, "kind": "threshold", "question": "Which?", "chosen": 1}
        return Decision(**(self._common() | fields | changes))

    def sign(self, record: Record, *keys: IdentityKey) -> bytes:
        """The record's envelope under `keys`, by default those that should sign it."""
        usual = [self.identity, self.session] if isinstance(record, Delegation) else [self.session]
        signers = [(name_of(key), key) for key in keys or usual]
        return Envelope.sign(statement.to_bytes(record), signers).to_bytes()

    def append(self, envelope: bytes) -> int:
        """Into the ledger, and on with the chain."""
        ledger = Ledger.open_or_create(self.uri, self.home)
        try:
            index = ledger.append(envelope).index
        finally:
            ledger.close()
        self.seq += 1
        self.prev = envelope_digest(envelope)
        return index

    def verdict(self) -> Verdict:
        ledger = Ledger.open(self.uri, self.home)
        try:
            return verify(ledger)
        finally:
            ledger.close()

    def faults(self) -> list[tuple[str, int | None]]:
        """The code and the index of each fault."""
        return [(fault.code, fault.index) for fault in self.verdict().faults]

    def told(self) -> list[tuple[str, str | None]]:
        """What each fault says, and the id of the record that it names."""
        return [(fault.message, fault.id) for fault in self.verdict().faults]

    def emission(self, **changes: Any) -> Emission:
        """The next place in the chain, but for `changes`."""
        fields: dict[str, Any] = {
            "key_id": name_of(self.session),
            "seq": self.seq,
            "prev": self.prev,
        }
        return Emission(**(fields | changes))

    def observed(self, size: int) -> Observed:
        """What the ledger was at that size."""
        ledger = Ledger.open(self.uri, self.home)
        try:
            return Observed(size=size, root=ledger.root_at(size).hex())
        finally:
            ledger.close()

    def _common(self) -> dict[str, Any]:
        self._ids += 1
        return {
            "id": f"00000000-0000-7000-8000-{self._ids:012d}",
            "decided_at": NOW,
            "recorded_at": NOW,
            "team": "scoring",
            "emission": self.emission(),
        }


Change = Callable[[Forger], bytes]
