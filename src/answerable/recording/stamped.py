"""`timestamp_from`: an authority is asked for time tokens, by an outbox."""

from __future__ import annotations

from importlib.util import find_spec

from answerable import late, urls
from answerable.configuration import Settings
from answerable.errors import MissingExtraError
from answerable.model import Record
from answerable.model.occasions import subjects_of
from answerable.outbox import Outbox, Send


def outbox(settings: Settings) -> Outbox:
    """The one that asks where `settings.timestamp_from` says; raises `MissingExtraError`."""
    # Now, where somebody reads it, and not in the background.
    if not find_spec("rfc3161_client"):
        raise MissingExtraError("timestamps", "asking for time tokens (timestamp_from)")
    url = settings.timestamp_from or ""

    def sender() -> Send:
        with late.importing:
            from answerable.history.asking import Asker

        return Asker(url=url, home=settings.home, every=settings.timestamp_every)

    return Outbox(
        ledger=settings.ledger,
        home=settings.home,
        receiver=f"timestamps {urls.shown(url)}",
        sender=sender,
        wanted=_Wanted(settings.timestamp_every),
    )


class _Wanted:
    """True of what is an occasion, and of each record that makes so many. Called by one thread at a
    time."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._count = 0

    def __call__(self, record: Record) -> bool:
        self._count += 1
        if self._count < self._every and not subjects_of(record):
            return False
        self._count = 0
        return True
