"""`answerable.open`: a ledger's history, for those who ask."""

from __future__ import annotations

import os

from answerable import configuration
from answerable.ledger import Ledger
from answerable.reading.history import History


def open(
    uri: str | os.PathLike[str] | None = None, *, home: str | os.PathLike[str] | None = None
) -> History:
    """Open a ledger to read it: an address (`sqlite:///decisions.db`) or a path; by default the
    one that recording here writes to, or would. Nothing is created.

    Raises `NotFoundError` if there is none, `NotALedgerError` if the place holds something
    else, `LedgerError` if it cannot be read, `ConfigurationError` for what is no address.
    """
    settings = configuration.here({"ledger": uri, "home": home})
    configured = configuration.in_force()
    if configured is not None and (uri is None or settings.ledger == configured.ledger):
        settings = configuration.changed(configured, {"home": home})
    ledger = Ledger.open(settings.ledger, settings.home)
    try:
        return History(ledger, settings.home)
    except BaseException:
        ledger.close()
        raise
