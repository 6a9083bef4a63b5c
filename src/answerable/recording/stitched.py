"""`stitch_to`: the traces of what was recorded, sent by an outbox."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from answerable import knocking, late, urls
from answerable.configuration import Settings
from answerable.errors import ExportError, MissingExtraError
from answerable.model.occasions import may_be, subjects_of
from answerable.outbox import Outbox, busy

if TYPE_CHECKING:
    from answerable.ledger import Entry, Ledger

# So long an answer to a knock holds.
_HOLDS_SECONDS: Final = 10.0


def outbox(settings: Settings) -> Outbox:
    """The one that sends where `settings.stitch_to` says; raises `MissingExtraError`."""
    # Now, where somebody reads it, and not in the background.
    if not (find_spec("requests") and find_spec("google") and find_spec("opentelemetry.proto")):
        raise MissingExtraError("otlp", "sending a trace over OTLP (stitch_to)")
    endpoint = urls.of_traces(settings.stitch_to or "", "a receiver of OTLP over HTTP")
    name = f"stitched {urls.shown(endpoint)}"
    send = _Send(endpoint=endpoint, home=settings.home, name=name)
    return Outbox(
        ledger=settings.ledger,
        home=settings.home,
        receiver=name,
        sender=lambda: send,
        wanted=lambda record: bool(subjects_of(record)),
    )


@attrs.define(kw_only=True)
class _Send:
    """Loads what stitches when there is something to stitch, and somebody to send it to.

    It asks whether anybody is there when it is first called, though nothing is to be sent yet: so
    that nobody waits for the answer when the process ends.
    """

    endpoint: str
    home: Path
    name: str
    _asked_at: float | None = None
    _nobody: ExportError | None = None

    def __call__(self, ledger: Ledger, entries: Sequence[Entry]) -> None:
        if not any(may_be(entry.envelope) for entry in entries):
            if self._asked_at is None:
                self._ask()
            return
        holds = self._asked_at is not None and time.monotonic() - self._asked_at < _HOLDS_SECONDS
        if not holds:
            self._ask()
        if self._nobody is not None:
            raise self._nobody
        with busy(), late.importing:
            from answerable.exporters.otlp.stitching import Stitcher
        Stitcher(endpoint=self.endpoint, home=self.home, name=self.name)(ledger, entries)

    def _ask(self) -> None:
        self._nobody = None
        try:
            knocking.knock(self.endpoint)
        except ExportError as error:
            self._nobody = error
        self._asked_at = time.monotonic()
