"""`answerable.open`: a ledger's history, for those who ask."""

from __future__ import annotations

import os
from collections.abc import Callable

from answerable import configuration
from answerable.history import Verdict
from answerable.ledger import DamagedLedgerError, Fault, Ledger, OtherFormatError
from answerable.reading.history import History
from answerable.signing import Policy


def open(
    uri: str | os.PathLike[str] | None = None,
    *,
    home: str | os.PathLike[str] | None = None,
    disclose: bool = False,
) -> History:
    """Open a ledger to read it: an address (`sqlite:///decisions.db`, `postgresql://host/database`)
    or a path; by default the one that recording here writes to, or would. Nothing is created.

    With `disclose`, records that are got or found have what is at hand of their private fields; else,
    and in traces always, these read "withheld", so that nothing made of them carries it further.

    Raises `NotFoundError` if there is none, `NotALedgerError` if the place holds something
    else, `LedgerError` if it cannot be read, `ConfigurationError` for what is no address.
    """
    settings = configuration.here({"ledger": uri, "home": home})
    configured = configuration.in_force()
    if configured is not None and (uri is None or settings.ledger == configured.ledger):
        settings = configuration.changed(configured, {"home": home})
    ledger = Ledger.open(settings.ledger, settings.home)
    try:
        return History(ledger, settings.home, disclose=disclose)
    except BaseException:
        ledger.close()
        raise


def verify_at(
    uri: str | os.PathLike[str] | None = None,
    *,
    policy: Policy | None = None,
    since: bytes | None = None,
    everything: bool = False,
    distrust_index: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Verdict:
    """`History.verify` of the ledger at an address. What is left of a ledger, and cannot be opened
    any more, is an invalid one. Raises as `open` does of other places."""
    try:
        with open(uri) as history:
            return history.verify(
                policy,
                since,
                everything=everything,
                distrust_index=distrust_index,
                progress=progress,
            )
    except (DamagedLedgerError, OtherFormatError) as error:
        fault = Fault("unreadable", error.message)
        return Verdict(verdict="invalid", size=0, root=None, origin=None, faults=(fault,))
