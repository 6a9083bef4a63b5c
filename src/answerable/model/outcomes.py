"""What a deployed system did to single persons: outcomes, and the batches that seal them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import attrs

from answerable.model.records import Capture, Record

Part = Literal["decided", "recommended"]


@attrs.frozen(kw_only=True)
class Outcome:
    """One person's outcome. Never signed alone: a batch seals it (docs/predicate.md).

    `subject` is the person's pseudonym. `part` is the system's: it decided, or a person did on its
    recommendation. `elements` are what weighed most, by name.
    """

    id: str
    subject: str
    value: Any = attrs.field(hash=False)
    decided_at: datetime
    part: Part | None = None
    elements: dict[str, Any] = attrs.field(factory=dict, hash=False)
    model: str | None = None
    reviewed_by: str | None = None


@attrs.frozen(kw_only=True)
class Outcomes(Record):
    """A batch of one deployment's outcomes: how many, and the root (RFC 6962, hex) over them.

    `started_at` is the earliest of them, `decided_at` the latest. The outcomes themselves lie
    beside the ledger.
    """

    deployment: str
    size: int
    root: str
    started_at: datetime
    accountable: str | None = None
    capture: Capture = "explicit"


@attrs.frozen(kw_only=True)
class Sealing:
    """How one outcome is proved to be in its batch: its place, leaf hash and audit path (RFC 6962
    section 2.1.1), and the disclosure that the leaf hash is made of; None once it is erased."""

    number: int
    leaf: bytes
    path: tuple[bytes, ...]
    disclosure: bytes | None = attrs.field(repr=False)
