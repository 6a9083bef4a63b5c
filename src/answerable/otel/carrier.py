"""The trace that the parent process was in, handed on through environment variables.

TRACEPARENT, TRACESTATE and BAGGAGE as in OpenTelemetry's environment carrier, in the formats of
W3C Trace Context and W3C Baggage. What is read is untrusted: it can place a span or a record under
a parent and hand baggage on, and nothing else. Our own baggage (`answerable.…`) goes from process to
process only: it is never in a context, from which instrumented clients would send it to others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context, get_current
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_NAMES = ("TRACEPARENT", "TRACESTATE", "BAGGAGE")
_OWN = "answerable."
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
    for name in [name for name in baggage.get_all(here) if name.startswith(_OWN)]:
        here = baggage.remove_baggage(name, here)
    return here


def carried(handed: Mapping[str, str]) -> Context:
    """The current context, with the span and the baggage that `handed` carries instead of its own."""
    here = get_current()
    for propagator in _PROPAGATORS:
        here = propagator.extract({n.lower(): v for n, v in handed.items()}, context=here)
    return here


def own(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Our own part of the baggage that the environment carries, without its prefix."""
    if _OWN not in (told := environ.get("BAGGAGE", "")):
        return {}
    found = baggage.get_all(W3CBaggagePropagator().extract({"baggage": told}, context=Context()))
    return {n.removeprefix(_OWN): str(value) for n, value in found.items() if n.startswith(_OWN)}


def inject(environ: Mapping[str, str], own: Mapping[str, str] | None = None) -> dict[str, str]:
    """A copy of `environ` for a child process, carrying the current span (or the parent's), and
    `own` as our own baggage."""
    carried: dict[str, str] = {}
    handed = context(environ)
    for name, value in (own or {}).items():
        handed = baggage.set_baggage(f"{_OWN}{name}", value, handed)
    for propagator in _PROPAGATORS:
        propagator.inject(carried, context=handed)
    kept = {name: value for name, value in environ.items() if name not in _NAMES}
    return kept | {name.upper(): value for name, value in carried.items()}
