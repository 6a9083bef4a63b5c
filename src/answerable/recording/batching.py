"""Outcomes gather in memory, and one signed record seals each batch of them.

For volume: what one outcome costs is its hash. The batch's outcomes are on disk before the ledger
has the record that seals them, so that a seal never lacks what it seals.
"""

from __future__ import annotations

import os
import threading
import warnings
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import attrs

from answerable.durable import make_folder
from answerable.errors import AnswerableError, CustodyError, LedgerError
from answerable.ledger import leaf_hash
from answerable.model import Outcomes
from answerable.model.records import Capture
from answerable.outcomes.disclosure import SALT_BYTES, write
from answerable.outcomes.leaves import Leaves, place, waiting_place
from answerable.outcomes.tree import root_of
from answerable.recording import callsite, clock
from answerable.recording.receipt import CustodyWarning, OutcomeReceipt, Receipt
from answerable.recording.runs import current_run

if TYPE_CHECKING:
    from answerable.recording.custodian import Custodian

# What a crash can take, and how long a reader waits.
OUTCOMES = 1024
SECONDS = 1.0
# What may wait in memory while neither the ledger nor the disk takes it.
MOST = 64 * OUTCOMES


Key: TypeAlias = tuple[str, str | None, Capture]


@attrs.define(eq=False)
class Batch:
    """Outcomes of one deployment that are under way; `receipt` is that of the record that seals
    them, once there is one."""

    id: str
    deployment: str
    accountable: str | None
    capture: Capture
    salts: str
    started_at: datetime
    ended_at: datetime
    leaves: list[bytes] = attrs.field(factory=list)
    disclosures: list[bytes] = attrs.field(factory=list)
    receipt: Receipt | None = None


class Batches:
    """The open batches of one custodian, which signs what they are sealed by. Thread-safe, by the
    custodian's own lock."""

    def __init__(self, custodian: Custodian) -> None:
        self._custodian = custodian
        self._open: dict[Key, Batch] = {}
        # Full, or due, and not sealed for as long as something refuses them.
        self._waiting: list[Batch] = []
        self._timer: threading.Timer | None = None
        self._leaves: Leaves | None = None
        self._warned = False

    def add(self, key: Key, subject: str, at: datetime, said: str) -> OutcomeReceipt:
        """Take in an outcome, which has been checked. The one that fills a batch seals it, and raises
        as `seal` does: then it waits with the others. Raises `CustodyError` where too many wait,
        and this one does not.
        """
        with self._custodian.lock:
            batch = self._open.get(key) or self._begun(key, at)
            leaves = batch.leaves
            number = len(leaves)
            id = f"{batch.id}.{number}"
            salt = batch.salts[number * 32 : number * 32 + 32]
            disclosure = write(salt, id, subject, at, said)
            batch.disclosures.append(disclosure)
            leaves.append(leaf_hash(disclosure))
            if at > batch.ended_at:
                batch.ended_at = at
            elif at < batch.started_at:
                batch.started_at = at
            if number == OUTCOMES - 1 or self._timer is None:
                self.seal()
        return OutcomeReceipt(id, batch)

    def knows(self, key: Key) -> bool:
        """True if a batch of that kind is open: then its key has been checked."""
        return key in self._open

    def seal(self) -> None:
        """Seal every batch. What refuses is warned of, and tried again; under
        `on_failure="raise"` it is raised, `LedgerError` or `CustodyError`."""
        with self._custodian.lock:
            self._waiting += self._open.values()
            self._open = {}
            while self._waiting:
                batch = self._waiting[0]
                try:
                    self._keep(batch)
                    batch.receipt = self._sealed(batch)
                except (LedgerError, CustodyError) as error:
                    if self._custodian.settings.on_failure == "raise":
                        raise
                    self._warn(error)
                    return
                batch.leaves, batch.disclosures = [], []
                del self._waiting[0]
            self._warned = False

    def close(self) -> None:
        """Seal; what can be kept nowhere is warned of. Never raises."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            self.seal()
        except AnswerableError as error:
            self._warn(error)
        self._let_go()

    def _begun(self, key: Key, at: datetime) -> Batch:
        if sum(len(each.leaves) for each in self._waiting) >= MOST:
            raise CustodyError(
                f"{MOST:,} outcomes wait in memory, and can be kept nowhere",
                hint="make room on the disk, or let the ledger be reached",
            )
        salts = os.urandom(OUTCOMES * SALT_BYTES).hex()
        id = clock.new_id()
        batch = self._open[key] = Batch(id, *key, salts, at, at)
        if self._timer is None:
            timer = threading.Timer(SECONDS, self._is_due)
            timer.daemon = True
            try:
                timer.start()
                self._timer = timer
            except RuntimeError:  # the interpreter is shutting down, or has no thread left
                pass
        return batch

    def _is_due(self) -> None:
        with self._custodian.lock:
            if self._timer is not threading.current_thread():
                return  # closed meanwhile
            self._timer = None
            try:
                self.seal()
            except AnswerableError as error:
                self._warn(error)

    def _keep(self, batch: Batch) -> None:
        """On disk: beside the ledger, or where it waits while that cannot be reached."""
        settings = self._custodian.settings
        waiting = waiting_place(settings.ledger, settings.home)
        try:
            if self._leaves is None:
                self._leaves = Leaves.open_or_create(place(settings.ledger))
                self._leaves.take(waiting)
            self._leaves.add(batch.id, batch.leaves, batch.disclosures)
        except LedgerError:
            self._let_go()
            if settings.on_failure == "raise":
                raise
            there = _opened(waiting)
            try:
                there.add(batch.id, batch.leaves, batch.disclosures)
            finally:
                there.close()

    def _let_go(self) -> None:
        leaves, self._leaves = self._leaves, None
        if leaves is not None:
            leaves.close()

    def _sealed(self, batch: Batch) -> Receipt:
        custodian = self._custodian
        record = Outcomes(
            id=batch.id,
            decided_at=batch.ended_at,
            recorded_at=clock.now(),
            decided_by=custodian.principal,
            team=custodian.settings.team,
            run=current_run(custodian.settings.run),
            deployment=batch.deployment,
            size=len(batch.leaves),
            root=root_of(batch.leaves).hex(),
            started_at=batch.started_at,
            accountable=batch.accountable,
            capture=batch.capture,
        )
        return custodian.keep(record).receipt

    def _warn(self, error: AnswerableError) -> None:
        if self._warned:
            return
        self._warned = True
        waiting = sum(len(each.leaves) for each in self._waiting)
        warnings.warn(
            f"{waiting} outcomes are in memory only, and not sealed: {error.message}",
            CustodyWarning,
            stacklevel=callsite.stack_level(),
        )


def _opened(waiting: Path) -> Leaves:
    """At home, where the folder is ours to make."""
    try:
        make_folder(waiting.parent)
    except OSError as error:
        raise LedgerError(f"cannot make {waiting.parent}: {error.strerror}") from None
    return Leaves.open_or_create(waiting)
