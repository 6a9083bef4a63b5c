"""Signed records to show in MLflow, and one of its two kinds of address to show them at."""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from answerable.model import (
    Actor,
    Approval,
    Artifact,
    Considered,
    Custody,
    Decision,
    Dissent,
    Evidence,
    Record,
    Step,
)
from answerable.signing import Session, envelope_digest

NOON = datetime(2026, 3, 2, 12, 0, 0, 250_500, tzinfo=UTC)
ANA = "person:ana@bank.example"
MODEL = "model:loan-approval@7"
DATA = Artifact(ref="dataset:applications@2026-02", digest="sha256:" + "ab" * 32)


class Emitter:
    """One process's session: it signs records, and numbers them as a ledger would."""

    def __init__(self, *, actor: str = ANA, team: str = "credit-risk") -> None:
        self.actor = Actor(id=actor, known_by="environment")
        self.team = team
        self.time = NOON
        self.identity = Ed25519PrivateKey.generate()
        self._session = Session(self.identity, self.actor, team)
        self.records: list[Record] = []
        self._keep(*self._session.introduce(_id(), self.time, None))

    def decision(self, **fields: Any) -> Decision:
        """A threshold, unless the fields say otherwise."""
        given: dict[str, Any] = {
            "kind": "threshold",
            "question": "At which score do we decline?",
            "chosen": 0.62,
            "considered": (Considered(value=0.5, because="declines 9% more applicants"),),
            "rationale": "false positives below 2% on validation",
            "accountable": "role:head-of-credit-risk",
            "used": (DATA,),
            "about": (MODEL,),
            "evidence": (Evidence(artifact=Artifact(ref="report:validation@3"), kind="own_test"),),
        }
        record = self.sign(Decision(**self._common() | given | fields))
        assert isinstance(record, Decision)
        return record

    def approval(self, **fields: Any) -> Record:
        given: dict[str, Any] = {"meaning": "approval", "digest": "sha256:" + "cd" * 32}
        return self.sign(Approval(**self._common() | {"about": (MODEL,)} | given | fields))

    def dissent(self, **fields: Any) -> Record:
        given = {"about": (MODEL,), "rationale": "the sample is from one branch"}
        return self.sign(Dissent(**self._common() | given | fields))

    def step(self, **fields: Any) -> Record:
        return self.sign(
            Step(**self._common() | {"name": "train", "started_at": self.time} | fields)
        )

    def sign(self, record: Record) -> Record:
        return self._keep(*self._session.sign(record, None))

    def _common(self) -> dict[str, Any]:
        self.time += timedelta(seconds=1)
        return {
            "id": _id(),
            "decided_at": self.time,
            "recorded_at": self.time,
            "decided_by": self.actor,
            "team": self.team,
            "trace_id": secrets.token_hex(16),
            "span_id": secrets.token_hex(8),
        }

    def _keep(self, record: Record, envelope: bytes) -> Record:
        kept = attrs.evolve(
            record,
            custody=Custody(
                envelope=envelope,
                digest=envelope_digest(envelope),
                index=len(self.records),
                verified=True,
            ),
        )
        self.records.append(kept)
        return kept


def envelope(record: Record) -> bytes:
    """The record's envelope."""
    assert record.custody is not None
    return record.custody.envelope


def _id() -> str:
    return str(uuid.uuid4())
