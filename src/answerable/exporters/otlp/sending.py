"""From a trace to an answer: drawn, encoded, sent in as few requests as it takes."""

from __future__ import annotations

import attrs

from answerable.errors import MissingExtraError
from answerable.exporters.otlp import encoding, receiver
from answerable.lineage.trace import AccountabilityTrace
from answerable.stitched import TimeAxis, back, draw

try:
    import requests
except ImportError as missing:
    raise MissingExtraError("otlp", "sending a trace over OTLP") from missing


@attrs.frozen(kw_only=True)
class Exported:
    """What was sent under which id. `rejected` spans the receiver did not keep; `message` is
    what it said of them, or a warning."""

    trace_id: str
    spans: int
    rejected: int = 0
    message: str | None = None


def export(
    trace: AccountabilityTrace,
    url: str,
    *,
    timeout: float = 10.0,
    session: requests.Session | None = None,
    time_axis: TimeAxis = "compressed",
    links_back: bool = False,
) -> Exported:
    """Send the trace to `{url}/v1/traces`; sending it again adds nothing.

    With `links_back`, each of the pipelines' own traces that its records were made in has a span
    added that leads to it, which is not counted in `spans`.
    `timeout` is in seconds, for each request. Raises `ExportError` when the receiver cannot be
    reached, is none, or refuses, and `UsageError` for what is no URL.
    """
    endpoint = receiver.endpoint(url)
    spans = draw(trace, time_axis=time_axis)
    rejected = 0
    messages: dict[str, None] = {}
    sender = session or requests.Session()
    try:
        linked = back(trace, spans) if links_back else ()
        for body in encoding.requests((*spans, *linked)):
            answer = receiver.post(sender, endpoint, body, timeout).partial_success
            rejected += answer.rejected_spans
            if answer.error_message:
                messages[answer.error_message] = None
    finally:
        if session is None:
            sender.close()
    return Exported(
        trace_id=spans[0].trace_id,
        spans=len(spans),
        rejected=rejected,
        message="; ".join(messages) or None,
    )
