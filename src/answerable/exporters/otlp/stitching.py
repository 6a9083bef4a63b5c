"""Traces that are sent by themselves: the subject's, each time there is an occasion to look at it.

As of each occasion, in the ledger's order: what is sent after an outage is what would have been sent
without one. Each revision goes once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

import attrs

from answerable import urls
from answerable.errors import ExportError, MissingExtraError
from answerable.exporters.otlp import encoding, receiver
from answerable.exporters.otlp.occasions import Occasions
from answerable.exporters.otlp.remembering import Sent
from answerable.ledger import Entry, Ledger
from answerable.lineage import AccountabilityTrace
from answerable.model.occasions import may_be
from answerable.outbox import BATCH, Cursor, busy, pass_on, tell
from answerable.privacy import NOTHING, Wanted
from answerable.stitched import back, draw

try:
    import requests
except ImportError as missing:
    raise MissingExtraError("otlp", "sending a trace over OTLP") from missing

_OTHERS_SECONDS: Final = 10.0
KNOCK_SECONDS: Final = 1.0
SECONDS: Final = 10.0
_log = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Brought:
    """A trace that was sent, and how many of its spans were not taken, with what was said of that."""

    subject: str
    trace_id: str
    revision: str
    rejected: int = 0
    message: str | None = None


@attrs.frozen(kw_only=True)
class Stitcher:
    """Sends traces to one receiver of OTLP; serves as the `send` of an outbox whose receiver is
    called `name`. Beside that outbox's cursor it keeps which traces went. They tell what is `wanted` of
    private fields. `brought` is told of each; without it, only what was rejected is warned of."""

    endpoint: str
    home: Path
    name: str
    session: Callable[[], requests.Session] = requests.Session
    wanted: Wanted = NOTHING
    brought: Callable[[Brought], None] | None = None

    def __call__(self, ledger: Ledger, entries: Sequence[Entry]) -> None:
        """Send the traces for which these entries are an occasion. Raises `ExportError` if nobody
        takes them, and `LedgerError`."""
        with busy():
            chosen = [entry for entry in entries if may_be(entry.envelope)]
            if not chosen:
                return
            folder = Cursor.of(self.home, ledger.origin, self.name).folder
            sent, asked = Sent(folder / "sent"), Occasions(ledger, self.home, self.wanted)
        try:
            with self.session() as session:
                self._bring(session, asked, chosen, sent)
        finally:
            with busy():
                asked.close()

    def _bring(
        self, session: requests.Session, asked: Occasions, chosen: Sequence[Entry], sent: Sent
    ) -> None:
        # Nothing is stitched for somebody who is not there; and one who refuses whatever comes refuses
        # here, where nothing is then taken to have been refused for what it says.
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
        rejected, message = 0, ""
        for body in bodies:
            try:
                answer = receiver.post(session, self.endpoint, body, SECONDS, tries=1)
            except receiver.RefusedError as error:
                rejected, message = len(spans), error.message
            else:
                said = answer.partial_success
                rejected, message = rejected + said.rejected_spans, said.error_message or message
        found = Brought(
            subject=trace.subject,
            trace_id=trace.trace_id,
            revision=trace.revision,
            rejected=rejected,
            message=message or None,
        )
        _log.info("the trace of %s is %s, revision %s", *attrs.astuple(found)[:3])
        if self.brought is not None:
            self.brought(found)
        elif rejected:
            # To ask again would change nothing (OTLP, "Partial Success").
            told = f"{rejected} spans of the trace {trace.trace_id}"
            tell(f"{urls.shown(self.endpoint)} did not take {told}: {message}")


def catch_up(
    ledger: Ledger, home: Path, url: str, disclose: str | Collection[str] = ()
) -> list[Brought]:
    """Send to `url` every trace that it has not, here and now; returns those that went.

    It shares the cursor of `stitch_to` with the same address; with `disclose`, as `History.records`
    has it, it has one of its own, since those are other traces. Raises `ExportError` if nobody takes
    them or another process is sending, `UsageError` for what is no URL, `LedgerError`, and of
    `disclose` as that does.
    """
    endpoint, wanted = receiver.endpoint(url), Wanted.of(disclose)
    words = sorted({disclose} if isinstance(disclose, str) else set(disclose))
    name = " ".join((f"stitched {urls.shown(endpoint)}", *(["telling", *words] if words else [])))
    found: list[Brought] = []
    stitcher = Stitcher(
        endpoint=endpoint, home=home, name=name, wanted=wanted, brought=found.append
    )
    cursor = Cursor.of(home, ledger.origin, name)
    with cursor.alone(_OTHERS_SECONDS) as alone:
        if not alone:
            raise ExportError("another process is sending there", hint="run it again when it has")
        pass_on(ledger, cursor, stitcher, batch=BATCH, ends=lambda: False)
    return found
