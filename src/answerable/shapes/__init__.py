"""The contract's JSON shapes: what `--json` prints and other tools rely on."""

from __future__ import annotations

from answerable.shapes.answers import (
    certainty,
    diff,
    gate,
    hearing,
    impact,
    investigation,
    presented,
    review,
    why,
)
from answerable.shapes.explaining import explanation, outcome
from answerable.shapes.records import artifact, gap, record
from answerable.shapes.traces import trace, verdict

__all__ = [
    "artifact",
    "certainty",
    "diff",
    "explanation",
    "gap",
    "gate",
    "hearing",
    "impact",
    "investigation",
    "outcome",
    "presented",
    "record",
    "review",
    "trace",
    "verdict",
    "why",
]
