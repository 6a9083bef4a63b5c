"""Traces that are sent by themselves: the subject's, each time there is an occasion to look at it.

As of each occasion, in the ledger's order: what is sent after an outage is what would have been sent
without one. Each revision goes once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import attrs

from answerable import urls
from answerable.errors import MissingExtraError
from answerable.exporters.otlp import encoding, receiver
from answerable.exporters.otlp.occasions import Occasions
from answerable.exporters.otlp.remembering import Sent
from answerable.ledger import Entry, Ledger
from answerable.lineage import AccountabilityTrace
from answerable.model.occasions import may_be
from answerable.outbox import Cursor, busy, tell
from answerable.stitched import back, draw

try:
    import requests
except ImportError as missing:
    raise MissingExtraError("otlp", "sending a trace over OTLP") from missing

KNOCK_SECONDS: Final = 1.0
SECONDS: Final = 10.0
_log = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Stitcher:
    """Sends traces to one receiver of OTLP; serves as the `send` of an outbox whose receiver is
    called `name`. Beside that outbox's cursor it keeps which traces went."""

    endpoint: str
    home: Path
    name: str
    session: Callable[[], requests.Session] = requests.Session

    def __call__(self, ledger: Ledger, entries: Sequence[Entry]) -> None:
        """Send the traces for which these entries are an occasion. Raises `ExportError` if nobody
        takes them, and `LedgerError`."""
        with busy():
            chosen = [entry for entry in entries if may_be(entry.envelope)]
            if not chosen:
                return
            folder = Cursor.of(self.home, ledger.origin, self.name).folder
            sent, asked = Sent(folder / "sent"), Occasions(ledger, self.home)
        try:
            with self.session() as session:
                self._bring(session, asked, chosen, sent)
        finally:
            with busy():
                asked.close()

    def _bring(
        self, session: requests.Session, asked: Occasions, chosen: Sequence[Entry], sent: Sent
    ) -> None:
        # Nothing is stitched for somebody who is not there.
        receiver.knock(session, self.endpoint, KNOCK_SECONDS)
        with busy():
            occasions = list(asked.among(chosen))
        for subject, at in occasions:
            with busy():
                trace = asked.trace(subject, at)
            if trace is None or trace.trace_id in sent:
                continue
            with busy():
                earlier = asked.before(trace)
            # What it was before goes first: its link then leads somewhere.
            for each in (earlier, trace):
                if each is not None and each.trace_id not in sent:
                    self._send(session, each)
                    with busy():
                        sent.add(each.trace_id)

    def _send(self, session: requests.Session, trace: AccountabilityTrace) -> None:
        with busy():
            spans = draw(trace)
            bodies = list(encoding.requests((*spans, *back(trace, spans))))
        for body in bodies:
            answer = receiver.post(session, self.endpoint, body, SECONDS, tries=1)
            said = answer.partial_success
            if said.rejected_spans:
                # To ask again would change nothing (OTLP, "Partial Success").
                told = f"{said.rejected_spans} spans of the trace {trace.trace_id}"
                tell(f"{urls.shown(self.endpoint)} did not take {told}: {said.error_message}")
        _log.info(
            "the trace of %s is %s, revision %s", trace.subject, trace.trace_id, trace.revision
        )
