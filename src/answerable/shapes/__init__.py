"""The contract's JSON shapes: what `--json` prints and other tools rely on."""

from __future__ import annotations

from answerable.shapes.answers import diff, gate, hearing, impact, investigation, review, why
from answerable.shapes.records import artifact, gap, record
from answerable.shapes.traces import trace, verdict

__all__ = [
    "artifact",
    "diff",
    "gap",
    "gate",
    "hearing",
    "impact",
    "investigation",
    "record",
    "review",
    "trace",
    "verdict",
    "why",
]
