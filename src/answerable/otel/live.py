"""The live span of a step or a decision, in the pipeline's own trace.

It is a view: the record is signed and appended before the span ends, and nothing depends on
the span being sampled, exported, or on an SDK being there at all.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from contextvars import Token
from functools import lru_cache
from typing import Any

import attrs
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach, get_current

from answerable import late
from answerable.model import Record
from answerable.otel import carrier
from answerable.otel.attributes import AttributeValue, of_record, span_name

_SCOPE = "answerable"
_log = logging.getLogger(__name__)


@attrs.define
class Live:
    """A started span, and its ids as hex where it has any.

    `apart` says that it began a trace of its own, because the trace here is not sampled. It is
    then never the current span: the pipeline's own spans stay unsampled, as they were.
    """

    span: trace.Span
    trace_id: str | None = None
    span_id: str | None = None
    apart: bool = False
    _token: Token[Context] | None = None
    _before: Context | None = None

    def leave(self, *, is_here: bool) -> None:
        """Let what was current before be current again; the span goes on until it ends.

        `is_here` is False in another context than that in which the span was started.
        """
        if self._token is None or self._before is None:
            return
        if is_here:
            detach(self._token)
        elif trace.get_current_span() is self.span:  # a copy of the context that began it
            attach(self._before)

    def end_with(self, record: Record, *, error: str | None = None) -> None:
        """Say on the span all that the record says, then end it."""
        # Most pipelines that do not trace never pay for the attributes.
        if self.span.is_recording():
            self.end(of_record(record), name=span_name(record), error=error)

    def end(
        self,
        attributes: Mapping[str, AttributeValue] | None = None,
        *,
        name: str | None = None,
        error: str | None = None,
    ) -> None:
        """Write the attributes, then end: ending freezes a span before any processor sees it."""
        try:
            if name is not None:
                self.span.update_name(name)
            self.span.set_attributes(attributes or {})
            if error is not None:
                self.span.set_attribute("error.type", error)
                self.span.set_status(trace.StatusCode.ERROR, error)
            self.span.end()
        except Exception:  # noqa: BLE001  # whatever the pipeline's set-up raises
            _log.warning("the span of %s could not be ended", name, exc_info=True)


def start(name: str, within: Live | None = None) -> Live:
    """Start a span under the current one, or under the process that started this one, and make
    it current. `within` is the span of the step or decision that this one stands in.

    Under a parent that is not sampled the default samplers would record nothing. A decision is
    rare and wanted, so it then has a trace apart, which links to that parent. What fails in the
    pipeline's set-up (a span processor) is logged: a view is no reason to stop.
    """
    try:
        return _started(name, within)
    except Exception:  # noqa: BLE001  # whatever the pipeline's set-up raises
        _log.warning("no span could be started for %s", name, exc_info=True)
        return Live(trace.INVALID_SPAN)


def _started(name: str, within: Live | None) -> Live:
    provider = trace.get_tracer_provider()
    if type(provider) is trace.ProxyTracerProvider:
        return Live(trace.INVALID_SPAN)  # nobody has set one up: most pipelines pay nothing
    context = carrier.context()
    span = _tracer(provider).start_span(name, context=context)
    if _is_sampled(span):
        before = get_current()
        token = attach(trace.set_span_in_context(span, context))
        return _live(span, apart=False, token=token, before=before)
    span.end()
    always_on = _always_on(provider)
    if always_on is None:
        return Live(span)
    own, links = _under(within, trace.get_current_span(context).get_span_context())
    return _live(_tracer(always_on).start_span(name, context=own, links=links), apart=True)


def _under(within: Live | None, parent: trace.SpanContext) -> tuple[Context, Sequence[trace.Link]]:
    if within is not None and within.apart:
        return trace.set_span_in_context(within.span, Context()), ()
    return Context(), [trace.Link(parent)] if parent.is_valid else []


def _live(span: trace.Span, **where: Any) -> Live:
    ids = span.get_span_context()
    return Live(
        span, trace.format_trace_id(ids.trace_id), trace.format_span_id(ids.span_id), **where
    )


def _is_sampled(span: trace.Span) -> bool:
    # Some samplers record without exporting.
    return span.is_recording() and span.get_span_context().trace_flags.sampled


def _always_on(provider: trace.TracerProvider) -> trace.TracerProvider | None:
    """A provider that samples everything and hands its spans to the user's own processors."""
    # The SDK is asked only where somebody has already set it up.
    sdk: Any = sys.modules.get("opentelemetry.sdk.trace")
    if sdk is None or not isinstance(provider, sdk.TracerProvider):
        return None
    # Disabled by OTEL_SDK_DISABLED: the user wants no spans, so none are forced.
    if getattr(provider, "_disabled", False):
        return None
    return _sharing(provider)


@lru_cache(maxsize=8)
def _tracer(provider: trace.TracerProvider) -> trace.Tracer:
    return provider.get_tracer(_SCOPE)


@lru_cache(maxsize=8)
def _sharing(provider: Any) -> trace.TracerProvider:
    with late.importing:
        from opentelemetry.sdk.trace import TracerProvider, sampling

    always_on = TracerProvider(
        sampler=sampling.ALWAYS_ON,
        resource=provider.resource,
        id_generator=provider.id_generator,
        shutdown_on_exit=False,
    )
    # The SDK has no public way to ask a provider for its processors.
    always_on.add_span_processor(provider._active_span_processor)
    return always_on
