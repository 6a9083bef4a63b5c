"""`OTEL_TRACES_EXPORTER=answerable`: for those who have set up OpenTelemetry, and nothing else.

Every span goes on as OpenTelemetry's own OTLP exporter sends it, with that one's variables. And when a
span of a decision says that a system was deployed, approved or had an incident, the system's trace is
stitched from the ledger of this process, and sent to the same receiver.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from answerable import configuration, urls
from answerable.errors import AnswerableError, MissingExtraError
from answerable.exporters.otlp.stitching import Stitcher
from answerable.exporters.otlp.surroundings import Surroundings
from answerable.otel import attributes as names
from answerable.outbox import Outbox, close_all, end_in, tell

try:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
except ImportError as missing:
    raise MissingExtraError("otlp", "an exporter of spans") from missing

# A record that gathers is in the ledger that much later than its span ends.
_GATHERED = 1.5
_TYPES = frozenset({"approval", "dissent", "incident"})
_KINDS = frozenset({"deploy", "rollback"})


class StitchingSpanExporter(SpanExporter):
    """Passes spans on, and has accountability traces sent in the background (`Outbox`).

    `onward` is the exporter to which all spans go: by default OpenTelemetry's own for OTLP over
    HTTP, or none where `OTEL_TRACES_EXPORTER` names that one (`otlp`) too. The accountability trace
    goes where `OTEL_EXPORTER_OTLP_ENDPOINT` says. Raises `UsageError` if that is no URL.
    """

    def __init__(self, onward: SpanExporter | None = None, **_: Any) -> None:
        self._surroundings = Surroundings.of(os.environ)
        named = os.environ.get("OTEL_TRACES_EXPORTER", "")
        has_own = "otlp" in (each.strip().partition("_")[0] for each in named.split(","))
        self._onward = onward or (None if has_own else OTLPSpanExporter())
        self._outboxes: dict[str, Outbox] = {}

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Pass the spans on; the result is that of passing them on."""
        if any(_is_occasion(span) for span in spans):
            try:
                self._outbox().wake(after=_GATHERED)
            except AnswerableError as error:
                tell(f"no accountability trace is sent: {error.message}")
        return SpanExportResult.SUCCESS if self._onward is None else self._onward.export(spans)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Try now to send what is unsent; True if all of it is."""
        end = end_in(timeout_millis / 1000)
        sent = [wait(end) for wait in [each.begin_flush() for each in self._outboxes.values()]]
        passed = self._onward is None or self._onward.force_flush(timeout_millis)
        return all(sent) and passed

    def shutdown(self) -> None:
        """A last try at what is unsent, for some seconds at most."""
        close_all(self._outboxes.values())
        if self._onward is not None:
            self._onward.shutdown()

    def _outbox(self) -> Outbox:
        settings = configuration.in_force() or configuration.here()
        if settings.ledger not in self._outboxes:
            endpoint = self._surroundings.endpoint
            # The name that `stitch_to` has: whoever sets both has one cursor.
            name = f"stitched {urls.shown(endpoint)}"
            stitcher = Stitcher(
                endpoint=endpoint,
                home=settings.home,
                name=name,
                session=self._surroundings.session,
            )
            self._outboxes[settings.ledger] = Outbox(
                ledger=settings.ledger, home=settings.home, receiver=name, sender=lambda: stitcher
            )
        return self._outboxes[settings.ledger]


def _is_occasion(span: ReadableSpan) -> bool:
    """As `model.occasions.subjects_of` says of records."""
    said = span.attributes or {}
    return names.ID in said and (
        said.get(names.TYPE) in _TYPES
        or said.get(names.KIND) in _KINDS
        or "deployment:" in str(said.get(names.PRODUCED, ""))
    )
