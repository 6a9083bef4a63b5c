"""The one custodian of this process, and what `configure` makes of it."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from answerable import configuration
from answerable.recording.custodian import Custodian

if TYPE_CHECKING:
    from answerable.configuration import Durability, OnFailure

_lock = threading.Lock()
_custodian: Custodian | None = None


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
) -> None:
    """Settle where this process records, and as whom. All optional; it may be called again.

    `ledger` is an address (`sqlite:///decisions.db`) or a path. `actor` is who acts here,
    `accountable` who answers for what is decided here unless a decision says otherwise. `home`
    is the directory of keys and kept checkpoints. `on_failure` is "spool" (keep a record on
    disk when the ledger is out of reach, and warn) or "raise". `durability` is "commit" (a
    record is in the ledger when the call returns) or "group": for volume, records gather for up
    to a second and are committed together; a crash can take those of that second, `flush()`
    commits them at once, and `receipt.durable` tells. An approval is never kept waiting.

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
    }
    replace(Custodian(configuration.here(told)))


def custodian() -> Custodian:
    """The custodian in force, made from the surroundings if nothing was configured."""
    global _custodian
    with _lock:
        if _custodian is None:
            _custodian = Custodian(configuration.here())
        return _custodian


def is_disabled() -> bool:
    """True under `ANSWERABLE_DISABLED`: decorated functions then run bare."""
    told = os.environ.get("ANSWERABLE_DISABLED")
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
        configuration.remember(None if new is None else new.settings)
    return before


def flush() -> int:
    """Append to the ledger what waits, in its group or in the spool; returns how many records
    that were. Raises `LedgerError` if the ledger still refuses them.
    """
    return custodian().flush()


def shutdown() -> None:
    """Close the ledger. What is configured stays in force: recording again opens it again."""
    with _lock:
        present = _custodian
    if present is not None:
        present.close()


if hasattr(os, "register_at_fork"):

    def _fresh_lock() -> None:
        # A child forked while another thread held the lock would wait for ever.
        global _lock
        _lock = threading.Lock()

    os.register_at_fork(after_in_child=_fresh_lock)
