"""The trace that the parent process was in, handed on through environment variables.

TRACEPARENT, TRACESTATE and BAGGAGE as in OpenTelemetry's environment carrier, in the formats of
W3C Trace Context and W3C Baggage. What is read is untrusted: it can place a span under a parent
and hand baggage on, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context, get_current
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_NAMES = ("TRACEPARENT", "TRACESTATE", "BAGGAGE")
# Those that the names stand for. The process's global propagator may be another, and a wrong
# OTEL_PROPAGATORS fails as soon as it is imported.
_PROPAGATORS = (TraceContextTextMapPropagator(), W3CBaggagePropagator())


def context(environ: Mapping[str, str] = os.environ) -> Context:
    """The current context if a span is open in it, else the one the environment carries."""
    here = get_current()
    if trace.get_current_span(here).get_span_context().is_valid:
        return here
    carried = {name.lower(): environ[name] for name in _NAMES if name in environ}
    for propagator in _PROPAGATORS if carried else ():
        here = propagator.extract(carried, context=here)
    return here


def inject(environ: Mapping[str, str]) -> dict[str, str]:
    """A copy of `environ` for a child process, carrying the current span (or the parent's)."""
    carried: dict[str, str] = {}
    for propagator in _PROPAGATORS:
        propagator.inject(carried, context=context(environ))
    kept = {name: value for name, value in environ.items() if name not in _NAMES}
    return kept | {name.upper(): value for name, value in carried.items()}
