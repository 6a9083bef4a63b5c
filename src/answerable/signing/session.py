"""A process's own signing key, held in memory, introduced by a delegation record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable import statement
from answerable.model import Delegation, Emission, Observed, Record
from answerable.model.actors import Actor
from answerable.signing.dsse import Envelope, envelope_digest
from answerable.signing.identities import id_of, spelled
from answerable.signing.keys import IdentityKey, key_id, raw
from answerable.signing.sigstore import SigstoreIdentity
from answerable.signing.swift import Signs, SwiftKey

_R = TypeVar("_R", bound=Record)
VALIDITY = timedelta(days=7)


class Session:
    """Signs records one after the other, each naming the envelope before it.

    The first envelope is the delegation, signed by both keys: the identity's says that it lends
    its name, the session's that somebody holds it.
    """

    def __init__(self, identity: IdentityKey, principal: Actor, team: str | None) -> None:
        self.principal = principal
        self.team = team
        self._identity = identity
        key = Ed25519PrivateKey.generate()
        self._public, self._key = raw(key.public_key()), SwiftKey(key)
        self.key_id = key_id(self._public)
        self._seq = 0
        self._prev: str | None = None
        self._validity: tuple[datetime, datetime] | None = None

    @property
    def last(self) -> str:
        """The digest of the newest envelope."""
        assert self._prev is not None
        return self._prev

    def covers(self, now: datetime) -> bool:
        """True between the times that its delegation names."""
        return self._validity is not None and self._validity[0] <= now < self._validity[1]

    def introduce(
        self, id: str, now: datetime, observed: Observed | None, delivers: Sequence[str] = ()
    ) -> tuple[Delegation, bytes]:
        """The delegation record and its envelope; the first thing a session signs.

        `delivers` are the ids of others' records, if the session is there to deliver them late.
        """
        own = spelled(self._identity)
        self._validity = now, now + VALIDITY
        record = Delegation(
            id=id,
            decided_at=now,
            recorded_at=now,
            decided_by=self.principal,
            team=self.team,
            about=tuple(f"record:{each}" for each in delivers),
            session_key=self._public.hex(),
            identity_key=own,
            principal=self.principal.id,
            not_before=now,
            not_after=now + VALIDITY,
        )
        emitted = attrs.evolve(record, emission=self._emission(observed))
        signers: list[tuple[str, Signs]]
        signers = [(id_of(own), self._identity), (self.key_id, self._key)]
        envelope = Envelope.sign(statement.to_bytes(emitted), signers)
        if isinstance(self._identity, SigstoreIdentity):
            self._identity.check(emitted, envelope)
        return emitted, self._advance(envelope.to_bytes())

    def sign(
        self, record: _R, observed: Observed | None, recorded_at: datetime | None = None
    ) -> tuple[_R, bytes]:
        """The record with its place in the chain (and another `recorded_at`, where one is
        given), and its envelope."""
        recorded_at = recorded_at or record.recorded_at
        emission, envelope = self.seal(record, observed, recorded_at)
        return attrs.evolve(record, emission=emission, recorded_at=recorded_at), envelope

    def seal(
        self, record: Record, observed: Observed | None, recorded_at: datetime
    ) -> tuple[Emission, bytes]:
        """The place in the chain that the record is given, and the envelope that says so."""
        emission = self._emission(observed)
        payload = statement.to_bytes(record, emission, recorded_at)
        envelope = Envelope.sign(payload, [(self.key_id, self._key)]).to_bytes()
        return emission, self._advance(envelope)

    def _emission(self, observed: Observed | None) -> Emission:
        return Emission(key_id=self.key_id, seq=self._seq, prev=self._prev, observed=observed)

    def _advance(self, envelope: bytes) -> bytes:
        self._seq += 1
        self._prev = envelope_digest(envelope)
        return envelope
