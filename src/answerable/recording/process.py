"""The custodian of this process, and those of contexts with settings of their own."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

from answerable import configuration
from answerable.errors import AnswerableError
from answerable.recording import onward, scope, surroundings
from answerable.recording.custodian import Custodian

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from answerable.configuration import Durability, OnFailure, Settings

_POOLS = ("concurrent.futures.process", "multiprocessing.pool")
_lock = threading.Lock()
_custodian: Custodian | None = None
_of_contexts: dict[Settings, Custodian] = {}


def configure(
    *,
    ledger: str | os.PathLike[str] | None = None,
    team: str | None = None,
    actor: str | None = None,
    accountable: str | None = None,
    run: str | None = None,
    home: str | os.PathLike[str] | None = None,
    on_failure: OnFailure | None = None,
    durability: Durability | None = None,
    strict: bool | None = None,
    spool_bytes: int | None = None,
    stitch_to: str | None = None,
    mlflow: str | None = None,
    private: str | Sequence[str] | None = None,
    timestamp_from: str | None = None,
    timestamp_every: int | None = None,
) -> None:
    """Settle where this process records, and as whom. All optional; it may be called again.

    `ledger` is an address (`sqlite:///decisions.db`) or a path. `actor` is who acts here,
    `accountable` who answers for what is decided here unless a decision says otherwise. `home`
    is the directory of keys and kept checkpoints. `on_failure` is "spool" (keep a record on
    disk when the ledger is out of reach, and warn) or "raise". `durability` is "commit" (a
    record is in the ledger when the call returns) or "group": for volume, records gather for up
    to a second and are committed together; a crash can take those of that second, `flush()`
    commits them at once, and `receipt.durable` tells. An approval is never kept waiting.
    `spool_bytes` bounds what may wait on disk; beyond it, `CustodyError` is raised.

    `stitch_to` is the address of a receiver of OTLP over HTTP, a Jaeger: when a system is deployed,
    approved, dissented from or has an incident, its trace is sent there in the background.
    `mlflow` is the address of an MLflow, a server or a database: every decision is written there in
    the background, in the experiment `answerable`.

    `timestamp_from` is the address of an authority of RFC 3161: when a system is deployed, approved,
    dissented from or has an incident, and after each `timestamp_every` (1000) records, the log's newest
    checkpoint is stamped there in the background.

    `private` names fields of decisions (`rationale`, `chosen`, `considered`, `previous`, `question`)
    and of what is said around them (`rationale`, `statement`) that are signed as salted digests; what
    they say is kept beside the ledger, and can be erased.

    `strict` raises where a decision gives no reason, no alternative or nobody who answers for it;
    otherwise that is warned of (`QualityWarning`), once for each place in the code.

    Each setting that is left out comes from `ANSWERABLE_<NAME>`, else from `[tool.answerable]`
    in pyproject.toml, else from a default. What is open goes where is configured when it ends.
    Raises `ConfigurationError`, `InvalidReferenceError`, `InvalidValueError`.
    """
    told = {
        "ledger": ledger,
        "team": team,
        "actor": actor,
        "accountable": accountable,
        "run": run,
        "home": home,
        "on_failure": on_failure,
        "durability": durability,
        "strict": strict,
        "spool_bytes": spool_bytes,
        "stitch_to": stitch_to,
        "mlflow": mlflow,
        "private": private,
        "timestamp_from": timestamp_from,
        "timestamp_every": timestamp_every,
    }
    replace(Custodian(configuration.here(told)))


def custodian() -> Custodian:
    """The custodian in force here, made from the surroundings if nothing was configured."""
    global _custodian
    own = configuration.in_force.context.get()
    with _lock:
        if own is not None:
            if own not in _of_contexts:
                _of_contexts[own] = Custodian(own)
            return _of_contexts[own]
        if _custodian is None:
            _custodian = Custodian(configuration.here())
            configuration.in_force.process = _custodian.settings
        return _custodian


def is_disabled() -> bool:
    """True under `ANSWERABLE_DISABLED`: decorated functions then run bare."""
    told = surroundings.told("ANSWERABLE_DISABLED")
    return told is not None and told.lower() in ("1", "true", "yes", "on")


def replace(new: Custodian | None) -> None:
    """Put another custodian in force, and let go of the present one."""
    before = exchange(new)
    if before is not None:
        before.close()


def exchange(new: Custodian | None) -> Custodian | None:
    """Put another custodian in force, and give back the present one."""
    global _custodian
    with _lock:
        before, _custodian = _custodian, new
        configuration.in_force.process = new.settings if new is not None else None
    return before


def flush() -> int:
    """Append to the ledger what waits, in its group or in the spool; returns how many records
    that were. Then let views have what they have not, for some seconds at most. Raises
    `LedgerError` if a ledger still refuses them, when the others have theirs.
    """
    custodian()
    appended = 0
    refused: AnswerableError | None = None
    done = []
    for each in _all():
        try:
            appended += each.commit()
            done.append(each.onward)
        except AnswerableError as error:
            refused = refused or error
    onward.flush(done)
    if refused is not None:
        raise refused
    return appended


def shutdown() -> None:
    """Close the ledger, and let views have what they have not, for some seconds at most. What is
    configured stays in force: recording again opens it again."""
    every = _all()
    for each in every:
        each.let_go()
    onward.close([each.onward for each in every])


def _all() -> list[Custodian]:
    with _lock:
        of_process = [] if _custodian is None else [_custodian]
        return [*of_process, *_of_contexts.values()]


if hasattr(os, "register_at_fork"):

    def _as_a_child() -> None:
        # A child forked while another thread held the lock would wait for ever.
        global _lock
        _lock = threading.Lock()
        # A pool's worker does what it is given later: what is open where it was made is not what
        # that belongs to.
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            if frame.f_globals.get("__name__") in _POOLS:
                scope.enter(scope.NOTHING)
            frame = frame.f_back

    os.register_at_fork(after_in_child=_as_a_child)
