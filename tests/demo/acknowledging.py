"""Runs a step of the demo again and again, and prints the id of each record that was taken.

A record's span ends after the ledger has it, so that the end of a span is the acknowledgement.
"""

from __future__ import annotations

import runpy
import sys

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider


class Acknowledging(SpanProcessor):
    """Tells of every span that ends."""

    def on_end(self, span: ReadableSpan) -> None:
        """Say the record's id, at once."""
        id = (span.attributes or {}).get("answerable.id")
        if isinstance(id, str):
            sys.stdout.write(id + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    provider = TracerProvider()
    provider.add_span_processor(Acknowledging())
    trace.set_tracer_provider(provider)
    while True:
        runpy.run_module(f"answerable.demo.{sys.argv[1]}", run_name="__main__")
